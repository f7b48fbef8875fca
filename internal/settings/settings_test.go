package settings_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"aws-sso-config-generator/internal/atomicfile"
	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/profile"
	"aws-sso-config-generator/internal/settings"
)

var update = flag.Bool("update", false, "write golden files and the schema")

// valid are files that mean what they say.
var valid = []string{
	"sessions: []",
	acme,
	acme + "sso_region: us-gov-west-1",
	acme + "keep_signed_in: false\n    device_code: true\n    callback_port: 0",
	acme + "layout: legacy\n    out: ~/.aws/config.acme",
	acme + "profile_name: ''",
	acme + "profile_name: |-\n      {{ .AccountName | kebab -}}\n      -{{ .RoleName }}",
	acme + "keep_old_names: 2w",
	acme + "keep_old_names: 1h30m",
	acme + "defaults: {region: eu-central-1, output: yaml-stream, cli_pager: '', max_attempts: 5, use_dualstack_endpoint: true, s3: {max_concurrent_requests: 20}}",
	acme + "accounts:\n      111122223333: dev\n      '012345678901': 'Data (prod)'",
	acme + "roles: {AdministratorAccess: '', ReadOnlyAccess: ro}",
	acme + "include: []",
	acme + "include: [{account: '111122223333'}, {role: '{Admin,Read}*'}]",
	acme + "overrides: [{match: {account: 'data-*'}, set: {region: us-east-1}}, {match: {role: a}, name: prod.1_a-b}]",
	acme + "chains: [{from: {role: a}, to: 'arn:aws-us-gov:iam::111122223333:role/path/b', name: c, set: {external_id: x, duration_seconds: 900}}]",
	`{"sessions": [{"name": "acme", "start_url": "https://acme.awsapps.com/start", "accounts": {"111122223333": "dev"}}]}`,
}

func parsed(t *testing.T, text string) settings.Settings {
	t.Helper()
	s, err := settings.Parse("c.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var said = cmpopts.IgnoreUnexported(settings.Session{})

// TestEveryKey reads a file in which every key stands.
func TestEveryKey(t *testing.T) {
	text, err := os.ReadFile("testdata/acme.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want := settings.Settings{Sessions: []settings.Session{{
		Name: "acme", StartURL: "https://acme.awsapps.com/start", SSORegion: "eu-west-1",
		KeepSignedIn: true, DeviceCode: true, CallbackPort: 8400,
		Out: "~/.aws/config", Layout: profile.LayoutSSOSession,
		ProfileName:  "{{ .AccountName | kebab }}-{{ .RoleName }}",
		KeepOldNames: 30 * 24 * time.Hour,
		Defaults:     []awsconfig.Key{{Name: "region", Value: "eu-central-1"}, {Name: "output", Value: "json"}, {Name: "cli_pager"}},
		Accounts:     map[string]string{"111122223333": "dev"},
		Roles:        map[string]string{"AdministratorAccess": ""},
		Include:      []settings.Match{{Account: "*", Role: "*"}},
		Exclude:      []settings.Match{{Account: "sandbox-*"}, {Role: "*Billing*"}},
		Overrides: []settings.Override{
			{Match: settings.Match{Account: "data-*"}, Set: []awsconfig.Key{{Name: "region", Value: "us-east-1"}, {Name: "s3", Value: "\nmax_concurrent_requests = 20"}}},
			{Match: settings.Match{Account: "prod", Role: "AdministratorAccess"}, Name: "prod"},
		},
		DefaultProfile: &settings.Match{Account: "dev", Role: "AdministratorAccess"},
		Chains: []settings.Chain{{
			From: settings.Match{Account: "hub", Role: "NetworkAdmin"},
			To:   "arn:aws:iam::444455556666:role/BreakGlass", Name: "break-glass",
		}},
	}}}
	got := parsed(t, string(text))
	if diff := cmp.Diff(want, got, said); diff != "" {
		t.Error(diff)
	}
	rules, err := got.Sessions[0].Rules()
	if err != nil || rules.Session != "acme" || rules.NameTemplate == nil || rules.Default == nil || rules.KeepOldNames != 720*time.Hour ||
		len(rules.Include) != 1 || len(rules.Exclude) != 2 || len(rules.Overrides) != 2 || rules.Overrides[1].Name != "prod" ||
		len(rules.Chains) != 1 || rules.Chains[0].RoleARN != "arn:aws:iam::444455556666:role/BreakGlass" ||
		rules.Renames.Accounts["111122223333"] != "dev" || !slices.Equal(rules.Defaults, want.Sessions[0].Defaults) {
		t.Errorf("%+v, %v", rules, err)
	}
}

// TestTextStaysAsItStands: what other readers of YAML take for octal numbers, truth,
// dates or infinity.
func TestTextStaysAsItStands(t *testing.T) {
	s := parsed(t, acme+`accounts:
      012345678901: no
      111122223333: 2026-11-23
      "222233334444": 0x1F
      333344445555: .inf
      444455556666: 1_000
    roles: {Off: on, 1e3: y}
    include: [{account: 012345678901, role: 007}]
    defaults: {cli_pager: off, max_attempts: 010, parameter_validation: True}`).Sessions[0]
	if diff := cmp.Diff(map[string]string{
		"012345678901": "no", "111122223333": "2026-11-23", "222233334444": "0x1F", "333344445555": ".inf", "444455556666": "1_000",
	}, s.Accounts); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]string{"Off": "on", "1e3": "y"}, s.Roles); diff != "" {
		t.Error(diff)
	}
	if s.Include[0] != (settings.Match{Account: "012345678901", Role: "007"}) {
		t.Error(s.Include)
	}
	if want := []awsconfig.Key{{Name: "cli_pager", Value: "off"}, {Name: "max_attempts", Value: "010"}, {Name: "parameter_validation", Value: "True"}}; !slices.Equal(s.Defaults, want) {
		t.Error(s.Defaults)
	}
}

// TestSpellings: one file, as editors and people write it.
func TestSpellings(t *testing.T) {
	const unix = acme + "sso_region: eu-west-1\n    include:\n    - {role: Admin}\n    # the end\n"
	want := parsed(t, unix)
	for name, text := range map[string]string{
		"Windows":     strings.ReplaceAll(unix, "\n", "\r\n"),
		"a mark":      "\ufeff" + unix,
		"one line":    strings.TrimSuffix(unix, "\n"),
		"a beginning": "---\n" + unix,
		"JSON":        `{"sessions":[{"name":"acme","start_url":"https://acme.awsapps.com/start","sso_region":"eu-west-1","include":[{"role":"Admin"}]}]}`,
		"tabs": `{
	"sessions": [
		{"name":"acme","start_url":"https://acme.awsapps.com/start",
		"sso_region":"eu-west-1", "include":[{"role":"Admin"}]}]}`,
		"other indents": "sessions:\n- name: acme\n  start_url: https://acme.awsapps.com/start\n  sso_region: eu-west-1\n  include:\n        -\n          role: Admin\n",
		"quotes":        "\"sessions\":\n  - 'name': \"acme\"\n    start_url: 'https://acme.awsapps.com/start'\n    sso_region: \"eu-\\\n      west-1\"\n    include: [{role: Admin,},]\n",
	} {
		if diff := cmp.Diff(want, parsed(t, text), said); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestNoSessions(t *testing.T) {
	for _, text := range []string{"", "\n\n", "# nothing yet\n", "---\n", "sessions:\n", "sessions: []\n", "\ufeff", "{}"} {
		if s := parsed(t, text); len(s.Sessions) != 0 {
			t.Errorf("%q: %+v", text, s)
		}
	}
}

// place is a directory with settings files in it.
func place(t *testing.T, own, team string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	for path, text := range map[string]string{path: own, settings.TeamFile(path): team} {
		if text == "" {
			continue
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

const team = `sessions:
  - name: acme
    start_url: https://acme.awsapps.com/start
    sso_region: eu-west-1
    keep_signed_in: true
    callback_port: 8400
    profile_name: "{{ .AccountName }}"
    defaults: {region: eu-central-1, output: json, s3: {max_concurrent_requests: 20, addressing_style: path}}
    accounts: {"111122223333": dev, "222233334444": prod}
    include: [{account: "a*"}]
    exclude: [{role: "*Billing*"}]
    overrides: [{match: {account: prod}, name: prod}]
    default_profile: {account: dev, role: Admin}
  - name: other
    start_url: https://other.awsapps.com/start
`

// TestTeam: the team's file says how, and a person says what is different for them.
func TestTeam(t *testing.T) {
	path := place(t, `sessions:
  - name: mine
    start_url: https://mine.awsapps.com/start
  - name: acme
    keep_signed_in: false
    callback_port: 0
    profile_name: ""
    defaults: {region: us-east-1, cli_pager: "", s3: {addressing_style: auto}}
    accounts: {"111122223333": play}
    include: []
    exclude: [{account: sandbox}]
    overrides: [{match: {account: prod}, set: {region: eu-west-3}}]
    default_profile: {role: ReadOnly}
`, team)
	s, err := settings.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	want := []settings.Session{{
		Name: "acme", StartURL: "https://acme.awsapps.com/start", SSORegion: "eu-west-1",
		Defaults: []awsconfig.Key{
			{Name: "region", Value: "us-east-1"},
			{Name: "output", Value: "json"},
			{Name: "cli_pager"},
			{Name: "s3", Value: "\naddressing_style = auto\nmax_concurrent_requests = 20"},
		},
		Accounts:       map[string]string{"111122223333": "play", "222233334444": "prod"},
		Exclude:        []settings.Match{{Role: "*Billing*"}, {Account: "sandbox"}},
		Overrides:      []settings.Override{{Match: settings.Match{Account: "prod"}, Name: "prod"}, {Match: settings.Match{Account: "prod"}, Set: []awsconfig.Key{{Name: "region", Value: "eu-west-3"}}}},
		DefaultProfile: &settings.Match{Role: "ReadOnly"},
	}, {
		Name: "other", StartURL: "https://other.awsapps.com/start",
	}, {
		Name: "mine", StartURL: "https://mine.awsapps.com/start",
	}}
	if diff := cmp.Diff(want, s.Sessions, said); diff != "" {
		t.Error(diff)
	}
	for key, want := range map[string]bool{"keep_signed_in": true, "callback_port": true, "include": true, "profile_name": true, "layout": false, "out": false, "chains": false} {
		if got := s.Sessions[0].Has(key); got != want {
			t.Errorf("Has(%s) = %v", key, got)
		}
	}
	for key, want := range map[string]string{
		"start_url": "config.team.yaml:3", "keep_signed_in": "config.yaml:5", "defaults.region": "config.yaml:8", "defaults.output": "config.team.yaml:8",
		"defaults.s3.addressing_style": "config.yaml:8", "defaults.s3.max_concurrent_requests": "config.team.yaml:8",
		"accounts.222233334444": "config.team.yaml:9", "exclude[0]": "config.team.yaml:11", "exclude[1].account": "config.yaml:11",
		"overrides[1]": "config.yaml:12", "default_profile.role": "config.yaml:13",
	} {
		file, line, ok := s.Sessions[0].Origin(key)
		if got := filepath.Base(file) + ":" + itoa(line); !ok || got != want {
			t.Errorf("%s is from %s, not from %s", key, got, want)
		}
	}
	if _, _, ok := s.Sessions[0].Origin("layout"); ok {
		t.Error("nobody said layout")
	}
}

func TestTeamAlone(t *testing.T) {
	s, err := settings.Load(place(t, "", team))
	if err != nil || len(s.Sessions) != 2 || s.Sessions[1].Name != "other" {
		t.Error(s, err)
	}
}

func TestNoFile(t *testing.T) {
	s, err := settings.Load(filepath.Join(place(t, "", ""), "config.yaml"))
	if err != nil || len(s.Sessions) != 0 {
		t.Error(s, err)
	}
}

// TestTeamsMistakes: what is wrong says in which of the files, and is wrong even where
// the other file says it better.
func TestTeamsMistakes(t *testing.T) {
	for _, c := range []struct{ what, own, team, want string }{
		{"no start URL in either", "sessions: [{name: mine}]", team, `config.yaml:1:19: session "mine" has no start_url, and is none of those in config.team.yaml, which are acme, other`},
		{"a misspelled session", "sessions: [{name: amce, layout: legacy}]", team, `config.yaml:1:19: session "amce" has no start_url, and is none of those in config.team.yaml, which are acme, other: did you mean acme?`},
		{"no start URL in the team's", "", "sessions: [{name: acme}]", `config.team.yaml:1:19: session "acme" has no start_url, such as https://d-1234567890.awsapps.com/start`},
		{"a covered region", "sessions: [{name: acme, sso_region: eu-west-1}]", "sessions: [{name: acme, start_url: https://acme.awsapps.com/start, sso_region: x}]", `config.team.yaml:1:80: sso_region "x": not the name of an AWS region, such as eu-west-1`},
		{"a kind over another", "sessions: [{name: acme, include: {a: b}}]", team, `config.yaml:1:34: include must be a list, not keys with values`},
		{
			"a chain in both", `sessions: [{name: acme, start_url: "https://acme.awsapps.com/start", chains: [{from: {role: a}, to: "arn:aws:iam::111122223333:role/b", name: c}]}]`,
			`sessions: [{name: acme, chains: [{from: {role: a}, to: "arn:aws:iam::111122223333:role/d", name: c}]}]`, `config.yaml:1:143: two chains are called "c"`,
		},
		{
			"two of one portal", "sessions: [{name: acme, layout: legacy}, {name: other, layout: legacy, start_url: https://acme.awsapps.com/start}]", team,
			`config.yaml:1:83: sessions "acme" and "other" have one start URL and layout legacy, in which they would share their token: give one of them layout sso-session`,
		},
		{"YAML", "sessions: [", team, `config.yaml:1:11: this [ has no end`},
	} {
		_, err := settings.Load(place(t, c.own, c.team))
		wrong, ok := errors.AsType[*settings.Error](err)
		if !ok {
			t.Errorf("%s: %v", c.what, err)
			continue
		}
		if got := strings.ReplaceAll(wrong.Error(), filepath.Dir(wrong.File)+string(filepath.Separator), ""); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.what, got, c.want)
		}
	}
}

// TestNotAFile: what stands in the file's place is no reason to hang, or to read
// without end.
func TestNotAFile(t *testing.T) {
	directory := t.TempDir()
	if _, err := settings.Load(directory); !errors.Is(err, atomicfile.ErrNotRegular) || !strings.Contains(err.Error(), directory) {
		t.Error(err)
	}
	if runtime.GOOS != "windows" {
		if _, err := settings.Load("/dev/zero"); !errors.Is(err, atomicfile.ErrNotRegular) {
			t.Error(err)
		}
	}
	large := filepath.Join(directory, "large.yaml")
	if err := os.WriteFile(large, make([]byte, 1<<20+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := settings.Load(large); err == nil || !strings.HasSuffix(err.Error(), "large.yaml: larger than 1 MB") {
		t.Error(err)
	}
}

// TestUnreadable: a file that is there and cannot be read is not one that is not there.
func TestUnreadable(t *testing.T) {
	loop := filepath.Join(t.TempDir(), "loop.yaml")
	if err := os.Symlink(loop, loop); err != nil {
		t.Skip(err)
	}
	if _, err := settings.Load(loop); !errors.Is(err, syscall.ELOOP) {
		t.Error(err)
	}
}

// Keys of tools that we do not know are taken as they are.
func TestKeysThatNobodyKnows(t *testing.T) {
	for _, key := range []string{
		"granted_color", "sso_account_name", "mfa_process", "include_profile", "source_identity", "session_tags", "assume_role_ttl",
		"aws_account_id", "cloudwatch", "sts", "ec2", "s3api", "sso_auto_populated", "x_principal_arn", "role", "cli",
	} {
		if _, err := settings.Parse("c.yaml", []byte(acme+"defaults: {"+key+": x, s3: {"+key+": y}}")); err != nil {
			t.Error(err)
		}
	}
}
