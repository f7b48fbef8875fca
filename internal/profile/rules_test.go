package profile

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/inventory"
)

const dev, prod, data, hub = "000000000001", "000000000002", "000000000003", "000000000004"

// acme is a small organization.
func acme() []inventory.Account {
	accounts := []inventory.Account{
		account(dev, "dev", "AdministratorAccess", "Billing"), account(prod, "Prod (EU)", "AdministratorAccess", "ReadOnlyAccess"),
		account(data, "data-lake", "ReadOnlyAccess"), account(hub, "hub/net", "NetworkAdmin"),
	}
	accounts[2].Email = "data@example.com"
	return accounts
}

// match is a match of an account's glob, a space and a role's.
func match(t testing.TB, text string) Match {
	t.Helper()
	account, role, _ := strings.Cut(text, " ")
	m, err := ParseMatch(account, role)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func matches(t testing.TB, texts ...string) []Match {
	t.Helper()
	var matches []Match
	for _, text := range texts {
		matches = append(matches, match(t, text))
	}
	return matches
}

// keys are name, value, name, value.
func keys(pairs ...string) []awsconfig.Key {
	var keys []awsconfig.Key
	for pair := range slices.Chunk(pairs, 2) {
		keys = append(keys, awsconfig.Key{Name: pair[0], Value: pair[1]})
	}
	return keys
}

// show is a plan in lines.
func show(plan Plan) []string {
	var lines []string
	for _, p := range plan.Profiles {
		line := p.Name
		if p.RoleARN != "" {
			line += " <- " + p.Source + " " + p.RoleARN
		} else {
			line += " " + p.AccountID[len(p.AccountID)-1:] + " " + p.RoleName
		}
		for _, key := range p.Keys {
			line += " " + strings.TrimPrefix(key.Name, "aws_sso_config_generator_") + "=" + strings.ReplaceAll(key.Value, "\n", "|")
		}
		if p.Kept {
			line += " kept"
		}
		if p.Alias {
			line += " alias"
		}
		lines = append(lines, line)
	}
	return lines
}

// Each row is what the rules make of acme: profiles as name, last digit of the
// account, role, keys.
func TestRules(t *testing.T) {
	const (
		everything = "dev-AdministratorAccess 1 AdministratorAccess,dev-Billing 1 Billing,Prod-EU-AdministratorAccess 2 AdministratorAccess," +
			"Prod-EU-ReadOnlyAccess 2 ReadOnlyAccess,data-lake-ReadOnlyAccess 3 ReadOnlyAccess,hub-net-NetworkAdmin 4 NetworkAdmin"
		arn = "arn:aws:iam::444455556666:role/BreakGlass"
	)
	for name, test := range map[string]struct {
		rules    Rules
		want     string // lines with commas between them
		filtered int
		without  string
	}{
		"none":                      {Rules{}, everything, 0, ""},
		"include some":              {Rules{Include: matches(t, "dev", "* readonly*")}, "dev-AdministratorAccess 1 AdministratorAccess,dev-Billing 1 Billing,Prod-EU-ReadOnlyAccess 2 ReadOnlyAccess,data-lake-ReadOnlyAccess 3 ReadOnlyAccess", 2, ""},
		"exclude some":              {Rules{Exclude: matches(t, "*@example.com administratoraccess", "{dev,hub*}")}, "Prod-EU-ReadOnlyAccess 2 ReadOnlyAccess,data-lake-ReadOnlyAccess 3 ReadOnlyAccess", 4, ""},
		"include and exclude":       {Rules{Include: matches(t, "dev"), Exclude: matches(t, "* billing")}, "dev-AdministratorAccess 1 AdministratorAccess", 5, ""},
		"exclude all":               {Rules{Exclude: matches(t, "*")}, "", 6, ""},
		"include what is not there": {Rules{Include: matches(t, "nobody")}, "", 6, ""},
		"defaults": {
			Rules{Include: matches(t, hub), Defaults: keys("output", "json", "cli_pager", "", "region", "eu-west-1", "ca_bundle", "x")},
			"hub-net-NetworkAdmin 4 NetworkAdmin region=eu-west-1 output=json ca_bundle=x cli_pager=", 5, "",
		},
		"overrides, the later ones win": {
			Rules{
				Include: matches(t, "{dev,data*}"), Defaults: keys("region", "eu-west-1"),
				Overrides: []Override{
					{Match: match(t, "data*"), Set: keys("region", "us-east-1", "output", "text")},
					{Match: match(t, "* ReadOnlyAccess"), Set: keys("output", "json", "max_attempts", "20")},
					{Match: match(t, "dev Billing"), Set: keys("region", "us-west-2")},
					{Match: match(t, "prod*"), Set: keys("region", "x")},
				},
			},
			"dev-AdministratorAccess 1 AdministratorAccess region=eu-west-1,dev-Billing 1 Billing region=us-west-2,data-lake-ReadOnlyAccess 3 ReadOnlyAccess region=us-east-1 output=json max_attempts=20", 3, "",
		},
		"nested keys, name by name": {
			Rules{
				Include: matches(t, "{dev,data*} {billing,readonly*}"), Defaults: keys("s3", "\na = 1\nc = 3"),
				Overrides: []Override{
					{Match: match(t, "data*"), Set: keys("s3", "\nb = 2\na = 9")},
					{Match: match(t, "dev"), Set: keys("s3", "plain")},
					{Match: match(t, "dev"), Set: keys("s3", "\nx = 1")},
				},
			},
			"dev-Billing 1 Billing s3=|x = 1,data-lake-ReadOnlyAccess 3 ReadOnlyAccess s3=|a = 9|b = 2|c = 3", 4, "",
		},
		"the name of an override": {
			Rules{
				Include: matches(t, "{dev,prod*} admin*"),
				Overrides: []Override{
					{Match: match(t, "prod* administratoraccess"), Name: "first"}, {Match: match(t, "prod* admin*"), Name: "prod"}, {Match: match(t, "prod*"), Set: keys("region", "x")},
				},
			},
			"dev-AdministratorAccess 1 AdministratorAccess,prod 2 AdministratorAccess region=x", 4, "",
		},
		"a default name gives way to one of an override": {
			Rules{
				Include:   matches(t, "{dev,prod*} admin*"),
				Overrides: []Override{{Match: match(t, "prod*"), Name: "dev-AdministratorAccess"}},
			},
			"dev-000000000001-AdministratorAccess 1 AdministratorAccess,dev-AdministratorAccess 2 AdministratorAccess", 4, "",
		},
		"a template sees the profile's own region": {
			Rules{
				Include: matches(t, "{dev,data*}"), Defaults: keys("region", "eu-west-1"), NameTemplate: nameTemplate(t, "{{ .Region }}.{{ .RoleName }}"),
				Overrides: []Override{{Match: match(t, "data*"), Set: keys("region", "us-east-1")}},
			},
			"eu-west-1.AdministratorAccess 1 AdministratorAccess region=eu-west-1,eu-west-1.Billing 1 Billing region=eu-west-1,us-east-1.ReadOnlyAccess 3 ReadOnlyAccess region=us-east-1", 3, "",
		},
		"[default]": {
			Rules{Include: matches(t, "dev"), Default: new(match(t, "dev Billing")), Defaults: keys("output", "json")},
			"dev-AdministratorAccess 1 AdministratorAccess output=json,dev-Billing 1 Billing output=json,default 1 Billing output=json alias", 4, "",
		},
		"[default] of a role that the filters leave out": {
			Rules{Include: matches(t, "hub*"), Default: new(match(t, "dev Billing"))},
			"hub-net-NetworkAdmin 4 NetworkAdmin", 5, `default: no profile is made of account "dev", role "Billing"`,
		},
		"chains": {
			Rules{
				Include: matches(t, "hub*"), Defaults: keys("region", "eu-west-1", "output", "json"),
				Chains: []Chain{
					{From: match(t, "hub* NetworkAdmin"), RoleARN: arn, Name: "break-glass", Set: keys("external_id", "7", "output", "text")},
					{From: match(t, "dev *"), RoleARN: arn, Name: "gone"},
					{From: match(t, "hub*"), RoleARN: arn, Name: "again"},
				},
			},
			"hub-net-NetworkAdmin 4 NetworkAdmin region=eu-west-1 output=json,break-glass <- hub-net-NetworkAdmin " + arn + " region=eu-west-1 output=text external_id=7," +
				"again <- hub-net-NetworkAdmin " + arn + " region=eu-west-1 output=json", 5, `gone: no profile is made of account "dev", role "*"`,
		},
		"a default name gives way to that of a chain, even if it is not there": {
			Rules{Include: matches(t, "hub*"), Chains: []Chain{{From: match(t, "dev x"), RoleARN: arn, Name: "hub-net-NetworkAdmin"}}},
			"hub-net-000000000004-NetworkAdmin 4 NetworkAdmin", 5, `hub-net-NetworkAdmin: no role matches account "dev", role "x"`,
		},
		"filters first: who is left out has no say in names": {
			Rules{Renames: Renames{Accounts: map[string]string{prod: "dev", data: "dev"}}, Exclude: matches(t, "prod*"), Include: matches(t, "* {admin,readonly}*")},
			"dev-AdministratorAccess 1 AdministratorAccess,dev-ReadOnlyAccess 3 ReadOnlyAccess", 4, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			plan, err := Make(inventory.Inventory{Accounts: acme()}, test.rules, Before{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, strings.Join(show(plan), ",")); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if got := strings.Join(plan.Without, ","); got != test.without || plan.Filtered != test.filtered {
				t.Errorf("%d filtered, without %q", plan.Filtered, got)
			}
		})
	}
}

func TestRulesThatMeanTooMuch(t *testing.T) {
	chain := func(from, name string) Chain {
		return Chain{From: match(t, from), RoleARN: "arn:aws:iam::444455556666:role/x", Name: name}
	}
	for want, rules := range map[string]Rules{
		`choose the profile [default]: several roles match where one is meant: role "AdministratorAccess" in account 000000000001 ("dev") and role "AdministratorAccess" in account 000000000002 ("Prod (EU)")`: {
			Default: new(match(t, "* AdministratorAccess")),
		},
		`choose the source of profile "x": several roles match where one is meant: role "AdministratorAccess" in account 000000000001 ("dev"), role "Billing" in account 000000000001 ("dev"), role "AdministratorAccess" in account 000000000002 ("Prod (EU)"), role "ReadOnlyAccess" in account 000000000002 ("Prod (EU)") and 2 more`: {
			Chains: []Chain{chain("", "x")},
		},
		`name the profiles as overrides and chains say: "x" would be the name of role "ReadOnlyAccess" in account 000000000002 ("Prod (EU)") and role "ReadOnlyAccess" in account 000000000003 ("data-lake")`: {
			Overrides: []Override{{Match: match(t, "* ReadOnlyAccess"), Name: "x"}},
		},
		`name the profiles as overrides and chains say: "x" would be the name of role "Billing" in account 000000000001 ("dev") and the chain to arn:aws:iam::444455556666:role/x`: {
			Overrides: []Override{{Match: match(t, "dev Billing"), Name: "x"}}, Chains: []Chain{chain(hub, "x")},
		},
		`name the profiles as overrides and chains say: "x" would be the name of the chain to arn:aws:iam::444455556666:role/x and the chain to arn:aws:iam::444455556666:role/x`: {
			Chains: []Chain{chain(hub, "x"), chain(hub, "x")},
		},
		`name the profiles: "Billing" would be the name of role "Billing" in account 000000000001 ("dev") and the chain to arn:aws:iam::444455556666:role/x`: {
			Include: matches(t, "dev"), NameTemplate: nameTemplate(t, "{{ .RoleName }}"), Chains: []Chain{chain(hub, "Billing")},
		},
		`name the profiles as overrides and chains say: override: "a b": not a name that every reader understands (letters, digits and _ . @ + % : / - are fine)`: {Overrides: []Override{{Name: "a b"}}},
		`name the profiles as overrides and chains say: override: "default": reserved`:                                                                            {Overrides: []Override{{Name: "default"}}},
		`name the profiles as overrides and chains say: override: "__proto__": reserved`:                                                                          {Overrides: []Override{{Name: "__proto__"}}},
		`name the profiles as overrides and chains say: override: "-rf": looks like an option on a command line`:                                                  {Overrides: []Override{{Name: "-rf"}}},
		`name the profiles as overrides and chains say: override: "é": not a name that every reader understands (letters, digits and _ . @ + % : / - are fine)`:   {Overrides: []Override{{Name: "é"}}},
		`name the profiles as overrides and chains say: chain to arn:aws:iam::444455556666:role/x: "": empty`:                                                     {Chains: []Chain{chain(hub, "")}},
	} {
		_, err := Make(inventory.Inventory{Accounts: acme()}, rules, Before{})
		if err == nil || err.Error() != want || !ours(err) || errors.Is(err, ErrName) && errors.Is(err, ErrChosenName) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

// Another session has some of the names.
func TestNamesAreToldApartAcrossSessions(t *testing.T) {
	taken := func(names ...string) Before {
		taken := make(map[string]bool)
		for _, name := range names {
			taken[name] = true
		}
		return Before{Taken: taken}
	}
	for name, test := range map[string]struct {
		rules  Rules
		before Before
		want   string
		apart  string
	}{
		"nobody":        {Rules{Session: "other"}, taken("x"), "dev-AdministratorAccess,dev-Billing", ""},
		"one":           {Rules{Session: "other"}, taken("dev-Billing"), "dev-AdministratorAccess,other-dev-Billing", "other-dev-Billing"},
		"an odd name":   {Rules{Session: "a/b"}, taken("dev-Billing"), "dev-AdministratorAccess,a-b-dev-Billing", "a-b-dev-Billing"},
		"an odder name": {Rules{Session: "@"}, taken("dev-Billing"), "dev-AdministratorAccess,sso-dev-Billing", "sso-dev-Billing"},
		"one as yesterday, though the plain name is free": {
			Rules{Session: "other"},
			Before{Profiles: []awsconfig.Section{existing("other-dev-Billing", dev, "Billing")}},
			"dev-AdministratorAccess,other-dev-Billing", "other-dev-Billing",
		},
		"that one, too": {
			Rules{Session: "other"},
			taken("dev-Billing", "other-dev-Billing"),
			"dev-AdministratorAccess,other-dev-000000000001-Billing", "other-dev-000000000001-Billing",
		},
		"and that one": {
			Rules{Session: "other"},
			taken("dev-Billing", "other-dev-Billing", "other-dev-000000000001-Billing"),
			"dev-AdministratorAccess,other-dev-000000000001-Billing-98aac733", "other-dev-000000000001-Billing-98aac733",
		},
		"a name that one of ours has": {
			Rules{Session: "other", Overrides: []Override{{Match: match(t, "dev admin*"), Name: "other-dev-Billing"}}},
			taken("dev-Billing"),
			"other-dev-Billing,other-dev-000000000001-Billing", "other-dev-000000000001-Billing",
		},
		"a template's": {
			Rules{Session: "other", NameTemplate: nameTemplate(t, "{{ .RoleName }}")},
			taken("Billing"),
			"AdministratorAccess,other-Billing", "other-Billing",
		},
		"those of an override and of a chain": {
			Rules{
				Session: "other", Overrides: []Override{{Match: match(t, "dev Billing"), Name: "bill"}},
				Chains: []Chain{{From: match(t, "dev Billing"), RoleARN: "arn:aws:iam::444455556666:role/x", Name: "glass"}, {From: match(t, "x y"), Name: "gone"}},
			},
			taken("bill", "glass", "gone", "other-glass"),
			"dev-AdministratorAccess,other-bill,other-glass-444455556666", "other-bill,other-glass-444455556666",
		},
	} {
		t.Run(name, func(t *testing.T) {
			plan, err := Make(inventory.Inventory{Accounts: acme()[:1]}, test.rules, test.before)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, p := range plan.Profiles {
				names = append(names, p.Name)
			}
			if got, apart := strings.Join(names, ","), strings.Join(plan.ToldApart, ","); got != test.want || apart != test.apart {
				t.Errorf("got %s, told apart %s", got, apart)
			}
		})
	}
}

// Profiles with the same overrides share their keys: there may be very many.
func TestProfilesShareTheirKeys(t *testing.T) {
	rules := Rules{Defaults: keys("region", "x"), Overrides: []Override{{Match: match(t, "* ReadOnlyAccess"), Set: keys("output", "json")}}}
	plan, err := Make(inventory.Inventory{Accounts: acme()}, rules, Before{})
	if err != nil {
		t.Fatal(err)
	}
	arrays := make(map[*awsconfig.Key]bool)
	for _, p := range plan.Profiles {
		arrays[&p.Keys[0]] = true
	}
	if len(arrays) != 2 {
		t.Errorf("%d sets of keys for %d profiles", len(arrays), len(plan.Profiles))
	}
}

func TestSectionsOfAliasesAndChains(t *testing.T) {
	session := Session{Name: "corp", StartURL: "https://d-1234567890.awsapps.com/start", Region: "eu-west-1"}
	profiles := []Profile{
		{Name: "dev", AccountID: dev, RoleName: "Admin", Keys: keys("region", "x")},
		{Name: "default", AccountID: dev, RoleName: "Admin", Keys: keys("region", "x"), Alias: true},
		{Name: "kept", AccountID: prod, RoleName: "Admin", Kept: true},
		{Name: "old", AccountID: prod, RoleName: "Admin", Kept: true, Alias: true},
		{Name: "glass", RoleARN: "arn:aws:iam::444455556666:role/x", Source: "dev", Keys: keys("region", "x")},
		{Name: "glass2", RoleARN: "arn:aws:iam::444455556666:role/x", Kept: true},
	}
	role := keys("sso_account_id", dev, "sso_role_name", "Admin", "region", "x")
	for layout, reference := range map[Layout][]awsconfig.Key{
		LayoutSSOSession: keys("sso_session", "corp"),
		LayoutLegacy:     keys("sso_start_url", session.StartURL, "sso_region", session.Region),
	} {
		want := []awsconfig.Section{
			{Kind: "profile", Name: "dev", Keys: slices.Concat(reference, role)},
			{Kind: "profile", Name: "default", Keys: slices.Concat(reference, role), Alias: true},
			{Kind: "profile", Name: "kept", AsIs: true},
			{Kind: "profile", Name: "old", AsIs: true, Alias: true},
			{Kind: "profile", Name: "glass", Keys: keys("role_arn", "arn:aws:iam::444455556666:role/x", "source_profile", "dev", "region", "x")},
			{Kind: "profile", Name: "glass2", AsIs: true},
		}
		got := Sections(profiles, session, layout)
		if diff := cmp.Diff(want, got[len(got)-len(want):]); diff != "" {
			t.Errorf("%s: -want +got:\n%s", layout, diff)
		}
	}
}

func TestCheckName(t *testing.T) {
	for _, name := range []string{"dev", "acme/AdministratorAccess", "111122223333:Admin", "me@acme+x%", "/x", ".x"} {
		if err := CheckName(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{"", "default", "__proto__", "-x", "a b", "a'b", "a]b", "a,b", "a=b", "a#b", "é"} {
		if CheckName(name) == nil {
			t.Errorf("%q is taken", name)
		}
	}
}
