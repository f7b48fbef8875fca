package profile

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/inventory"
)

// A template names profiles in another way from the 23rd of November on.
func TestOldNamesStayForAWhile(t *testing.T) {
	now := time.Date(2026, 11, 23, 23, 30, 0, 0, time.FixedZone("CET", 3600))
	until := func(s awsconfig.Section, date string) awsconfig.Section {
		s.Keys = append(s.Keys, awsconfig.Key{Name: OldNameUntil, Value: date})
		return s
	}
	old, bill := existing("dev-AdministratorAccess", dev, "AdministratorAccess"), existing("dev-Billing", dev, "Billing")
	rules := Rules{
		Session: "corp", Include: matches(t, "dev"), Defaults: keys("region", "eu-west-1"), NameTemplate: nameTemplate(t, "{{ .RoleName | kebab }}"),
		KeepOldNames: 30 * 24 * time.Hour,
	}
	const (
		admin   = "administrator-access 1 AdministratorAccess region=eu-west-1"
		billing = "billing 1 Billing region=eu-west-1"
	)
	for name, test := range map[string]struct {
		change   func(*Rules)
		existing []awsconfig.Section
		before   Before
		want     []string
	}{
		"renamed": {
			nil,
			[]awsconfig.Section{bill, old},
			Before{},
			[]string{admin, "dev-AdministratorAccess 1 AdministratorAccess region=eu-west-1 old_name_until=2026-12-23 alias", billing, "dev-Billing 1 Billing region=eu-west-1 old_name_until=2026-12-23 alias"},
		},
		"not renamed": {nil, []awsconfig.Section{existing("billing", dev, "Billing")}, Before{}, []string{admin, billing}},
		"not wanted":  {func(r *Rules) { r.KeepOldNames = 0 }, []awsconfig.Section{old, until(bill, "2026-12-01")}, Before{}, []string{admin, billing}},
		"on its last day": {
			nil,
			[]awsconfig.Section{until(bill, "2026-11-23")},
			Before{},
			[]string{admin, billing, "dev-Billing 1 Billing region=eu-west-1 old_name_until=2026-11-23 alias"},
		},
		"on the day after":     {nil, []awsconfig.Section{until(bill, "2026-11-22")}, Before{}, []string{admin, billing}},
		"until no day":         {nil, []awsconfig.Section{until(bill, "never")}, Before{}, []string{admin, billing}},
		"the date never moves": {func(r *Rules) { r.KeepOldNames = time.Hour }, []awsconfig.Section{until(bill, "2027-01-31")}, Before{}, []string{admin, billing, "dev-Billing 1 Billing region=eu-west-1 old_name_until=2027-01-31 alias"}},
		"renamed again, and back": {
			nil,
			[]awsconfig.Section{until(existing("billing", dev, "Billing"), "2026-12-01"), bill, until(existing("bills", dev, "Billing"), "2026-12-02")},
			Before{},
			[]string{
				admin, billing, "bills 1 Billing region=eu-west-1 old_name_until=2026-12-02 alias",
				"dev-Billing 1 Billing region=eu-west-1 old_name_until=2026-12-23 alias",
			},
		},
		"the person's":         {nil, []awsconfig.Section{bill, old}, Before{Wrote: func(name string) bool { return name != "dev-Billing" }}, []string{admin, "dev-AdministratorAccess 1 AdministratorAccess region=eu-west-1 old_name_until=2026-12-23 alias", billing}},
		"its role is gone":     {nil, []awsconfig.Section{existing("x", dev, "Gone"), until(existing("y", dev, "Gone"), "2026-12-01"), existing("z", "000000000009", "Billing")}, Before{}, []string{admin, billing}},
		"its role is left out": {func(r *Rules) { r.Exclude = matches(t, "* billing") }, []awsconfig.Section{bill, until(existing("b", dev, "Billing"), "2026-12-01")}, Before{}, []string{admin}},
		"another session has the name now": {
			nil, []awsconfig.Section{bill}, Before{Taken: map[string]bool{"dev-Billing": true}}, []string{admin, billing},
		},
		"another role has the name now": {
			nil, []awsconfig.Section{existing("billing", dev, "AdministratorAccess")}, Before{}, []string{admin, billing},
		},
		"a chain has the name now": {
			func(r *Rules) {
				r.Chains = []Chain{{From: match(t, "dev billing"), RoleARN: "arn", Name: "dev-Billing"}, {From: match(t, "x y"), RoleARN: "arn", Name: "dev-AdministratorAccess"}}
			},
			[]awsconfig.Section{bill, old},
			Before{},
			[]string{admin, billing, "dev-Billing <- billing arn region=eu-west-1"},
		},
		"[default] is no old name": {nil, []awsconfig.Section{existing("default", dev, "Billing")}, Before{}, []string{admin, billing}},
		"[default] and old names": {
			func(r *Rules) { r.Default = new(match(t, "dev billing")) },
			[]awsconfig.Section{bill, existing("a", dev, "Billing"), existing("default", dev, "AdministratorAccess")},
			Before{},
			[]string{
				admin, billing, "default 1 Billing region=eu-west-1 alias", "a 1 Billing region=eu-west-1 old_name_until=2026-12-23 alias",
				"dev-Billing 1 Billing region=eu-west-1 old_name_until=2026-12-23 alias",
			},
		},
		"a name that no reader takes": {nil, []awsconfig.Section{existing("mine [x", dev, "Billing"), existing("-x", dev, "Billing"), existing("__proto__", dev, "Billing")}, Before{}, []string{admin, billing}},
	} {
		t.Run(name, func(t *testing.T) {
			rules := rules
			if test.change != nil {
				test.change(&rules)
			}
			test.before.Now, test.before.Profiles = now, test.existing
			plan, err := Make(inventory.Inventory{Accounts: acme()}, rules, test.before)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, show(plan)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// Its alias is in an account that cannot be read: it stays, whatever its date is.
func TestAnOldNameOfAnAccountThatCouldNotBeReadStays(t *testing.T) {
	alias := existing("old", hub, "NetworkAdmin")
	alias.Keys = append(alias.Keys, awsconfig.Key{Name: OldNameUntil, Value: "2020-01-01"})
	plan, err := Make(without(acme(), hub), Rules{Include: matches(t, "hub*")}, Before{Now: time.Now(), Profiles: []awsconfig.Section{alias, existing("net", hub, "NetworkAdmin")}})
	if diff := cmp.Diff([]string{"net 4 NetworkAdmin kept", "old 4 NetworkAdmin kept alias"}, show(plan)); err != nil || diff != "" {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
}
