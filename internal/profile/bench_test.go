package profile

import (
	"fmt"
	"strings"
	"testing"

	"aws-sso-config-generator/internal/inventory"
)

// BenchmarkPlanAndMerge plans profiles and merges them into a config file of
// 10,000 lines that holds the block of an earlier run, once with all accounts
// read and once with every other one failed.
func BenchmarkPlanAndMerge(b *testing.B) {
	for _, profiles := range []int{2_000, 20_000} {
		var accounts []inventory.Account
		var failed []string
		for i := range profiles / 4 {
			a := account(fmt.Sprintf("%012d", i), fmt.Sprintf("Team %d (prod)", i),
				"AdministratorAccess", "Billing", "PowerUserAccess", "ReadOnlyAccess")
			accounts = append(accounts, a)
			if i%2 == 1 {
				failed = append(failed, a.ID)
			}
		}
		var theirs strings.Builder
		for i := range 2_500 {
			fmt.Fprintf(&theirs, "[profile mine-%d]\nregion = us-east-1\noutput = json\n\n", i)
		}
		all, half := without(accounts), without(accounts, failed...)
		before, _ := run(b, theirs.String(), all, Rules{}, LayoutSSOSession)
		for _, bench := range []struct {
			name string
			inv  inventory.Inventory
		}{{fmt.Sprint(profiles), all}, {fmt.Sprintf("%d/half-kept", profiles), half}} {
			b.Run(bench.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if after, _ := run(b, before, bench.inv, Rules{}, LayoutSSOSession); after != before {
						b.Fatal("changed")
					}
				}
			})
		}
	}
}
