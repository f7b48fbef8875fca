package profile

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aws-sso-config-generator/internal/awsconfig"
)

// What stays of an account that could not be read, whatever the rules say of it.
func TestRulesForAnAccountThatCouldNotBeRead(t *testing.T) {
	chain := Chain{From: match(t, "hub/net"), RoleARN: "arn:aws:iam::444455556666:role/x", Name: "glass"}
	for name, test := range map[string]struct {
		rules    Rules
		existing []awsconfig.Section
		roles    []string // that it had
		want     string
		without  string
	}{
		"filters": {
			Rules{Exclude: matches(t, "hub*", "{prod*,data*}")},
			[]awsconfig.Section{existing("net", hub, "NetworkAdmin")},
			nil,
			"dev-AdministratorAccess 1 AdministratorAccess,dev-Billing 1 Billing,net 4 NetworkAdmin kept", "",
		},
		"a chain from it": {
			Rules{Include: matches(t, "hub*"), Chains: []Chain{chain}},
			[]awsconfig.Section{existing("net", hub, "NetworkAdmin"), existing("net2", hub, "NetworkAdmin")},
			nil,
			"net 4 NetworkAdmin kept,net2 4 NetworkAdmin kept,glass <- net arn:aws:iam::444455556666:role/x", "",
		},
		"a chain from it that the filters leave out": {
			Rules{Include: matches(t, "nobody"), Chains: []Chain{chain}},
			[]awsconfig.Section{existing("net", hub, "NetworkAdmin")},
			nil,
			"net 4 NetworkAdmin kept", `glass: no role that could be read matches account "hub/net"`,
		},
		"a chain from it, whose profile is not in the block": {
			Rules{Include: matches(t, "hub*"), Chains: []Chain{chain}},
			[]awsconfig.Section{{Name: "glass", Keys: keys("role_arn", "x", "source_profile", "y")}},
			[]string{"NetworkAdmin"},
			"glass <-  arn:aws:iam::444455556666:role/x kept", "",
		},
		"a chain from it, which was never there": {
			Rules{Include: matches(t, "hub*"), Chains: []Chain{chain}}, nil, []string{"NetworkAdmin"}, "", `glass: no role that could be read matches account "hub/net"`,
		},
		"its [default]": {
			Rules{Include: matches(t, "hub*"), Default: new(match(t, "hub*"))},
			[]awsconfig.Section{existing("default", hub, "NetworkAdmin"), existing("net", hub, "NetworkAdmin")},
			nil,
			"net 4 NetworkAdmin kept,default 4 NetworkAdmin kept alias", "",
		},
		"its [default], which was of another": {
			Rules{Include: matches(t, "hub*"), Default: new(match(t, "hub*"))},
			[]awsconfig.Section{existing("default", dev, "Billing"), existing("net", hub, "NetworkAdmin")},
			nil,
			"net 4 NetworkAdmin kept,default 4 NetworkAdmin kept alias", "",
		},
		"its [default], which was never there": {
			Rules{Include: matches(t, "hub*"), Default: new(match(t, "hub*"))},
			[]awsconfig.Section{existing("net", hub, "NetworkAdmin")},
			nil, "net 4 NetworkAdmin kept", `default: no role that could be read matches account "hub*"`,
		},
		"[default] was its, and is another's now": {
			Rules{Include: matches(t, "dev billing"), Default: new(match(t, "dev billing"))},
			[]awsconfig.Section{existing("default", hub, "NetworkAdmin"), existing("net", hub, "NetworkAdmin")},
			nil,
			"dev-Billing 1 Billing,default 1 Billing alias,net 4 NetworkAdmin kept", "",
		},
		"[default] was its, and nobody is to have it": {
			Rules{Include: matches(t, "nobody")},
			[]awsconfig.Section{existing("default", hub, "NetworkAdmin")},
			nil, "default 4 NetworkAdmin kept", "",
		},
		"its profile has the name of a chain and of an override": {
			Rules{
				Include: matches(t, "dev billing"), Overrides: []Override{{Match: match(t, "dev"), Name: "bill"}},
				Chains: []Chain{{From: match(t, "dev"), RoleARN: "arn:aws:iam::444455556666:role/x", Name: "glass"}},
			},
			[]awsconfig.Section{existing("glass", hub, "NetworkAdmin"), existing("bill", hub, "x")},
			nil,
			"bill-000000000001 1 Billing,glass 4 NetworkAdmin kept,bill 4 x kept,glass-444455556666 <- bill-000000000001 arn:aws:iam::444455556666:role/x", "",
		},
		"the name that it will have is that of an override": {
			Rules{Include: matches(t, "dev billing", "hub*"), Overrides: []Override{{Match: match(t, "{dev,hub*}"), Name: "one"}}},
			[]awsconfig.Section{existing("net", hub, "NetworkAdmin")},
			nil,
			"one-000000000001 1 Billing,net 4 NetworkAdmin kept", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			inv := without(acme(), hub)
			inv.Failures[0].Roles = test.roles
			plan, err := Make(inv, test.rules, Before{Profiles: test.existing})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, strings.Join(show(plan), ",")); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if got := strings.Join(plan.Without, ","); got != test.without {
				t.Errorf("without %q", got)
			}
		})
	}
}
