package profile

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/identitycenter"
	"aws-sso-config-generator/internal/inventory"
)

func nameTemplate(t testing.TB, text string) *NameTemplate {
	t.Helper()
	parsed, err := ParseNameTemplate(text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func TestNameTemplates(t *testing.T) {
	rules := Rules{
		Session: "acme", Defaults: []awsconfig.Key{{Name: "region", Value: "eu-west-1"}},
		Renames: Renames{Roles: map[string]string{"AdministratorAccess": "admin"}, Accounts: map[string]string{"000000000002": "my dev"}},
	}
	for text, want := range map[string]string{
		"{{ .AccountName }}-{{ .RoleName }}":                                            "Data-Platform-prod-admin",
		"{{ .AccountName | kebab }}":                                                    "data-platform-prod",
		"{{ .AccountName | snake }}.{{ .RoleName | upper }}":                            "data_platform_prod.ADMIN",
		"{{ .AccountID }}_{{ .Session }}--{{ .Region }}":                                "000000000001_acme--eu-west-1",
		"{{ .Email | trimSuffix \"@example.com\" }}":                                    "aws",
		"{{ .AccountName | trimPrefix \"Data \" | lower }}":                             "platform-prod",
		"{{ .AccountName | lower | title }}":                                            "Data-Platform-Prod",
		"{{ .AccountName | replace \"Platform\" \"x\" }}":                               "Data-x-prod",
		"{{ .AccountName | regexReplace `^(\\w+) .*\\((.*)\\)$` `$2-$1` }}":             "prod-Data",
		"{{ .AccountName | truncate 4 }}.{{ .RoleName | truncate 99 }}":                 "Data.admin",
		"x{{ .RoleName | truncate 0 }}":                                                 "x",
		"{{ .Email | trimPrefix \"aws@example.com\" | default .AccountName }}":          "Data-Platform-prod",
		"{{ accountAlias .AccountID | default \"none\" }}":                              "none",
		"{{ accountAlias \"000000000002\" | kebab }}":                                   "my-dev",
		"  \n{{ .RoleName }}-x\n":                                                       "admin-x",
		"{{ if eq .AccountID \"000000000001\" -}}\n one\n{{- else -}} two {{- end }}":   "one",
		"{{ with .Session }}{{ . }}{{ end }}.{{ printf \"%.2s%s\" .RoleName .Region }}": "acme.adeu-west-1",
		"{{ $r := .RoleName }}{{ print $r \".\" $r }}{{/* twice */}}":                   "admin.admin",
	} {
		rules.NameTemplate = nameTemplate(t, text)
		if got := names(t, rules, account("000000000001", "Data Platform (prod)", "AdministratorAccess")); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

func TestWordsOfAName(t *testing.T) {
	for text, want := range map[string]string{
		"AdministratorAccess":   "administrator-access",
		"ReadOnlyAccess":        "read-only-access",
		"AWSPowerUserAccess":    "aws-power-user-access",
		"Data Platform (prod)":  "data-platform-prod",
		"EC2Admin":              "ec2-admin",
		"dev2":                  "dev2",
		"s3bucket":              "s3bucket",
		"log_archive.EU-West-1": "log-archive-eu-west-1",
		"prod2Eu":               "prod2-eu",
		"X":                     "x",
		"AB":                    "ab",
		"aB":                    "a-b",
		"ABc":                   "a-bc",
		"--a--":                 "a",
		"Büro Zürich":           "b-ro-z-rich",
		"日本":                    "",
		"":                      "",
	} {
		if got := strings.Join(words(text), "-"); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestMistakesInATemplateShowBeforeAnybodySignsIn(t *testing.T) {
	for text, want := range map[string]string{
		"{{ .AccountName":                    "unclosed action",
		"{{ .Account }}":                     "the template has .Account in it",
		"{{ env \"HOME\" }}":                 `function "env" not defined`,
		"{{ \"\" }}":                         "the template gives an empty name",
		"":                                   "the template gives an empty name",
		" \n":                                "the template gives an empty name",
		"日本":                                 `the template's text has "日本" in it, and a profile name holds letters, digits, dots, dashes and underscores`,
		"{{ .AccountName }}/{{ .RoleName }}": `has "/" in it`,
		"{{ .AccountName }} {{ .RoleName }}": `has " " in it`,
		"[profile {{ .RoleName }}]":          `has "[" in it`,
		"{{ if .Region }}a@b{{ else }}c{{ end }}":                        `has "@" in it`,
		"{{ if .Region }}{{ else }}{{ with .Email }}:{{ end }}{{ end }}": `has ":" in it`,
		"default":                          `the template gives "default", which is reserved`,
		"__proto__":                        `the template gives "__proto__", which is reserved`,
		"{{ .AccountName | truncate -1 }}": "truncate -1: must not be negative",
		"{{ .AccountName | regexReplace `(` `` }}":                                             "missing closing )",
		"{{ .AccountName | truncate `1` }}":                                                    "expected integer",
		"{{ range 9 }}x{{ end }}":                                                              "{{range 9}}x{{end}} has no place in the template of a name",
		"{{ define `x` }}{{ end }}x":                                                           "the template defines another one",
		"{{ block `x` . }}{{ end }}":                                                           "the template defines another one",
		"{{ template `x` }}":                                                                   `{{template "x"}} has no place in the template of a name`,
		"{{ .RoleName | js }}":                                                                 `function "js" has no place in the template of a name`,
		"{{ if (call .RoleName) }}x{{ end }}":                                                  `function "call" has no place in the template of a name`,
		"{{ .RoleName | printf `%1000000000s` }}":                                              `printf "%1000000000s": too wide`,
		"{{ printf `%*s` 1000000000 .RoleName }}":                                              `printf "%*s": too wide`,
		"{{ .RoleName | replace `` `" + strings.Repeat("x", 200) + "` }}":                      "a text of more than 500 bytes",
		"{{ .RoleName | regexReplace `` `" + strings.Repeat("x", 200) + "` }}":                 "a text of more than 500 bytes",
		"{{ .RoleName | regexReplace `(abcdefghij){999}` `` }}":                                "too large a regular expression",
		strings.Repeat("{{ .RoleName }}", 20):                                                  "the template gives a name of more than 200 characters",
		strings.Repeat("x", 5_000):                                                             "the template has more than 4000 bytes",
		"{{ $x := `xxxxxxxxxx` }}" + strings.Repeat("{{ $x = print $x $x }}", 40) + "{{ $x }}": "a text of more than 500 bytes",
	} {
		if _, err := ParseNameTemplate(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80s: got %v, want %s", text, err, want)
		}
	}
}

// A template is tried on examples. That they give nothing is no mistake yet.
func TestATemplateMayBeForOtherAccountsThanTheExamples(t *testing.T) {
	for _, text := range []string{
		"{{ .AccountName | regexReplace `^[a-z]+-?` `` }}",
		"{{ .Region }}",
		"{{ .AccountName | trimPrefix `example` }}",
	} {
		nameTemplate(t, text)
	}
}

// Each row is an organization for which the template gives no name, or the same one
// for several.
func TestATemplateThatFailsSaysForWhichRole(t *testing.T) {
	const one, two, three = "000000000001", "000000000002", "000000000003"
	named := func(name string) Rules {
		m, err := ParseMatch(one, "Admin")
		if err != nil {
			t.Fatal(err)
		}
		return Rules{NameTemplate: nameTemplate(t, "{{ .AccountName }}-{{ .RoleName }}"), Overrides: []Override{{Match: m, Name: name}}}
	}
	for name, test := range map[string]struct {
		rules    Rules
		accounts []inventory.Account
		want     string
	}{
		"nothing": {
			Rules{NameTemplate: nameTemplate(t, "{{ .Email }}")},
			[]inventory.Account{{Account: identitycenter.Account{ID: one, Name: "dev"}, Roles: []string{"Admin"}}},
			`name the profiles: role "Admin" in account 000000000001 ("dev"): the template gives an empty name`,
		},
		"nothing that a name can hold": {
			Rules{NameTemplate: nameTemplate(t, "{{ .RoleName }}")},
			[]inventory.Account{account(one, "dev", "=")},
			`name the profiles: role "=" in account 000000000001 ("dev"): the template gives an empty name`,
		},
		"what is reserved": {
			Rules{NameTemplate: nameTemplate(t, "{{ .AccountName }}")},
			[]inventory.Account{account(one, "default", "Admin")},
			`name the profiles: role "Admin" in account 000000000001 ("default"): the template gives "default", which is reserved`,
		},
		"too much": {
			Rules{NameTemplate: nameTemplate(t, "{{ .AccountName }}")},
			[]inventory.Account{account(one, strings.Repeat("x", 201), "Admin")},
			`name the profiles: role "Admin" in account 000000000001 ("` + strings.Repeat("x", 201) + `"): the template gives a name of more than 200 characters`,
		},
		"a mistake that only some roles show": {
			Rules{NameTemplate: nameTemplate(t, "{{ if eq .AccountName `dev` }}{{ .RoleName | regexReplace `[` `` }}{{ else }}x{{ end }}")},
			[]inventory.Account{account(one, "prod", "Admin"), account(two, "dev", "Admin")},
			"name the profiles: role \"Admin\" in account 000000000002 (\"dev\"): template: profile name:1:45: executing \"profile name\" at <regexReplace `[` ``>: error calling regexReplace: error parsing regexp: missing closing ]: `[`",
		},
		"the same for two": {
			Rules{NameTemplate: nameTemplate(t, "{{ .RoleName }}")},
			[]inventory.Account{account(one, "dev", "Admin"), account(two, "prod", "Admin", "Read")},
			`name the profiles: "Admin" would be the name of role "Admin" in account 000000000001 ("dev") and role "Admin" in account 000000000002 ("prod")`,
		},
		"the same for many": {
			Rules{NameTemplate: nameTemplate(t, "aws")},
			[]inventory.Account{account(one, "dev", "Admin", "Read"), account(two, "prod", "a", "b"), account(three, "", "Admin")},
			`name the profiles: "aws" would be the name of role "Admin" in account 000000000001 ("dev"), role "Read" in account 000000000001 ("dev"), role "a" in account 000000000002 ("prod"), role "b" in account 000000000002 ("prod") and 1 more`,
		},
		"two roles that are equal when reduced": {
			Rules{NameTemplate: nameTemplate(t, "{{ .AccountName }}-{{ .RoleName }}")},
			[]inventory.Account{account(one, "dev", "a+b", "a=b")},
			`name the profiles: "dev-a-b" would be the name of role "a+b" in account 000000000001 ("dev") and role "a=b" in account 000000000001 ("dev")`,
		},
		"the name of an override": {
			named("prod-Admin"),
			[]inventory.Account{account(one, "dev", "Admin"), account(two, "prod", "Admin")},
			`name the profiles: "prod-Admin" would be the name of role "Admin" in account 000000000001 ("dev") and role "Admin" in account 000000000002 ("prod")`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Make(inventory.Inventory{Accounts: test.accounts}, test.rules, Before{})
			if err == nil || err.Error() != test.want || !errors.Is(err, ErrName) {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

// In a template, AccountName is enough to tell accounts apart.
func TestAccountsOfOneNameHaveTheirIDsInTemplates(t *testing.T) {
	sandbox, err := ParseMatch("*sandbox*", "")
	if err != nil {
		t.Fatal(err)
	}
	rules := Rules{
		NameTemplate: nameTemplate(t, "{{ .AccountName }}.{{ .RoleName }}"), Exclude: []Match{sandbox},
		Renames: Renames{Accounts: map[string]string{"000000000006": "Prod"}},
	}
	inv := inventory.Inventory{
		Accounts: []inventory.Account{
			account("000000000001", "dev", "Admin"), account("000000000002", "Dev", "Read"), account("000000000003", "d v", "Admin"), account("000000000004", "D/V"),
			account("000000000005", "prod", "Admin"), account("000000000006", "x", "Admin"),
			account("000000000007", "日本", "Admin"), account("000000000008", "中国", "Admin"), account("000000000009", "", "Admin"), account("000000000010", "000000000009", "Admin"),
			account("000000000011", "away", "Admin"), account("000000000012", "alone", "Admin"),
			{Account: identitycenter.Account{ID: "000000000013", Name: "alone", Email: "sandbox@example.com"}, Roles: []string{"Admin"}},
		},
		Failures: []inventory.Failure{{Account: identitycenter.Account{ID: "000000000014", Name: "Away"}}},
	}
	plan, err := Make(inv, rules, Before{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range plan.Profiles {
		got = append(got, p.Name)
	}
	want := []string{
		"dev-000000000001.Admin", "Dev-000000000002.Read", "d-v-000000000003.Admin",
		"prod-000000000005.Admin", "Prod-000000000006.Admin",
		"000000000007.Admin", "000000000008.Admin", "000000000009.Admin", "000000000009-000000000010.Admin",
		"away-000000000011.Admin", "alone.Admin",
	}
	if diff := cmp.Diff(want, got); diff != "" || plan.Filtered != 1 {
		t.Errorf("%d filtered, -want +got:\n%s", plan.Filtered, diff)
	}
}
