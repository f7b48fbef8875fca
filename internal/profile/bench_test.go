package profile

import (
	"fmt"
	"strings"
	"testing"

	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/inventory"
)

// BenchmarkPlanAndMerge plans profiles and merges them into a config file of
// 10,000 lines that holds the block of an earlier run.
func BenchmarkPlanAndMerge(b *testing.B) {
	for _, profiles := range []int{2_000, 20_000} {
		b.Run(fmt.Sprint(profiles), func(b *testing.B) {
			var inv inventory.Inventory
			for i := range profiles / 4 {
				inv.Accounts = append(inv.Accounts, account(fmt.Sprintf("%012d", i), fmt.Sprintf("Team %d (prod)", i),
					"AdministratorAccess", "Billing", "PowerUserAccess", "ReadOnlyAccess"))
			}
			session := Session{"my-sso", "https://d-1234567890.awsapps.com/start", "us-east-1"}
			generate := func(before []byte) []byte {
				plan, err := Make(inv, Rules{})
				if err != nil {
					b.Fatal(err)
				}
				file := awsconfig.Parse(before)
				if _, err := file.Merge("my-sso", Sections(plan.Profiles, session, LayoutSSOSession, Extras{Region: "eu-west-1"})); err != nil {
					b.Fatal(err)
				}
				return file.Bytes()
			}
			var theirs strings.Builder
			for i := range 2_500 {
				fmt.Fprintf(&theirs, "[profile mine-%d]\nregion = us-east-1\noutput = json\n\n", i)
			}
			before := generate([]byte(theirs.String()))
			b.ReportAllocs()
			for b.Loop() {
				generate(before)
			}
		})
	}
}
