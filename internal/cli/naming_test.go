package cli_test

import (
	"slices"
	"strings"
	"testing"

	"aws-sso-config-generator/internal/cli"
	"aws-sso-config-generator/internal/identitycenter"
	"aws-sso-config-generator/internal/inventory"
	"aws-sso-config-generator/internal/profile"
)

func TestSessionNameOf(t *testing.T) {
	for startURL, want := range map[string]string{
		"https://acme.awsapps.com/start":                                 "acme",
		"https://ACME-Corp.awsapps.com/start":                            "acme-corp",
		"https://d-1234567890.awsapps.com/start":                         "my-sso",
		"https://ssoins-1234567890abcdef.eu-west-1.portal.amazonaws.com": "my-sso",
		"https://identitycenter.amazonaws.com/ssoins-1234567890abcdef":   "my-sso",
		"https://start.us-gov-home.awsapps.com/directory/acme":           "my-sso",
		"https://aws.example.com":                                        "my-sso",
		"https://d-acme.awsapps.com/start":                               "d-acme",
		"https://1acme.awsapps.com/start":                                "my-sso",
		"https://_x.example.com":                                         "my-sso",
	} {
		if got := cli.SessionNameOf(startURL); got != want {
			t.Errorf("%s: %s, want %s", startURL, got, want)
		}
	}
}

func TestSplitGlobs(t *testing.T) {
	for list, want := range map[string]string{
		"":                         "",
		" , ,":                     "",
		"sandbox-*":                "sandbox-*",
		" a , b,c ":                "a|b|c",
		"{dev,test}-*,[a,b]x, z":   "{dev,test}-*|[a,b]x|z",
		"{a,b":                     "{a,b",
		"a},b":                     "a}|b",
		"Data Platform (prod), x*": "Data Platform (prod)|x*",
	} {
		if got := strings.Join(cli.SplitGlobs(list), "|"); got != want {
			t.Errorf("%q: %s, want %s", list, got, want)
		}
	}
}

// What the styles make of the names that AWS itself suggests, and of what people call
// accounts.
func TestStyles(t *testing.T) {
	found := inventory.Inventory{Accounts: []inventory.Account{
		{Account: identitycenter.Account{ID: "000000000001", Name: "Log Archive"}, Roles: []string{"AWSAdministratorAccess", "AWSReadOnlyAccess", "Billing"}},
		{Account: identitycenter.Account{ID: "000000000002", Name: "Empty"}},
		{Account: identitycenter.Account{ID: "000000000003"}, Roles: []string{"AWSAdministratorAccess"}},
		{Account: identitycenter.Account{ID: "000000000004", Name: "data_platform (prod)"}, Roles: []string{"AWSAdministratorAccess", "PowerUserAccess"}},
	}}
	roles := cli.Telling(found)
	want := []profile.Role{
		{AccountID: "000000000001", Name: "AWSAdministratorAccess"},
		{AccountID: "000000000004", Name: "PowerUserAccess"},
		{AccountID: "000000000001", Name: "AWSReadOnlyAccess"},
	}
	if !slices.Equal(roles, want) {
		t.Errorf("shown are %v", roles)
	}
	var got []string
	for _, template := range cli.Templates() {
		var rules profile.Rules
		if template != "" {
			var err error
			if rules.NameTemplate, err = profile.ParseNameTemplate(template); err != nil {
				t.Fatal(err)
			}
		}
		plan, err := profile.Make(found, rules, profile.Before{})
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, role := range roles {
			for _, p := range plan.Profiles {
				if p.AccountID == role.AccountID && p.RoleName == role.Name {
					names = append(names, p.Name)
				}
			}
		}
		got = append(got, strings.Join(names, " "))
	}
	if wanted := []string{
		"Log-Archive-AWSAdministratorAccess data_platform-prod-PowerUserAccess Log-Archive-AWSReadOnlyAccess",
		"log-archive-aws-administrator-access data-platform-prod-power-user-access log-archive-aws-read-only-access",
		"log-archive.aws-administrator data-platform-prod.power-user log-archive.aws-read-only",
	}; !slices.Equal(got, wanted) {
		t.Errorf("names are\n%s", strings.Join(got, "\n"))
	}
	if got := cli.Telling(inventory.Inventory{}); len(got) > 0 {
		t.Errorf("of nobody's: %v", got)
	}
}
