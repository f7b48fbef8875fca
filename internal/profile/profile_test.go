package profile

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/identitycenter"
	"aws-sso-config-generator/internal/inventory"
)

// account is an account of an inventory, in short.
func account(id, name string, roles ...string) inventory.Account {
	return inventory.Account{Account: identitycenter.Account{ID: id, Name: name, Email: "aws@example.com"}, Roles: roles}
}

// names plans an inventory and returns the names of its profiles.
func names(t *testing.T, rules Rules, accounts ...inventory.Account) []string {
	t.Helper()
	plan, err := Make(inventory.Inventory{Accounts: accounts}, rules, Before{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range plan.Profiles {
		names = append(names, p.Name)
	}
	return names
}

func TestDefaultNames(t *testing.T) {
	for _, test := range []struct{ account, role, want string }{
		{"prod", "AdministratorAccess", "prod-AdministratorAccess"},
		{"Data Platform (prod)", "ReadOnlyAccess", "Data-Platform-prod-ReadOnlyAccess"},
		{"Büro Zürich dev", "Billing", "B-ro-Z-rich-dev-Billing"},
		{"a_b.c-d", "x_y", "a_b.c-d-x_y"},
		{"R&D Lab - prod", "Billing", "R-D-Lab-prod-Billing"},
		{"two--dashes", "Billing", "two--dashes-Billing"},
		{"", "Billing", "000000000001-Billing"},
		{"日本", "Billing", "000000000001-Billing"},
		{"---", "Billing", "000000000001-Billing"},
		{"-rf", "Billing", "rf-Billing"},
		{"x]\n[profile evil]\ncredential_process = touch /tmp/pwned", "Admin", "x-profile-evil-credential_process-touch-tmp-pwned-Admin"},
		{"\x1b[31mred", "Admin", "31mred-Admin"},
		{"a # b ; c \" ' \\ $(x) `y`", "Admin", "a-b-c-x-y-Admin"},
		{"default", "Admin", "default-Admin"},
		{"prod", "ops+admin@eu,1=2", "prod-ops-admin-eu-1-2"},
		{strings.Repeat("x", 300), "Admin", strings.Repeat("x", 300) + "-Admin"},
	} {
		if got := names(t, Rules{}, account("000000000001", test.account, test.role)); !slices.Equal(got, []string{test.want}) {
			t.Errorf("%q, %q: got %q, want %q", test.account, test.role, got, test.want)
		}
	}
}

func TestCollidingNamesGetTheAccountID(t *testing.T) {
	for name, test := range map[string]struct {
		rules    Rules
		accounts []inventory.Account
		want     []string
	}{
		"two accounts of one name: both": {Rules{}, []inventory.Account{
			account("000000000001", "dev", "Admin"), account("000000000002", "dev", "Admin", "Billing"), account("000000000003", "prod", "Admin"),
		}, []string{"dev-000000000001-Admin", "dev-000000000002-Admin", "dev-Billing", "prod-Admin"}},
		"names that are equal when reduced": {Rules{}, []inventory.Account{
			account("000000000001", "a b", "Admin"), account("000000000002", "a-b", "Admin"), account("000000000003", "a/b", "Admin"),
		}, []string{"a-b-000000000001-Admin", "a-b-000000000002-Admin", "a-b-000000000003-Admin"}},
		"an account is called what a collision makes of two others": {Rules{}, []inventory.Account{
			account("000000000001", "dev", "Admin"), account("000000000002", "dev", "Admin"), account("000000000003", "dev-000000000001", "Admin"),
		}, []string{"dev-000000000001-Admin-9a0b3a15", "dev-000000000002-Admin", "dev-000000000001-000000000003-Admin"}},
		"two roles that are equal when reduced": {Rules{}, []inventory.Account{
			account("000000000001", "dev", "a+b", "a=b"),
		}, []string{"dev-000000000001-a-b-dfe7f97f", "dev-000000000001-a-b-4e1dcc0d"}},
		"both without a name": {Rules{}, []inventory.Account{
			account("000000000001", "", "Admin"), account("000000000002", "", "Admin"),
		}, []string{"000000000001-Admin", "000000000002-Admin"}},
		"reserved names": {Rules{Renames: Renames{Roles: map[string]string{"Admin": ""}}}, []inventory.Account{
			account("000000000001", "default", "Admin"), account("000000000002", "__proto__", "Admin"),
		}, []string{"default-000000000001", "__proto__-000000000002"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, names(t, test.rules, test.accounts...)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestRolesThatNoReaderTakesAreLeftOut(t *testing.T) {
	plan, err := Make(inventory.Inventory{Accounts: []inventory.Account{
		account("000000000001", "dev", "Admin", "x\ncredential_process = evil", "a b", "a#b", "é", ""),
		account("1", "short", "Admin"), account("00000000000x", "letter", "Admin"), account("000000000001\n", "newline", "Admin"),
	}}, Rules{}, Before{})
	if err != nil || len(plan.Profiles) != 1 || len(plan.Unusable) != 8 {
		t.Errorf("%+v, %v", plan, err)
	}
}

func TestRenames(t *testing.T) {
	renames, err := ParseRenames([]byte(`{"accounts": {"000000000001": "my dev"}, "roles": {"AdministratorAccess": "", "ReadOnlyAccess": "ro"}}`))
	if err != nil {
		t.Fatal(err)
	}
	got := names(t, Rules{Renames: renames},
		account("000000000001", "x", "AdministratorAccess", "Billing", "ReadOnlyAccess"), account("000000000002", "prod", "AdministratorAccess"))
	if want := []string{"my-dev", "my-dev-Billing", "my-dev-ro", "prod"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestMistakesInRenamesNameTheLine(t *testing.T) {
	for text, want := range map[string]string{
		"":                                    "empty",
		"{":                                   "line 1: unexpected EOF",
		"{\n\"accounts\": {\n\"1\" \"dev\"}}": "line 3: invalid character",
		"{\n\"account\": {}}":                 `line 2: json: unknown field "account"`,
		"{\"accounts\": {\n\"000000000001\": 1}}": "line 2: json: cannot unmarshal number",
		"[]":                                 "line 1: json: cannot unmarshal array",
		"{}\n{}":                             "line 2: more follows",
		`{"accounts": {"1": "dev"}}`:         `"1" is not an account id`,
		`{"accounts": {"000000000001": ""}}`: `000000000001: "" has no character`,
		`{"roles": {"Admin": "日本"}}`:         `roles: Admin: "日本" has no character`,
		`{"accounts": {"000000000001": "日本"}}`: `has no character`,
	} {
		if _, err := ParseRenames([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

func TestSections(t *testing.T) {
	profiles := func(keys ...awsconfig.Key) []Profile {
		return []Profile{{Name: "dev-Admin", AccountID: "000000000001", RoleName: "Admin", Keys: keys}}
	}
	session := Session{Name: "corp", StartURL: "https://d-1234567890.awsapps.com/start/#/", Region: "eu-west-1"}
	for _, test := range []struct {
		layout   Layout
		profiles []Profile
		want     []awsconfig.Section
	}{
		{LayoutSSOSession, profiles(), []awsconfig.Section{
			{Kind: "sso-session", Name: "corp", Keys: []awsconfig.Key{
				{Name: "sso_start_url", Value: "https://d-1234567890.awsapps.com/start/#/"},
				{Name: "sso_region", Value: "eu-west-1"},
				{Name: "sso_registration_scopes", Value: "sso:account:access"},
			}},
			{Kind: "profile", Name: "dev-Admin", Keys: []awsconfig.Key{
				{Name: "sso_session", Value: "corp"}, {Name: "sso_account_id", Value: "000000000001"}, {Name: "sso_role_name", Value: "Admin"},
			}},
		}},
		{LayoutLegacy, profiles(awsconfig.Key{Name: "region", Value: "us-west-2"}, awsconfig.Key{Name: "output", Value: "json"}), []awsconfig.Section{
			{Kind: "profile", Name: "dev-Admin", Keys: []awsconfig.Key{
				{Name: "sso_start_url", Value: "https://d-1234567890.awsapps.com/start/#/"},
				{Name: "sso_region", Value: "eu-west-1"},
				{Name: "sso_account_id", Value: "000000000001"},
				{Name: "sso_role_name", Value: "Admin"},
				{Name: "region", Value: "us-west-2"},
				{Name: "output", Value: "json"},
			}},
		}},
	} {
		if diff := cmp.Diff(test.want, Sections(test.profiles, session, test.layout)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", test.layout, diff)
		}
	}
	if got := Sections(nil, session, LayoutSSOSession); got != nil {
		t.Errorf("no profiles: %v", got)
	}
}
