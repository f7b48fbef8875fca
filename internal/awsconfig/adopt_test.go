package awsconfig

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAdopt(t *testing.T) {
	sections := []Section{prodSession(), ssoProfile("dev-Admin", "1", "Admin"), ssoProfile("dev-Billing", "1", "Billing")}
	const theirs = "# top\n[default]\nsso_session = prod\nsso_account_id = 1\nsso_role_name = Admin\n\n# my dev\n[profile mine]\nsso_session = prod\nsso_account_id = 1\nsso_role_name = Admin\noutput = json\n\n" +
		"[profile other]\nsso_session = elsewhere\nsso_account_id = 1\nsso_role_name = Billing\n\n[profile dev-Billing]\nsso_start_url = https://x.awsapps.com/start/\nsso_region = eu-west-1\nsso_account_id = 1\nsso_role_name = Billing\n"
	const rest = "# top\n[default]\nsso_session = prod\nsso_account_id = 1\nsso_role_name = Admin\n\n[profile other]\nsso_session = elsewhere\nsso_account_id = 1\nsso_role_name = Billing\n\n"
	f := Parse([]byte(theirs))
	result, err := f.Merge("prod", sections, Options{Adopt: true})
	if err != nil {
		t.Fatal(err)
	}
	want := rest + inBlock(prodSession().write("\n")+"\n# my dev\n[profile dev-Admin]\nsso_session = prod\nsso_account_id = 1\nsso_role_name = Admin\noutput = json\n\n"+
		"[profile dev-Billing]\nsso_session = prod\nsso_account_id = 1\nsso_role_name = Billing\n")
	if diff := cmp.Diff(want, string(f.Bytes())); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff(Result{Adopted: []Rename{{"mine", "dev-Admin"}, {"dev-Billing", "dev-Billing"}}}, result); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if _, err := f.Merge("prod", sections, Options{Adopt: true, Base: sections}); err != nil || string(f.Bytes()) != want {
		t.Errorf("the second merge made %q, %v", f.Bytes(), err)
	}
}

func TestAdoptOddProfiles(t *testing.T) {
	dev, read := ssoProfile("dev", "1", "Admin"), ssoProfile("read", "1", "Read")
	devText, readText := dev.write("\n"), read.write("\n")
	mine := func(name string, s Section, more string) string { s.Name = name; return s.write("\n") + more }
	for name, test := range map[string]struct {
		before   string
		sections []Section
		options  Options
		want     string
		result   Result
	}{
		"in the place of ours, and what stood behind it stays": {
			mine("mine", dev, "x = 1\n") + "\n" + inBlock(devText+"\n[services y]\na = b\n"),
			[]Section{dev},
			Options{Base: []Section{dev}},
			inBlock("[services y]\na = b\n\n" + devText + "x = 1\n"),
			Result{Adopted: []Rename{{"mine", "dev"}}},
		},
		"not where ours has something of the person's": {
			mine("mine", dev, "x = 1\n") + "\n" + inBlock(devText+"y = 2\n"),
			[]Section{dev},
			Options{Base: []Section{dev}},
			mine("mine", dev, "x = 1\n") + "\n" + inBlock(devText+"y = 2\n"),
			Result{Unchanged: []string{"dev"}},
		},
		"not what stands below it": {
			mine("mine", dev, "# mine\n \n\n# vim: ft=dosini\n"),
			[]Section{dev},
			Options{},
			"# vim: ft=dosini\n\n" + inBlock(devText+"# mine\n"),
			Result{Adopted: []Rename{{"mine", "dev"}}},
		},
		"in the place of what is as we would write it": {
			mine("mine", dev, "x = 1\n") + "\n" + inBlock(devText),
			[]Section{dev},
			Options{Base: []Section{}},
			inBlock(devText + "x = 1\n"),
			Result{Adopted: []Rename{{"mine", "dev"}}},
		},
		"not one of several": {
			mine("mine", dev, "x = 1\n") + mine("dev", dev, "") + mine("own", read, ""),
			[]Section{dev, read},
			Options{},
			mine("mine", dev, "x = 1\n") + mine("dev", dev, "") + "\n" + inBlock(readText),
			Result{Adopted: []Rename{{"own", "read"}}, LeftOut: []string{"dev"}},
		},
		"one of several, if another is not to be": {
			mine("mine", dev, "x = 1\n") + mine("dev", dev, "") + mine("own", read, ""),
			[]Section{dev, read},
			Options{AdoptNot: map[string]bool{"mine": true, "own": true}},
			mine("mine", dev, "x = 1\n") + mine("own", read, "") + "\n" + inBlock(devText+"\n"+readText),
			Result{Added: []string{"read"}, Adopted: []Rename{{"dev", "dev"}}},
		},
		"two whose names are each other's": {
			mine("read", dev, "x = 1\n") + mine("dev", read, "y = 2\n"),
			[]Section{dev, read},
			Options{},
			inBlock(devText + "x = 1\n\n" + readText + "y = 2\n"),
			Result{Adopted: []Rename{{"read", "dev"}, {"dev", "read"}}},
		},
		"not where another has the name": {
			mine("read", dev, "x = 1\n") + "[profile dev]\nrole_arn = x\n",
			[]Section{read, dev},
			Options{},
			mine("read", dev, "x = 1\n") + "[profile dev]\nrole_arn = x\n",
			Result{LeftOut: []string{"read", "dev"}},
		},
		"behind a byte order mark, the last line without an end": {
			"\ufeff# mine\n" + strings.TrimSuffix(mine("mine", dev, ""), "\n"),
			[]Section{dev},
			Options{},
			"\ufeff" + inBlock("# mine\n"+devText),
			Result{Adopted: []Rename{{"mine", "dev"}}},
		},
		"a file in CRLF": {
			crlf(mine("mine", dev, "x = 1\n")),
			[]Section{dev, read},
			Options{},
			crlf(inBlock(devText + "x = 1\n\n" + readText)),
			Result{Added: []string{"read"}, Adopted: []Rename{{"mine", "dev"}}},
		},
		"not above a header that is indented": {
			"[a]\nb = c\n" + mine("mine", dev, "") + "  [profile y]\n",
			[]Section{dev},
			Options{},
			"[a]\nb = c\n" + mine("mine", dev, "") + "  [profile y]\n\n" + inBlock(devText),
			Result{Added: []string{"dev"}},
		},
		"not in the block of another session": {
			strings.ReplaceAll(inBlock(mine("mine", dev, "")), "aws-sso-config-generator prod", "aws-sso-config-generator prod2"),
			[]Section{dev},
			Options{},
			strings.ReplaceAll(inBlock(mine("mine", dev, "")), "aws-sso-config-generator prod", "aws-sso-config-generator prod2") + "\n" + inBlock(devText),
			Result{Added: []string{"dev"}},
		},
		"not that of another portal with a session of this name": {
			"[sso-session prod]\nsso_start_url = https://y.awsapps.com/start\n\n" + mine("mine", dev, ""),
			[]Section{{Kind: Profile, Name: "dev", Keys: append(prodSession().Keys, dev.Keys[1:]...)}},
			Options{},
			"[sso-session prod]\nsso_start_url = https://y.awsapps.com/start\n\n" + mine("mine", dev, "") + "\n" +
				inBlock("[profile dev]\n"+strings.Replace(devText, "[profile dev]\nsso_session = prod\n", "sso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\n", 1)),
			Result{Added: []string{"dev"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			test.options.Adopt = true
			mergesTwice(t, test.before, test.sections, test.options, test.want, test.result)
		})
	}
}
