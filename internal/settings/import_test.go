package settings_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/inventory"
	"aws-sso-config-generator/internal/profile"
	"aws-sso-config-generator/internal/settings"
)

func TestPortals(t *testing.T) {
	both := map[string]settings.Portal{"Default": {StartURL: "https://acme.awsapps.com/start", Region: "eu-west-1"}, "My Corp": {StartURL: "https://corp.awsapps.com/start"}}
	for name, test := range map[string]struct {
		text string
		want map[string]settings.Portal
	}{
		"as its setup writes it": {"SSOConfig:\n    Default:\n        SSORegion: eu-west-1\n        StartUrl: https://acme.awsapps.com/start\n        AuthUrlAction: open\n" +
			"    My Corp:\n        StartUrl: https://corp.awsapps.com/start\n        Accounts:\n            012345678901:\n                Name: x\nDefaultSSO: Default\n" +
			"ProfileFormat: '{{ .AccountIdPad }}:{{ .RoleName }}'\nUrlExecCommand:\n    - open\n    - \"%s\"\n", both},
		"in brackets":        {"SSOConfig: {Default: {SSORegion: eu-west-1, StartUrl: \"https://acme.awsapps.com/start\"}, My Corp: {StartUrl: https://corp.awsapps.com/start}}", both},
		"without start URLs": {"SSOConfig:\n  Default:\n    SSORegion: eu-west-1\n  Other: [a]\n  Third:\n", map[string]settings.Portal{}},
		"something else":     {"SSOConfig: [1, 2]\n", map[string]settings.Portal{}},
		"nothing":            {"", map[string]settings.Portal{}},
		"no YAML":            {"a: b: c\n\t", nil},
	} {
		if diff := cmp.Diff(test.want, settings.Portals([]byte(test.text))); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
}

// imported are the settings that come of profiles "name account role [key=value ...]".
func imported(t *testing.T, stay string, profiles ...string) string {
	t.Helper()
	var found inventory.Inventory
	for i, name := range []string{"Log Archive", "dev", "prod"} {
		a := inventory.Account{Roles: []string{"AdministratorAccess", "ReadOnlyAccess"}}
		a.ID, a.Name = fmt.Sprintf("%012d", i+1), name
		found.Accounts = append(found.Accounts, a)
	}
	outsiders := func(lines ...string) (all []awsconfig.Outsider) {
		for _, line := range lines {
			words := strings.Fields(line)
			if len(words) == 0 {
				continue
			}
			o := awsconfig.Outsider{Name: strings.ReplaceAll(words[0], "_", " "), AccountID: fmt.Sprintf("%012s", words[1]), RoleName: words[2]}
			for _, word := range words[3:] {
				key, value, _ := strings.Cut(word, "=")
				o.Keys = append(o.Keys, awsconfig.Key{Name: key, Value: value})
			}
			all = append(all, o)
		}
		return all
	}
	s := settings.Session{Name: "acme", StartURL: "https://acme.awsapps.com/start"}
	s = s.Import(outsiders(profiles...), outsiders(stay), func(s settings.Session) (profile.Plan, error) {
		rules, err := s.Rules()
		if err != nil {
			t.Fatal(err)
		}
		return profile.Make(found, rules, profile.Before{Taken: map[string]bool{"taken": true}})
	})
	printed := settings.Print(settings.Settings{Sessions: []settings.Session{s}})
	if _, err := settings.Parse("c.yaml", printed); err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(printed), "/start\n")
	return text
}

func TestImport(t *testing.T) {
	const admin, read = "AdministratorAccess", "ReadOnlyAccess"
	for name, test := range map[string]struct {
		profiles []string
		stay     string
		want     string
	}{
		"ours": {[]string{"dev-" + read + " 2 " + read, "Log-Archive-" + admin + " 1 " + admin}, "", ""},
		"the AWS CLI's, but for one": {
			[]string{admin + "-000000000002 2 " + admin, read + "-000000000003 3 " + read, "work 3 " + admin},
			"",
			"    profile_name: \"{{ .RoleName }}-{{ .AccountID }}\"\n    overrides:\n      - match: {account: \"000000000003\", role: AdministratorAccess}\n        name: work\n",
		},
		"in small letters": {
			[]string{"log-archive-admin 1 " + admin, "dev-administratoraccess 2 " + admin, "prod-readonlyaccess 3 " + read},
			"",
			"    profile_name: \"{{ .AccountName | kebab }}-{{ .RoleName | lower }}\"\n    overrides:\n      - match: {account: \"000000000001\", role: AdministratorAccess}\n        name: log-archive-admin\n",
		},
		"no name that a template gives, nor one that nobody takes": {
			[]string{"dev/" + admin + " 2 " + admin, "my_dev 2 " + read},
			"",
			"    overrides:\n      - match: {account: \"000000000002\", role: AdministratorAccess}\n        name: dev/AdministratorAccess\n",
		},
		"names that are each other's": {
			[]string{"dev-" + admin + " 3 " + admin, "prod-" + admin + " 2 " + admin},
			"",
			"    overrides:\n      - match: {account: \"000000000003\", role: AdministratorAccess}\n        name: dev-AdministratorAccess\n" +
				"      - match: {account: \"000000000002\", role: AdministratorAccess}\n        name: prod-AdministratorAccess\n",
		},
		"what stays has a say": {
			[]string{"work 2 " + admin},
			"dev." + read + " 2 " + read,
			"    profile_name: \"{{ .AccountName }}.{{ .RoleName }}\"\n    overrides:\n      - match: {account: \"000000000002\", role: AdministratorAccess}\n        name: work\n",
		},
		"what is no role": {[]string{"x 2 a*b region=eu-west-1", "y dev " + read}, "", ""},
		"a region that all have": {
			[]string{"dev-" + read + " 2 " + read + " region=eu-west-1", "dev-" + admin + " 2 " + admin + " region=eu-west-1 x=y"},
			"",
			"    defaults:\n      region: eu-west-1\n",
		},
		"another one, too": {
			[]string{"dev-" + read + " 2 " + read + " region=eu-west-1 output=json", "dev-" + admin + " 2 " + admin + " region=eu-west-1 output=json", "prod-" + read + " 3 " + read + " region=us-east-1 output=text"},
			"",
			"    defaults:\n      region: eu-west-1\n      output: json\n    overrides:\n      - match: {account: \"000000000003\", role: ReadOnlyAccess}\n        set:\n          region: us-east-1\n          output: text\n",
		},
		"one that not all have": {
			[]string{"dev-" + read + " 2 " + read + " region=eu-west-1", "prod-" + read + " 3 " + read + " region=eu-west-1", "dev-" + admin + " 2 " + admin},
			"",
			"    overrides:\n      - match: {account: \"{000000000002,000000000003}\", role: ReadOnlyAccess}\n        set:\n          region: eu-west-1\n",
		},
		"one that is none": {
			[]string{"dev-" + read + " 2 " + read + " region=eu-west-1", "prod-" + read + " 3 " + read + " region=eu-west-1", "dev-" + admin + " 2 " + admin + " region=moon"},
			"",
			"    overrides:\n      - match: {account: \"{000000000002,000000000003}\", role: ReadOnlyAccess}\n        set:\n          region: eu-west-1\n",
		},
		"no majority": {
			[]string{"dev-" + read + " 2 " + read + " output=json", "dev-" + admin + " 2 " + admin + " output=text"},
			"",
			"    overrides:\n      - match: {account: \"000000000002\", role: ReadOnlyAccess}\n        set:\n          output: json\n      - match: {account: \"000000000002\", role: AdministratorAccess}\n        set:\n          output: text\n",
		},
		"a name that another session has": {[]string{"taken 2 " + read}, "", "    overrides:\n      - match: {account: \"000000000002\", role: ReadOnlyAccess}\n        name: taken\n"},
		"an account that was not found":   {[]string{"x 9 " + read}, "", "    overrides:\n      - match: {account: \"000000000009\", role: ReadOnlyAccess}\n        name: x\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, imported(t, test.stay, test.profiles...)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
