package profile

import (
	"fmt"
	"strings"
	"testing"

	"aws-sso-config-generator/internal/awsconfig"
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

// BenchmarkPlanRules plans under as many overrides, filters, a template, a default
// and a chain. Each override means some accounts.
func BenchmarkPlanRules(b *testing.B) {
	for _, profiles := range []int{2_000, 20_000} {
		var inv inventory.Inventory
		for i := range profiles / 4 {
			inv.Accounts = append(inv.Accounts, account(fmt.Sprintf("%012d", i), fmt.Sprintf("Team %d (prod)", i),
				"AdministratorAccess", "Billing", "PowerUserAccess", "ReadOnlyAccess"))
		}
		for _, overrides := range []int{5, 50} {
			rules := benchRules(b, overrides)
			b.Run(fmt.Sprintf("%d/%d", profiles, overrides), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					plan, err := Make(inv, rules, Before{})
					if err != nil || len(plan.Profiles) < profiles*9/10 || len(plan.Without) > 0 {
						b.Fatal(len(plan.Profiles), plan.Without, err)
					}
				}
			})
		}
	}
}

func benchRules(b *testing.B, overrides int) Rules {
	b.Helper()
	match := func(account, role string) Match {
		m, err := ParseMatch(account, role)
		if err != nil {
			b.Fatal(err)
		}
		return m
	}
	rules := Rules{
		Session:      "acme",
		NameTemplate: nameTemplate(b, "{{ accountAlias .AccountID | default .AccountName | kebab }}-{{ .RoleName | trimSuffix `Access` | regexReplace `^(.)[a-z]+` `$1` | lower }}"),
		Defaults:     []awsconfig.Key{{Name: "region", Value: "eu-central-1"}, {Name: "output", Value: "json"}},
		Include:      []Match{match("", "")},
		Exclude:      []Match{match("sandbox-*", ""), match("team 7 *", "*billing*")},
		Default:      new(match("team 3 (prod)", "AdministratorAccess")),
		Chains:       []Chain{{From: match("000000000004", "Billing"), RoleARN: "arn:aws:iam::444455556666:role/BreakGlass", Name: "break-glass"}},
	}
	for i := range overrides {
		o := Override{Match: match(fmt.Sprintf("*%d?(*", i), ""), Set: []awsconfig.Key{{Name: "region", Value: "us-east-1"}, {Name: "cli_pager", Value: "less"}}}
		if i%3 == 1 {
			o = Override{Match: match(fmt.Sprintf("{team-%d,aws+%d}*", i, i), "*Admin*"), Name: fmt.Sprint("override-", i)}
		}
		rules.Overrides = append(rules.Overrides, o)
	}
	return rules
}
