package awsconfig

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// ssoProfile is a profile as the tool writes it, with further keys in pairs.
func ssoProfile(name, accountID, roleName string, more ...string) Section {
	s := Section{Kind: Profile, Name: name, Keys: []Key{{"sso_session", "prod"}, {"sso_account_id", accountID}, {"sso_role_name", roleName}}}
	for i := 0; i < len(more); i += 2 {
		s.Keys = append(s.Keys, Key{more[i], more[i+1]})
	}
	return s
}

func prodSession() Section {
	return Section{Kind: SSOSession, Name: "prod", Keys: []Key{{"sso_start_url", "https://x.awsapps.com/start"}, {"sso_region", "eu-west-1"}}}
}

// inBlock is a file that holds nothing but the block of session prod.
func inBlock(text string) string {
	return "# BEGIN aws-sso-config-generator prod (generated; keys and comments that you add stay)\n" + text + "# END aws-sso-config-generator prod\n"
}

func TestThreeWay(t *testing.T) {
	dev := ssoProfile("dev", "1", "Admin", "region", "eu-west-1")
	devText := "[profile dev]\nsso_session = prod\nsso_account_id = 1\nsso_role_name = Admin\nregion = eu-west-1\n"
	without := func(line string) string { return strings.Replace(devText, line, "", 1) }
	instead := func(line, other string) string { return strings.Replace(devText, line, other, 1) }
	moved := ssoProfile("dev", "1", "Admin", "region", "us-east-1")
	unknown := []Section(nil)
	for name, test := range map[string]struct {
		base     []Section
		text     string
		sections []Section
		options  Options
		want     string
		result   Result
	}{
		"nothing changed": {[]Section{dev}, devText, []Section{dev}, Options{}, devText, Result{Unchanged: []string{"dev"}}},
		"keys and comments of the person stay": {
			[]Section{dev},
			"# mine\n" + devText + "output = json # always\ns3 =\n  max_queue_size = 1\n\n; the end\n",
			[]Section{moved},
			Options{},
			"# mine\n" + instead("eu-west-1", "us-east-1") + "output = json # always\ns3 =\n  max_queue_size = 1\n\n; the end\n",
			Result{Changed: []string{"dev"}},
		},
		"so they do without a base": {
			unknown, "# mine\n" + devText + "output = json\n",
			[]Section{moved},
			Options{},
			"# mine\n" + instead("eu-west-1", "us-east-1") + "output = json\n",
			Result{Changed: []string{"dev"}},
		},
		"spelling and space of a line stay": {
			[]Section{dev},
			instead("region = eu-west-1", "Region:\teu-west-1  ; here"),
			[]Section{moved},
			Options{},
			instead("region = eu-west-1", "Region:\tus-east-1  ; here"),
			Result{Changed: []string{"dev"}},
		},
		"a value that only the person changed": {
			[]Section{dev},
			instead("eu-west-1", "eu-north-1"),
			[]Section{dev},
			Options{},
			instead("eu-west-1", "eu-north-1"),
			Result{Unchanged: []string{"dev"}, Theirs: []Difference{{"dev", "region", "eu-west-1", "eu-north-1"}}},
		},
		"a value that both changed": {
			[]Section{dev},
			instead("eu-west-1", "eu-north-1"),
			[]Section{moved},
			Options{},
			instead("eu-west-1", "eu-north-1"),
			Result{Unchanged: []string{"dev"}, Conflicts: []Difference{{"dev", "region", "us-east-1", "eu-north-1"}}},
		},
		"both changed it to the same": {
			[]Section{dev}, instead("eu-west-1", "us-east-1"), []Section{moved}, Options{}, instead("eu-west-1", "us-east-1"), Result{Unchanged: []string{"dev"}},
		},
		"ours where told so": {
			[]Section{dev}, instead("eu-west-1", "eu-north-1"), []Section{moved}, Options{Overwrite: true}, instead("eu-west-1", "us-east-1"), Result{Changed: []string{"dev"}},
		},
		"a key that the person took out": {
			[]Section{dev},
			without("region = eu-west-1\n"),
			[]Section{dev},
			Options{},
			without("region = eu-west-1\n"),
			Result{Unchanged: []string{"dev"}, Theirs: []Difference{{"dev", "region", "eu-west-1", ""}}},
		},
		"a key that we write no more": {
			[]Section{dev}, devText, []Section{ssoProfile("dev", "1", "Admin")}, Options{}, without("region = eu-west-1\n"), Result{Changed: []string{"dev"}},
		},
		"the comment behind a key that we write no more": {
			[]Section{dev},
			instead("region = eu-west-1", "region = eu-west-1 # needed by a script"),
			[]Section{ssoProfile("dev", "1", "Admin")},
			Options{},
			instead("region = eu-west-1", "# needed by a script"),
			Result{Changed: []string{"dev"}},
		},
		"a key that we write no more and the person changed": {
			[]Section{dev},
			instead("eu-west-1", "eu-north-1"),
			[]Section{ssoProfile("dev", "1", "Admin")},
			Options{},
			instead("eu-west-1", "eu-north-1"),
			Result{Unchanged: []string{"dev"}, Theirs: []Difference{{"dev", "region", "", "eu-north-1"}}},
		},
		"a new key of ours": {
			[]Section{ssoProfile("dev", "1", "Admin")}, without("region = eu-west-1\n") + "output = json\n", []Section{dev}, Options{}, devText + "output = json\n", Result{Changed: []string{"dev"}},
		},
		"a new key of ours that the person has": {
			[]Section{ssoProfile("dev", "1", "Admin")},
			instead("eu-west-1", "eu-north-1"),
			[]Section{dev},
			Options{},
			instead("eu-west-1", "eu-north-1"),
			Result{Unchanged: []string{"dev"}, Conflicts: []Difference{{"dev", "region", "eu-west-1", "eu-north-1"}}},
		},
		"in an indented section": {
			[]Section{ssoProfile("dev", "1", "Admin")},
			"[profile dev]\n  sso_session = prod\n  sso_account_id = 1\n  sso_role_name = Admin\n  output = json\n",
			[]Section{dev},
			Options{},
			"[profile dev]\n  sso_session = prod\n  sso_account_id = 1\n  sso_role_name = Admin\n  region = eu-west-1\n  output = json\n",
			Result{Changed: []string{"dev"}},
		},
		"a value over several lines": {
			[]Section{dev}, instead("eu-west-1", "eu-west-1\n  and more"), []Section{moved}, Options{Overwrite: true}, instead("eu-west-1", "us-east-1"), Result{Changed: []string{"dev"}},
		},
		"another name for the same role": {
			[]Section{dev},
			"# mine\n" + devText + "output = json\n",
			[]Section{ssoProfile("dev-2", "1", "Admin", "region", "eu-west-1")},
			Options{},
			"# mine\n" + instead("[profile dev]", "[profile dev-2]") + "output = json\n",
			Result{Renamed: []Rename{{"dev", "dev-2"}}},
		},
		"a role that is gone": {
			[]Section{dev, ssoProfile("x", "2", "X")},
			devText + "\n" + ssoProfile("x", "2", "X").write("\n"),
			[]Section{dev},
			Options{},
			devText,
			Result{Unchanged: []string{"dev"}, Removed: []string{"x"}},
		},
		"a role that is gone, without a base": {
			unknown, devText + "\n" + ssoProfile("x", "2", "X").write("\n"),
			[]Section{dev},
			Options{},
			devText,
			Result{Unchanged: []string{"dev"}, Removed: []string{"x"}},
		},
		"a role that is gone, not to be pruned": {
			[]Section{dev, ssoProfile("x", "2", "X")},
			ssoProfile("x", "2", "X").write("\n") + "\n" + devText,
			[]Section{dev},
			Options{NoPrune: true},
			ssoProfile("x", "2", "X").write("\n") + "\n" + devText,
			Result{Unchanged: []string{"dev"}, Kept: []string{"x"}},
		},
		"sections of the person stay where they are": {
			[]Section{prodSession(), dev},
			"# top\n\n" + prodSession().write("\n") + "\n[services s3]\ns3 =\n  endpoint_url = http://x\n\n# mine\n[profile mine]\nregion = x\n\n" + devText + "\n[profile last]\nrole_arn = y\n",
			[]Section{prodSession(), ssoProfile("a", "0", "A"), moved},
			Options{},
			"# top\n\n" + prodSession().write("\n") + "\n[services s3]\ns3 =\n  endpoint_url = http://x\n\n# mine\n[profile mine]\nregion = x\n\n" +
				ssoProfile("a", "0", "A").write("\n") + "\n" + instead("eu-west-1", "us-east-1") + "\n[profile last]\nrole_arn = y\n",
			Result{Added: []string{"a"}, Changed: []string{"dev"}},
		},
		"a profile that the person wrote for a role": {
			[]Section{dev},
			devText + "\n" + ssoProfile("mine", "3", "Mine").write("\n"),
			[]Section{dev},
			Options{},
			devText + "\n" + ssoProfile("mine", "3", "Mine").write("\n"),
			Result{Unchanged: []string{"dev"}},
		},
		"a profile that the person took out comes back": {
			[]Section{dev, moved}, "", []Section{dev}, Options{}, devText, Result{Added: []string{"dev"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := Parse([]byte(inBlock(test.text)))
			test.options.Base = test.base
			result, err := f.Merge("prod", test.sections, test.options)
			if diff := cmp.Diff(inBlock(test.want), string(f.Bytes())); err != nil || diff != "" {
				t.Errorf("%v, -want +got:\n%s", err, diff)
			}
			if diff := cmp.Diff(test.result, result); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			before := string(f.Bytes())
			test.options.Base = test.sections
			if _, err := f.Merge("prod", test.sections, test.options); err != nil || string(f.Bytes()) != before {
				t.Errorf("the second merge made %q, %v", f.Bytes(), err)
			}
		})
	}
}
