package e2e

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"aws-sso-config-generator/internal/awsconfig"
)

// Whatever the settings have us write, in a new file or into what a person made of
// ours, the real readers read as it is meant.
func TestWhatSettingsWrite(t *testing.T) {
	t.Parallel()
	aws := awsCLI()
	if aws == "" {
		lack(t, "AWS CLI 2")
	}
	sections := settingsSections()
	files := map[string]string{
		"new":         "",
		"behind more": "# mine\n[profile mine]\ns3 =\n  max_queue_size = 7\n",
		"indented": "# BEGIN aws-sso-config-generator prod\n[profile dev]\n  sso_session = prod\n  sso_account_id = 111122223333\n  sso_role_name = Reader\n  output = json\n" +
			"[default]\n  sso_session = prod\n  sso_account_id = 111122223333\n  sso_role_name = Reader\n  # mine\n  mine = 1\n# END aws-sso-config-generator prod\n",
		"filled": "# BEGIN aws-sso-config-generator prod\n[profile dev]\nsso_session = prod\nsso_account_id = 111122223333\nsso_role_name = Reader\n" +
			"s3 = x\ncli_pager = less\n# END aws-sso-config-generator prod\n",
	}
	dir := t.TempDir()
	var all []*hostileFile
	for _, name := range slices.Sorted(maps.Keys(files)) {
		for _, eol := range []string{"\n", "\r\n"} {
			f := &hostileFile{name: name, data: []byte(strings.ReplaceAll(files[name], "\n", eol))}
			file := awsconfig.Parse(f.data)
			if _, err := file.Merge("prod", sections, awsconfig.Options{}); err != nil {
				t.Fatal(err)
			}
			f.merged = file.Bytes()
			if faults := awsconfig.Lint(f.merged); len(faults) > 0 {
				t.Errorf("%s: %s\n%s", name, faults[0], f.merged)
			}
			f.before = filepath.Join(dir, strings.ReplaceAll(name, " ", "-")+strings.ReplaceAll(eol, "\r\n", "-crlf")[1:])
			f.after = f.before + ".after"
			for path, data := range map[string][]byte{f.before: f.data, f.after: f.merged} {
				if err := os.WriteFile(path, data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			all = append(all, f)
		}
	}
	for reader, command := range [][]string{
		{botocorePython(t, aws), filepath.Join("testdata", "read_files.py")},
		strings.Fields(helper("read-files")),
		{tool(t, "node"), filepath.Join("js", "read_files.js")},
	} {
		readings := readFiles(t, all, command)
		for _, f := range all {
			got := readings[f.after]
			if got.Lost != "" {
				t.Errorf("the %s loses %q: %s", fileReaders[reader], f.merged, got.Lost)
			}
			for _, s := range sections {
				if s.Kind == awsconfig.Profile {
					checkKeys(t, fileReaders[reader]+", "+f.after, got.Profiles[s.Name], s)
				}
			}
		}
	}
}

// settingsSections are one of each kind of section that settings can ask for.
func settingsSections() []awsconfig.Section {
	toRole := []awsconfig.Key{{Name: "sso_session", Value: "prod"}, {Name: "sso_account_id", Value: "111122223333"}, {Name: "sso_role_name", Value: "Reader"}}
	more := []awsconfig.Key{
		{Name: "region", Value: "eu-west-1"},
		{Name: "output", Value: "json"},
		{Name: "cli_pager", Value: ""},
		{Name: "s3", Value: "\nmax_concurrent_requests = 20\nmax_queue_size = 1000"},
		{Name: "s3api", Value: "\npayload_signing_enabled = true"},
		{Name: "tcp_keepalive", Value: "true"},
	}
	until := awsconfig.Key{Name: "aws_sso_config_generator_old_name_until", Value: "2026-12-23"}
	return []awsconfig.Section{
		{Kind: awsconfig.SSOSession, Name: "prod", Keys: []awsconfig.Key{
			{Name: "sso_start_url", Value: "https://example.awsapps.com/start"}, {Name: "sso_region", Value: "eu-west-1"},
		}},
		{Kind: awsconfig.Profile, Name: "dev", Keys: slices.Concat(toRole, more)},
		{Kind: awsconfig.Profile, Name: "dev-old", Alias: true, Keys: append(slices.Concat(toRole, more), until)},
		{Kind: awsconfig.Profile, Name: "default", Alias: true, Keys: slices.Concat(toRole, more)},
		{Kind: awsconfig.Profile, Name: "break-glass", Keys: []awsconfig.Key{
			{Name: "role_arn", Value: "arn:aws:iam::444455556666:role/BreakGlass"},
			{Name: "source_profile", Value: "dev"},
			{Name: "region", Value: "eu-west-1"},
			{Name: "cli_pager", Value: ""},
		}},
	}
}

// checkKeys compares what a reader knows of a profile. The Go SDK tells only of the
// keys that it uses, the JavaScript SDK has no empty ones.
func checkKeys(t *testing.T, where string, got map[string]string, s awsconfig.Section) {
	t.Helper()
	known := []string{"region", "sso_session", "sso_account_id", "sso_role_name", "role_arn", "source_profile"}
	for _, key := range s.Keys {
		want := map[string]string{key.Name: key.Value}
		if nested, found := strings.CutPrefix(key.Value, "\n"); found {
			want = map[string]string{}
			for line := range strings.SplitSeq(nested, "\n") {
				name, value, _ := strings.Cut(line, " = ")
				want[key.Name+"."+name] = value
			}
		}
		for name, value := range want {
			if strings.HasPrefix(where, "Go") && !slices.Contains(known, name) {
				continue
			}
			if got[name] != value {
				t.Errorf("%s: %s of %s is %q, not %q", where, name, s.Name, got[name], value)
			}
		}
	}
	if got == nil || got["error"] != "" {
		t.Errorf("%s: %s is %v", where, s.Name, got)
	}
}

// What was another tool's profile is ours once it is adopted, for every reader, and
// whoever asks gets the role.
func TestAdoptedFromOtherTools(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.emulate("--accounts", "3", "--roles", "1", "--auto-approve")
	h.generate()
	written := h.written()
	url, region := h.variable("AWS_SSO_CONFIG_GENERATOR_START_URL"), h.variable("AWS_SSO_CONFIG_GENERATOR_SSO_REGION")
	names := slices.Sorted(maps.Keys(written))
	granted, util, cli := written[names[0]], written[names[1]], written[names[2]]
	theirs := "[profile dev/granted]\ngranted_sso_start_url = " + url + "\ngranted_sso_region = " + region +
		"\ngranted_sso_account_id = " + granted.AccountID + "\ngranted_sso_role_name = " + granted.RoleName +
		"\ncommon_fate_generated_from = aws-sso\ncredential_process = granted credential-process --profile dev/granted\ncli_pager =\n\n" +
		"[profile dev.util]\nsso_start_url = " + url + "\nsso_region = " + region + "\nsso_account_name = dev\nsso_account_id = " + util.AccountID +
		"\nsso_role_name = " + util.RoleName + "\nregion = eu-west-1\ncredential_process = aws-sso-util credential-process --profile dev.util\nsso_auto_populated = true\n\n" +
		"# BEGIN_AWS_SSO_CLI\n\n[profile " + cli.AccountID + ":" + cli.RoleName + "]\ncredential_process = /opt/bin/aws-sso -u open -S \"Default\" process --arn arn:aws:iam::" +
		cli.AccountID + ":role/" + cli.RoleName + "\ns3 =\n  max_queue_size = 1\n\n# END_AWS_SSO_CLI\n"

	sections := awsconfig.Parse([]byte(h.readConfig())).Sections()
	file := awsconfig.Parse([]byte(theirs))
	session := sections[slices.IndexFunc(sections, func(s awsconfig.Section) bool { return s.Kind == awsconfig.SSOSession })].Name
	result, err := file.Merge(session, sections, awsconfig.Options{Adopt: true, AdoptSSO: map[string]bool{"Default": true}})
	if err != nil || len(result.Adopted) != 3 {
		t.Fatalf("%+v, %v", result, err)
	}
	text := string(file.Bytes())
	if strings.Contains(text, "credential_process") || !strings.Contains(text, "cli_pager =\n") || !strings.Contains(text, "  max_queue_size = 1\n") {
		t.Error(text)
	}
	if err := os.WriteFile(h.config(), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Run("AWS CLI", func(t *testing.T) { readWithCLI(t, h, written) })
	t.Run("AWS SDK for Go", func(t *testing.T) { h.read(t, written, true, helper("read"), names...) })
	t.Run("AWS SDK for JavaScript", func(t *testing.T) {
		h.read(t, written, true, tool(t, "node")+" "+filepath.Join("js", "read.js"))
	})
}
