package profile

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/identitycenter"
	"aws-sso-config-generator/internal/inventory"
)

var corp = Session{"corp", "https://d-1234567890.awsapps.com/start", "us-east-1"}

// without is the inventory of these accounts if those of some ids cannot be read.
func without(accounts []inventory.Account, ids ...string) inventory.Inventory {
	var inv inventory.Inventory
	for _, a := range accounts {
		if slices.Contains(ids, a.ID) {
			inv.Failures = append(inv.Failures, inventory.Failure{Account: a.Account, Err: errors.New("no")})
		} else {
			inv.Accounts = append(inv.Accounts, a)
		}
	}
	return inv
}

// existing is a profile of a role as a block has it.
func existing(name, accountID, role string) awsconfig.Section {
	return awsconfig.Section{Kind: awsconfig.Profile, Name: name, Keys: []awsconfig.Key{
		{Name: "sso_session", Value: "corp"}, {Name: "sso_account_id", Value: accountID}, {Name: "sso_role_name", Value: role},
	}}
}

// run is one run of the main job: it plans against the text of a config file
// and merges into it.
func run(t rapid.TB, text string, inv inventory.Inventory, rules Rules, layout Layout) (string, Plan) {
	t.Helper()
	after, plan, err := attempt(t, text, inv, rules, layout)
	if err != nil {
		t.Fatal(err)
	}
	return after, plan
}

// attempt is a run whose rules may fail.
func attempt(t rapid.TB, text string, inv inventory.Inventory, rules Rules, layout Layout) (string, Plan, error) {
	t.Helper()
	file := awsconfig.Parse([]byte(text))
	now, err := file.Profiles(corp.Name)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := Make(inv, rules, Before{Profiles: now})
	if err != nil {
		return "", plan, err
	}
	if _, err := file.Merge(corp.Name, Sections(plan.Profiles, corp, layout), awsconfig.Options{}); err != nil {
		t.Fatal(err)
	}
	return string(file.Bytes()), plan, nil
}

// Each row says what the file has and which profiles come of it if account 1
// cannot be read: name, account, role.
func TestPlansWithAnAccountThatCouldNotBeRead(t *testing.T) {
	const one, two, three = "000000000001", "000000000002", "000000000003"
	for name, test := range map[string]struct {
		rules    Rules
		accounts []inventory.Account
		existing []awsconfig.Section
		want     []string
	}{
		"nothing is known of it": {
			Rules{},
			[]inventory.Account{account(one, "a"), account(two, "b", "Admin")},
			[]awsconfig.Section{existing("b-Admin", two, "Admin"), existing("c-Admin", three, "Admin"), {Name: "bare"}},
			[]string{"b-Admin 000000000002 Admin"},
		},
		"nothing else is left": {
			Rules{},
			[]inventory.Account{account(one, "a")},
			[]awsconfig.Section{existing("a-Read", one, "Read"), existing("a-Admin", one, "Admin")},
			[]string{"a-Admin 000000000001 Admin kept", "a-Read 000000000001 Read kept"},
		},
		"in its place, under the name that the person gave it": {
			Rules{},
			[]inventory.Account{account("000000000000", "z", "Admin"), account(one, "a"), account(two, "b", "Admin")},
			[]awsconfig.Section{existing("mine [x", one, "b"), existing("default", one, "a")},
			[]string{"z-Admin 000000000000 Admin", "default 000000000001 a kept", "mine [x 000000000001 b kept", "b-Admin 000000000002 Admin"},
		},
		"its name makes that of another account longer": {
			Rules{},
			[]inventory.Account{account(one, "dev"), account(two, "dev", "Admin", "Read")},
			[]awsconfig.Section{existing("dev-000000000001-Admin", one, "Admin")},
			[]string{"dev-000000000001-Admin 000000000001 Admin kept", "dev-000000000002-Admin 000000000002 Admin", "dev-Read 000000000002 Read"},
		},
		"its name makes that of another account longer, which is that of a third": {
			Rules{},
			[]inventory.Account{account(one, "dev"), account(two, "dev", "Admin"), account(three, "dev-000000000001", "Admin")},
			[]awsconfig.Section{existing("dev-000000000001-Admin-9a0b3a15", one, "Admin")},
			[]string{
				"dev-000000000001-Admin-9a0b3a15 000000000001 Admin kept", "dev-000000000002-Admin 000000000002 Admin",
				"dev-000000000001-000000000003-Admin 000000000003 Admin",
			},
		},
		"an account of the same name is new": {
			Rules{},
			[]inventory.Account{account(one, "dev"), account(two, "dev", "Admin")},
			[]awsconfig.Section{existing("dev-Admin", one, "Admin")},
			[]string{"dev-Admin 000000000001 Admin kept", "dev-000000000002-Admin 000000000002 Admin"},
		},
		"it has another name by now, and an account has its old one": {
			Rules{},
			[]inventory.Account{account(one, "new"), account(two, "dev", "Admin"), account(three, "new", "Admin")},
			[]awsconfig.Section{existing("dev-Admin", one, "Admin")},
			[]string{"dev-Admin 000000000001 Admin kept", "dev-000000000002-Admin 000000000002 Admin", "new-000000000003-Admin 000000000003 Admin"},
		},
		"another template: old name and new names": {
			Rules{NameTemplate: nameTemplate(t, "{{ .RoleName }}.{{ .AccountName }}")},
			[]inventory.Account{account(one, "a"), account(two, "b", "Admin"), account(three, "a", "Read")},
			[]awsconfig.Section{existing("a-Admin", one, "Admin"), existing("a-Read", one, "Read"), existing("b-Admin", two, "Admin")},
			[]string{
				"a-Admin 000000000001 Admin kept", "a-Read 000000000001 Read kept",
				"Admin.b 000000000002 Admin", "Read.a-000000000003 000000000003 Read",
			},
		},
		"another template: its old name is another's new one": {
			Rules{NameTemplate: nameTemplate(t, "{{ .RoleName }}")},
			[]inventory.Account{account(one, "a"), account(two, "b", "x"), account(three, "c", "y")},
			[]awsconfig.Section{existing("x", one, "Admin"), existing("x-000000000002", one, "Read")},
			[]string{"x 000000000001 Admin kept", "x-000000000002 000000000001 Read kept", "x-000000000002-6c0c8220 000000000002 x", "y 000000000003 y"},
		},
		"who gives way takes no name of those who do not": {
			Rules{},
			[]inventory.Account{account(one, "a"), account(two, "dev", "Admin"), account(three, "dev-000000000002", "Admin")},
			[]awsconfig.Section{existing("dev-Admin", one, "Admin")},
			[]string{"dev-Admin 000000000001 Admin kept", "dev-000000000002-Admin-ebbcd3ad 000000000002 Admin", "dev-000000000002-Admin 000000000003 Admin"},
		},
		"who gives way does not take the name that it will have": {
			Rules{},
			[]inventory.Account{account(one, "dev-000000000002"), account(two, "dev", "Admin")},
			[]awsconfig.Section{existing("dev-Admin", one, "Admin")},
			[]string{"dev-Admin 000000000001 Admin kept", "dev-000000000002-Admin-ebbcd3ad 000000000002 Admin"},
		},
		"one role under two names is one role": {
			Rules{},
			[]inventory.Account{account(one, "dev"), account(two, "prod", "Admin"), account(three, "dev-000000000001", "Admin")},
			[]awsconfig.Section{existing("dev-Admin", one, "Admin"), existing("again", one, "Admin")},
			[]string{"dev-Admin 000000000001 Admin kept", "again 000000000001 Admin kept", "prod-Admin 000000000002 Admin", "dev-000000000001-Admin 000000000003 Admin"},
		},
		"odd roles have no say": {
			Rules{},
			[]inventory.Account{account(one, "dev"), account(two, "dev", "a", "a-b")},
			[]awsconfig.Section{existing("q", one, "a b"), existing("p", one, "")},
			[]string{"p 000000000001  kept", "q 000000000001 a b kept", "dev-a 000000000002 a", "dev-a-b 000000000002 a-b"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			plan, err := Make(without(test.accounts, one), test.rules, Before{Profiles: test.existing})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range plan.Profiles {
				line := p.Name + " " + p.AccountID + " " + p.RoleName
				if p.Kept {
					line += " kept"
				}
				got = append(got, line)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestATemplateThatFailsForAKeptProfileEndsNothing(t *testing.T) {
	inv := inventory.Inventory{
		Accounts: []inventory.Account{account("000000000002", "b", "Admin")},
		Failures: []inventory.Failure{{Account: identitycenter.Account{ID: "000000000001", Name: "a"}}},
	}
	plan, err := Make(inv, Rules{NameTemplate: nameTemplate(t, "{{ .Email }}")}, Before{Profiles: []awsconfig.Section{existing("a-Admin", "000000000001", "Admin")}})
	want := []Profile{
		{Name: "a-Admin", AccountID: "000000000001", RoleName: "Admin", Kept: true},
		{Name: "aws-example.com", AccountID: "000000000002", RoleName: "Admin"},
	}
	if diff := cmp.Diff(want, plan.Profiles); err != nil || diff != "" {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
}

// An account fails, and meanwhile another one gets a role and one goes. The
// person has added to a profile of the one that fails.
func TestAKeptProfileStaysAsThePersonLeftIt(t *testing.T) {
	accounts := []inventory.Account{account("000000000001", "a", "Admin"), account("000000000002", "b", "Admin"), account("000000000003", "c", "Admin")}
	text, _ := run(t, "[default]\nregion = us-east-1\n", without(accounts), Rules{}, LayoutSSOSession)
	text = strings.Replace(text, "sso_account_id = 000000000002\n", "sso_account_id = 000000000002 ; mine\r\noutput=yaml\n\n# why\n", 1)
	accounts[0].Roles = []string{"Admin", "Read"}
	const want = `[default]
region = us-east-1

# BEGIN aws-sso-config-generator corp (generated; keys and comments that you add stay)
[sso-session corp]
sso_start_url = https://d-1234567890.awsapps.com/start
sso_region = us-east-1
sso_registration_scopes = sso:account:access

[profile a-Admin]
sso_session = corp
sso_account_id = 000000000001
sso_role_name = Admin

[profile a-Read]
sso_session = corp
sso_account_id = 000000000001
sso_role_name = Read

[profile b-Admin]
sso_session = corp
sso_account_id = 000000000002 ; mine` + "\r" + `
output=yaml

# why
sso_role_name = Admin
# END aws-sso-config-generator corp
`
	for range 2 {
		text, _ = run(t, text, without(accounts[:2], "000000000002"), Rules{}, LayoutSSOSession)
		if diff := cmp.Diff(want, text); diff != "" {
			t.Fatalf("-want +got:\n%s", diff)
		}
	}
}

// The other layout has no [sso-session], but who refers to one keeps it.
func TestAKeptProfileKeepsItsSession(t *testing.T) {
	accounts := []inventory.Account{account("000000000001", "a", "Admin"), account("000000000002", "b", "Admin")}
	text, _ := run(t, "", without(accounts), Rules{}, LayoutSSOSession)
	text, _ = run(t, text, without(accounts, "000000000001"), Rules{}, LayoutLegacy)
	const want = `# BEGIN aws-sso-config-generator corp (generated; keys and comments that you add stay)
[sso-session corp]
sso_start_url = https://d-1234567890.awsapps.com/start
sso_region = us-east-1
sso_registration_scopes = sso:account:access

[profile a-Admin]
sso_session = corp
sso_account_id = 000000000001
sso_role_name = Admin

[profile b-Admin]
sso_start_url = https://d-1234567890.awsapps.com/start
sso_region = us-east-1
sso_account_id = 000000000002
sso_role_name = Admin
# END aws-sso-config-generator corp
`
	if diff := cmp.Diff(want, text); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Every name that a role could take is taken, in every step.
func TestThereIsAlwaysANameLeft(t *testing.T) {
	accounts := []inventory.Account{account("000000000001", "a"), account("000000000002", "b", "Admin")}
	c := &candidate{account: &knownAccount{ID: "000000000002", reduced: "b"}, role: &knownRole{name: "Admin", reduced: "Admin"}}
	c.say()
	var taken []awsconfig.Section
	for range 20 {
		taken = append(taken, existing(c.name, "000000000001", "Admin"))
		c.advance()
	}
	plan, err := Make(without(accounts, "000000000001"), Rules{}, Before{Profiles: taken})
	if err != nil || len(plan.Profiles) != 21 || plan.Profiles[20].Name != c.name || len(c.name) != len("b-000000000002-Admin-")+8*19 {
		t.Errorf("%+v, %v", plan, err)
	}
}
