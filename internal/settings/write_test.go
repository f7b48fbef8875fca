package settings_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/settings"
)

func itoa(i int) string { return strconv.Itoa(i) }

// other is a session as the wizard makes it.
var other = settings.Session{
	Name: "other", StartURL: "https://other.awsapps.com/start", Out: "/etc/aws/config",
	ProfileName: "{{ .AccountName | kebab }}",
	Defaults:    []awsconfig.Key{{Name: "region", Value: "eu-west-3"}, {Name: "cli_pager"}, {Name: "s3", Value: "\nmax_concurrent_requests = 20"}},
	Accounts:    map[string]string{"111122223333": "yes", "012345678901": "Müller & \"Söhne\""},
	Exclude:     []settings.Match{{Account: "sandbox-*"}},
	Overrides:   []settings.Override{{Match: settings.Match{Account: "prod"}, Set: []awsconfig.Key{{Name: "region", Value: "us-east-1"}}, Name: "prod"}},
	Chains:      []settings.Chain{{From: settings.Match{Role: "a"}, To: "arn:aws:iam::444455556666:role/b", Name: "c"}},
}

const otherText = `  - name: other
    start_url: https://other.awsapps.com/start
    out: /etc/aws/config
    profile_name: "{{ .AccountName | kebab }}"
    defaults:
      region: eu-west-3
      cli_pager: ""
      s3: {max_concurrent_requests: 20}
    accounts:
      "012345678901": "M\u00fcller & \"S\u00f6hne\""
      "111122223333": "yes"
    exclude:
      - {account: "sandbox-*"}
    overrides:
      - match: {account: prod}
        set:
          region: us-east-1
        name: prod
    chains:
      - from: {role: a}
        to: arn:aws:iam::444455556666:role/b
        name: c
`

const firstLine = "# yaml-language-server: $schema=config.schema.json\n"

// TestAppend: whatever a file looks like, it stays as it was, and says one session
// more.
func TestAppend(t *testing.T) {
	for _, c := range []struct{ what, before, after string }{
		{"no file", "", firstLine + "sessions:\n" + otherText},
		{"a mark alone", "\ufeff", "\ufeff" + firstLine + "sessions:\n" + otherText},
		{"a comment", "# mine\n", "# mine\nsessions:\n" + otherText},
		{"no sessions yet", "sessions: # none\n", "sessions: # none\n" + otherText},
		{"a session", acme, acme + "\n" + otherText},
		{"comments at the end", acme + "out: ~/a # here\n\n  # the end\n", acme + "out: ~/a # here\n\n  # the end\n" + otherText},
		{"text at the end", acme + "profile_name: |\n      {{ .AccountName }}\n\n", acme + "profile_name: |\n      {{ .AccountName }}\n\n" + otherText},
		{"Windows", strings.ReplaceAll(acme, "\n", "\r\n"), strings.ReplaceAll(acme+"\n"+otherText, "\n", "\r\n")},
		{
			"another indent", "sessions:\n- name: acme\n  start_url: https://acme.awsapps.com/start\n",
			"sessions:\n- name: acme\n  start_url: https://acme.awsapps.com/start\n" + strings.ReplaceAll(otherText[2:], "\n  ", "\n"),
		},
	} {
		after, err := settings.Append("c.yaml", []byte(c.before), other)
		if err != nil {
			t.Errorf("%s: %v", c.what, err)
			continue
		}
		if diff := cmp.Diff(c.after, string(after)); diff != "" {
			t.Errorf("%s: %s", c.what, diff)
		}
		s := parsed(t, string(after)).Sessions
		if diff := cmp.Diff(other, s[len(s)-1], said); diff != "" {
			t.Errorf("%s: %s", c.what, diff)
		}
	}
}

// TestAppendByHand: where we cannot write, the person is told what to.
func TestAppendByHand(t *testing.T) {
	for what, before := range map[string]string{
		"a list in brackets":   `sessions: [{name: acme, start_url: "https://acme.awsapps.com/start"}]`,
		"an empty list":        `sessions: []`,
		"JSON":                 `{"sessions": []}`,
		"the same name":        strings.ReplaceAll(acme, "acme", "other"),
		"the same, for a team": "sessions:\n  - name: other\n    sso_region: eu-west-1\n",
	} {
		_, err := settings.Append("c.yaml", []byte(before), other)
		byHand, ok := errors.AsType[*settings.ByHandError](err)
		if !ok || byHand.Text != otherText {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := settings.Append("c.yaml", []byte("sessions: ["), other); err == nil || err.Error() != "c.yaml:1:11: this [ has no end" {
		t.Error(err)
	}
}

// TestPrint: what a person gives to the team has their places left out.
func TestPrint(t *testing.T) {
	seed := other
	seed.Out = "~/.aws/config"
	got := string(settings.Print(settings.Settings{Sessions: []settings.Session{seed, other}}))
	want := firstLine + "sessions:\n" + strings.Replace(otherText, "/etc", "~/.aws", 1) + strings.Replace(otherText, "    out: /etc/aws/config\n", "", 1)
	if diff := cmp.Diff(strings.Replace(want, "~/.aws/aws/config", "~/.aws/config", 1), got); diff != "" {
		t.Error(diff)
	}
	if got := string(settings.Print(settings.Settings{})); got != firstLine+"sessions: []\n" {
		t.Error(got)
	}
}
