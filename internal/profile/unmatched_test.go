package profile

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aws-sso-config-generator/internal/inventory"
)

// A rule that means nobody is said: most often there is a letter missing.
func TestRulesThatMeanNobody(t *testing.T) {
	rules := Rules{
		Include: matches(t, "dev", "{pord,proud}*", "* NetworkAdmin"),
		Exclude: matches(t, "sandbx-*", "* billing", "data-lake Billing"),
		Overrides: []Override{
			{Match: match(t, "nope Admin"), Name: "x"},
			{Match: match(t, " Admin"), Name: "y"},
			{Match: match(t, "dev Billing"), Set: keys("region", "eu-west-1")}, // excluded, and there
			{Match: match(t, "data@example.com"), Set: keys("region", "eu-west-1")},
			{Match: match(t, "landing *"), Set: keys("region", "eu-west-1")},
		},
		Renames: Renames{
			Accounts: map[string]string{dev: "landing", "999999999999": "old", "888888888888": "older"},
			Roles:    map[string]string{"AdministratorAcess": "Admin2", "ReadOnlyAccess": "RO"},
		},
		Default: new(match(t, "lake")), // said by Without
	}
	for name, test := range map[string]struct {
		inv  inventory.Inventory
		want []string
	}{
		"all was read": {
			inventory.Inventory{Accounts: acme()},
			[]string{
				`overrides: account "nope", role "Admin"`, `overrides: role "Admin"`,
				`include: account "{pord,proud}*"`,
				`exclude: account "sandbx-*"`, `exclude: account "data-lake", role "Billing"`,
				"accounts: 888888888888", "accounts: 999999999999", "roles: AdministratorAcess",
			},
		},
		"an account that could not be read may have any role": {
			without(acme(), data),
			[]string{
				`overrides: account "nope", role "Admin"`,
				`include: account "{pord,proud}*"`,
				`exclude: account "sandbx-*"`,
				"accounts: 888888888888", "accounts: 999999999999",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			for i := range test.inv.Failures {
				test.inv.Failures[i].Email = "data@example.com"
			}
			plan, err := Make(test.inv, rules, Before{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, plan.Unmatched); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if got := strings.Join(plan.Without, ","); !strings.HasSuffix(got, `matches account "lake"`) {
				t.Errorf("without %s", got)
			}
		})
	}
}

func TestAMatchForPeople(t *testing.T) {
	for text, want := range map[string]string{
		"":           "any role",
		"data-*":     `account "data-*"`,
		" Admin":     `role "Admin"`,
		"Hub/N Net*": `account "Hub/N", role "Net*"`,
	} {
		if got := match(t, text).String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
