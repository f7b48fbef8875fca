package awsconfig

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Profiles as other tools write them, for role Admin of account 111122223333.
const (
	awsCLIs = "[sso-session corp]\nsso_start_url = https://x.awsapps.com/start/#/\nsso_region = eu-west-1\nsso_registration_scopes = sso:account:access\n" +
		"[profile Admin-111122223333]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = Admin\nregion = eu-west-1\noutput = json\n"
	granteds = "[profile dev/Admin]\ngranted_sso_start_url      = https://x.awsapps.com/start\ngranted_sso_region         = eu-west-1\n" +
		"granted_sso_account_id     = 111122223333\ngranted_sso_role_name      = Admin\ncommon_fate_generated_from = aws-sso\n" +
		"credential_process         = granted credential-process --profile dev/Admin\nregion                     = eu-west-1\n"
	awsSSOUtils = "[profile dev.Admin]\nsso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\nsso_account_name = dev\nsso_account_id = 111122223333\n" +
		"sso_role_name = Admin\nregion = eu-west-1\ncredential_process = aws-sso-util credential-process --profile dev.Admin\nsso_auto_populated = true\n"
	awsSSOCLIs = "# BEGIN_AWS_SSO_CLI\n\n[profile 111122223333:Admin]\n" +
		"credential_process = /opt/homebrew/bin/aws-sso -u open -S \"Default\" process --arn arn:aws:iam::111122223333:role/Admin\nregion = eu-west-1\n\n# END_AWS_SSO_CLI\n"
)

func TestOutsiders(t *testing.T) {
	role := Outsider{AccountID: "111122223333", RoleName: "Admin", StartURL: "https://x.awsapps.com/start", Region: "eu-west-1"}
	with := func(name, tool string, change func(*Outsider), keys ...Key) []Outsider {
		o := role
		o.Name, o.Tool, o.Keys = name, tool, keys
		if change != nil {
			change(&o)
		}
		return []Outsider{o}
	}
	process := func(command string) string { return "[profile p]\ncredential_process = " + command + "\n" }
	sso := func(name string) func(*Outsider) {
		return func(o *Outsider) { o.StartURL, o.Region, o.SSO = "", "", name }
	}
	region := Key{"region", "eu-west-1"}
	legacy := "[profile p]\nsso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\nsso_account_id = 111122223333\nsso_role_name = Admin\n"
	for name, test := range map[string]struct {
		text string
		want []Outsider
	}{
		"the AWS CLI's": {awsCLIs, with("Admin-111122223333", "", func(o *Outsider) {
			o.Session, o.StartURL = "corp", "https://x.awsapps.com/start/#/"
		}, region, Key{"output", "json"})},
		"legacy, with nested keys": {legacy + "s3 =\n  a = 1\ncli_pager =\n", with("p", "", nil, Key{"s3", "\na = 1"}, Key{"cli_pager", ""})},
		"granted's":                {granteds, with("dev/Admin", Granted, nil, region)},
		"granted's with a login": {
			strings.Replace(granteds, "process --profile dev/Admin", "process --auto-login --profile=dev/Admin --url https://y", 1), with("dev/Admin", Granted, nil, region),
		},
		"granted's without credential_process": {legacy + "common_fate_generated_from = aws-sso\n", with("p", Granted, nil)},
		"aws-sso-util's":                       {awsSSOUtils, with("dev.Admin", AWSSSOUtil, nil, Key{"sso_account_name", "dev"}, region)},
		"aws-sso-util's, of a name in quotes": {
			strings.NewReplacer("[profile dev.Admin]", "[profile 'dev Admin']", "--profile dev.Admin", "--profile 'dev Admin'").Replace(awsSSOUtils),
			with("dev Admin", AWSSSOUtil, nil, Key{"sso_account_name", "dev"}, region),
		},
		"aws-sso-cli's":                       {awsSSOCLIs, with("111122223333:Admin", AWSSSOCLI, sso("Default"), region)},
		"aws-sso-cli's with another name":     {process(`aws-sso --sso="My Corp" process -a arn:aws-us-gov:iam::111122223333:role/Admin`), with("p", AWSSSOCLI, sso("My Corp"))},
		"aws-sso-cli's without a name":        {process(`aws-sso process --arn arn:aws:iam::111122223333:role/Admin`), with("p", AWSSSOCLI, sso("Default"))},
		"aws-sso-cli's on Windows":            {process(`"C:\Program Files\aws-sso.exe" -S Corp process --arn arn:aws:iam::111122223333:role/Admin`), with("p", AWSSSOCLI, sso("Corp"))},
		"a process of the person's":           {legacy + "credential_process = /opt/mine\n", with("p", "", nil, Key{"credential_process", "/opt/mine"})},
		"a process for another profile":       {legacy + "credential_process = granted credential-process --profile q\n", with("p", "", nil, Key{"credential_process", "granted credential-process --profile q"})},
		"a process for another role":          {legacy + "credential_process = aws-sso process --arn arn:aws:iam::1:role/X\n", with("p", "", nil, Key{"credential_process", "aws-sso process --arn arn:aws:iam::1:role/X"})},
		"a profile for aws-sso-cli":           {process(`aws-sso process --profile x`), nil},
		"a role with a path":                  {process(`aws-sso process --arn arn:aws:iam::111122223333:role/x/Admin`), nil},
		"no role":                             {process(`aws-sso process --arn`), nil},
		"no command":                          {process(`"" ''`), nil},
		"somebody else's command":             {process(`not-aws-sso process --arn arn:aws:iam::111122223333:role/Admin`), nil},
		"in a block of ours":                  {inBlock(legacy), nil},
		"no role at all":                      {"[profile p]\nregion = x\n[services p]\nsso_account_id = 1\nsso_role_name = x\n", nil},
		"a session that is not there":         {"[profile p]\nsso_session = gone\nsso_account_id = 111122223333\nsso_role_name = Admin\n", with("p", "", func(o *Outsider) { o.Session, o.StartURL, o.Region = "gone", "", "" })},
		"default":                             {strings.Replace(legacy, "profile p", "default", 1), with("default", "", nil)},
		"each name once, the last value wins": {strings.Replace(legacy, "Admin", "Read", 1) + "[profile p]\nsso_role_name = Admin\n", with("p", "", nil)},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Parse([]byte(test.text)).Outsiders()
			if diff := cmp.Diff(test.want, got, cmp.Transformer("keys", func(keys []Key) []Key {
				if len(keys) == 0 {
					return nil
				}
				return keys
			})); err != nil || diff != "" {
				t.Errorf("%v, -want +got:\n%s", err, diff)
			}
		})
	}
	if _, err := Parse([]byte(begin)).Outsiders(); !errors.Is(err, ErrDamagedBlock) {
		t.Error(err)
	}
}

func TestAdoptFromOtherTools(t *testing.T) {
	dev := ssoProfile("dev", "111122223333", "Admin", "region", "eu-west-1")
	sections := []Section{prodSession(), dev}
	header, rest := "[profile dev]\nsso_session = prod\nsso_account_id = 111122223333\nsso_role_name = Admin\n", "region = eu-west-1\n"
	block := func(text string) string { return inBlock(prodSession().write("\n") + "\n" + text) }
	adopted := func(name string) Result { return Result{Adopted: []Rename{{name, "dev"}}} }
	mine := "# mine\n"
	for name, test := range map[string]struct {
		text   string
		sso    map[string]bool
		want   string
		result Result
	}{
		"granted": {
			mine + strings.Replace(granteds, "--profile dev/Admin\n", "--profile dev/Admin # why\n", 1) + "output = json\n", nil,
			block(mine + header + "# why\nregion                     = eu-west-1\noutput = json\n"), adopted("dev/Admin"),
		},
		"aws-sso-util": {
			mine + awsSSOUtils + "s3 =\n  a = 1\n", nil,
			block(mine + "[profile dev]\nsso_session = prod\nsso_account_name = dev\nsso_account_id = 111122223333\nsso_role_name = Admin\nregion = eu-west-1\ns3 =\n  a = 1\n"),
			adopted("dev.Admin"),
		},
		"aws-sso-cli": {
			awsSSOCLIs,
			map[string]bool{"Default": true},
			"# BEGIN_AWS_SSO_CLI\n\n# END_AWS_SSO_CLI\n\n" + block(header+rest), adopted("111122223333:Admin"),
		},
		"not aws-sso-cli's of another portal": {
			awsSSOCLIs, map[string]bool{"Other": true}, awsSSOCLIs + "\n" + block(header+rest), Result{Added: []string{"dev"}},
		},
		"nor where nothing is known of it": {awsSSOCLIs, nil, awsSSOCLIs + "\n" + block(header+rest), Result{Added: []string{"dev"}}},
		"not granted's of another portal": {
			strings.Replace(granteds, "x.awsapps", "y.awsapps", 1), nil,
			strings.Replace(granteds, "x.awsapps", "y.awsapps", 1) + "\n" + block(header+rest),
			Result{Added: []string{"dev"}},
		},
		"the AWS CLI's before granted's": {
			granteds + "\n" + header + "output = json\n", nil, granteds + "\n" + block(header+rest+"output = json\n"), adopted("dev"),
		},
		"none of two tools'": {
			granteds + "\n" + awsSSOCLIs, map[string]bool{"Default": true}, granteds + "\n" + awsSSOCLIs + "\n" + block(header+rest), Result{Added: []string{"dev"}},
		},
		"a process of the person's stays": {
			"[profile p]\nsso_session = prod\nsso_account_id = 111122223333\nsso_role_name = Admin\ncredential_process = /opt/mine\n", nil,
			block(header + rest + "credential_process = /opt/mine\n"), adopted("p"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, eol := range []string{"\n", "\r\n"} {
				in := func(text string) string { return strings.ReplaceAll(text, "\n", eol) }
				mergesTwice(t, in(test.text), sections, Options{Adopt: true, AdoptSSO: test.sso}, in(test.want), test.result)
				if faults := Lint([]byte(in(test.want))); len(faults) > 0 {
					t.Error(faults)
				}
			}
		})
	}
}
