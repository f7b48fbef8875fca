package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// A program uses the session that all tools share: for the credentials of a
// profile's role, or, if it is ours, for the main job.
type program struct {
	name  string
	words func(t *testing.T, profile string) []string
	keeps bool // what it does not know in the session's file
}

var (
	// mainJob runs with nobody there to sign in.
	mainJob = program{"main job", func(*testing.T, string) []string {
		return []string{binary, "--no-browser", "--timeout", "1s"}
	}, true}
	goSDK = program{"AWS SDK for Go", func(_ *testing.T, profile string) []string {
		return append(strings.Fields(helper("read")), profile)
	}, true}
	jsSDK = program{"AWS SDK for JavaScript", func(t *testing.T, profile string) []string {
		return []string{tool(t, "node"), filepath.Join("js", "read.js"), profile}
	}, true}
	// cli forgets the credentials that it keeps, which would do for an hour.
	cli = program{"AWS CLI", func(t *testing.T, profile string) []string {
		return []string{"sh", "-c", `rm -rf ~/.aws/cli && exec "$0" configure export-credentials --profile "$1"`, mustAWSCLI(t), profile}
	}, false}
)

// mustAWSCLI is the AWS CLI, for tests that are nothing without it.
func mustAWSCLI(t *testing.T) string {
	t.Helper()
	aws := awsCLI()
	if aws == "" {
		lack(t, "AWS CLI 2")
	}
	return aws
}

// A session is a home in which every tool finds the same emulator (we and the SDKs by
// its address, the AWS CLI through its proxy), and the file of its one session.
type session struct {
	*home
	file string
}

// newSession starts an emulator with one role. Nobody is signed in.
func newSession(t *testing.T, emulator ...string) *session {
	t.Helper()
	h := newHome(t)
	h.emulate(append([]string{"--accounts", "1", "--roles", "1", "--auto-approve", "--https", filepath.Join(h.dir, "ca.pem")}, emulator...)...)
	address := h.variable("HTTPS_PROXY")
	h.export("AWS_ENDPOINT_URL_SSO="+address, "AWS_ENDPOINT_URL_SSO_OIDC="+address)
	s := &session{home: h}
	s.keptFor("0ad374308c5a4e22f723adf10145eafad7c4031c") // SHA-1 of my-sso
	return s
}

// keptFor says which file is the session's.
func (s *session) keptFor(digest string) {
	s.file = filepath.Join(s.dir, ".aws", "sso", "cache", digest+".json")
}

// signIn signs in with login, and writes the profile.
func (s *session) signIn() {
	s.t.Helper()
	s.output(binary, "login")
	s.run(mainJob)
}

// profile is the name of the first profile, "" if there is none.
func (s *session) profile() string {
	config, _ := os.ReadFile(s.config()) // there may be none
	match := regexp.MustCompile(`(?m)^\[profile (.*)\]$`).FindSubmatch(config)
	if match == nil {
		return ""
	}
	return string(match[1])
}

func (s *session) launch(p program, profile string) *process {
	s.t.Helper()
	words := p.words(s.t, profile)
	return s.start(words[0], words[1:]...)
}

// run runs a program, which must succeed.
func (s *session) run(p program) {
	s.t.Helper()
	s.launch(p, s.profile()).exits(0)
}

func (s *session) readFile() []byte {
	s.t.Helper()
	data, err := os.ReadFile(s.file)
	if err != nil {
		s.t.Fatal(err)
	}
	return data
}

func (s *session) writeFile(data []byte) {
	s.t.Helper()
	if err := os.WriteFile(s.file, data, 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// members are what is in the file, which must be whole.
func (s *session) members() map[string]any {
	s.t.Helper()
	var members map[string]any
	if data := s.readFile(); json.Unmarshal(data, &members) != nil {
		s.t.Fatalf("damaged: %q", data)
	}
	for _, name := range []string{"startUrl", "region", "accessToken", "expiresAt", "clientId", "clientSecret", "registrationExpiresAt"} {
		if text, ok := members[name].(string); !ok || text == "" {
			s.t.Errorf("no %s in the file", name)
		}
	}
	return members
}

// edit changes the file and leaves it in the format of whoever wrote it.
func (s *session) edit(pattern, replacement string) {
	s.t.Helper()
	before := s.readFile()
	after := regexp.MustCompile(pattern).ReplaceAll(before, []byte(replacement))
	if bytes.Equal(before, after) {
		s.t.Fatalf("no %s in %s", pattern, before)
	}
	s.writeFile(after)
}

// expire lets the time of the token be over.
func (s *session) expire() {
	s.t.Helper()
	s.edit(`("expiresAt": *)"[^"]*"`, `$1"2000-01-01T00:00:00Z"`)
}

// addTheirs adds a member that no tool knows.
func (s *session) addTheirs() {
	s.t.Helper()
	s.edit(`^\{`, `{"theirs":{"a":[1]},`)
}

// uses runs a program that has no reason to change the file.
func (s *session) uses(p program) {
	s.t.Helper()
	before := s.readFile()
	s.run(p)
	if !bytes.Equal(s.readFile(), before) {
		s.t.Errorf("%s did not use the token that was there", p.name)
	}
}

// refreshes runs a program after the end of the token: it leaves another one, and
// the person signed in.
func (s *session) refreshes(p program) {
	s.t.Helper()
	s.expire()
	before := s.members()
	s.run(p)
	after := s.members()
	if after["accessToken"] == before["accessToken"] || after["expiresAt"] == before["expiresAt"] {
		s.t.Errorf("%s did not refresh", p.name)
	}
	var status struct {
		Sessions []struct {
			SignedIn  bool `json:"signed_in"`
			Refreshes bool `json:"refreshes"`
		} `json:"sessions"`
	}
	if err := json.Unmarshal([]byte(s.output(binary, "status", "--json")), &status); err != nil {
		s.t.Fatal(err)
	}
	_, refreshable := after["refreshToken"]
	if len(status.Sessions) != 1 || !status.Sessions[0].SignedIn || status.Sessions[0].Refreshes != refreshable {
		s.t.Errorf("after %s, status says %+v", p.name, status)
	}
}

// over runs the main job where a person is needed, and nobody is there.
func (s *session) over(p program, why string) {
	s.t.Helper()
	run := s.launch(p, "")
	run.exits(3)
	run.says(`(?m)^Sign in once more: ` + why)
}

// We and each of the tools use and refresh the session in turns, and nobody is
// asked: each uses what the other wrote, as it is.
func TestSessionInTurns(t *testing.T) {
	t.Parallel()
	for _, p := range []program{goSDK, jsSDK, cli} {
		for _, rotation := range []string{"rotate", "strict"} {
			t.Run(p.name+", "+rotation, func(t *testing.T) {
				t.Parallel()
				s := newSession(t, "--refresh-rotation", rotation)
				s.signIn()
				s.addTheirs()
				for range 2 {
					s.uses(p)
					s.refreshes(p)
					s.uses(mainJob)
					s.refreshes(mainJob)
				}
				s.uses(p)
				if _, kept := s.members()["theirs"]; kept != p.keeps {
					t.Errorf("the member of others is there: %t", kept)
				}
			})
		}
		// Where the service gives no new refresh token, we keep the old one (RFC 6749
		// §6). The tools drop it: what one of them refreshed is refreshed no more.
		t.Run(p.name+", keep", func(t *testing.T) {
			t.Parallel()
			s := newSession(t, "--refresh-rotation", "keep")
			s.signIn()
			for range 2 {
				s.refreshes(mainJob)
				s.uses(p)
			}
			s.refreshes(p)
			s.uses(mainJob)
			s.expire()
			s.over(mainJob, "the session has expired, and was not one to be kept")
		})
	}
}

// All of them, by the real clock: nothing but the time ends a token.
func TestSessionByTheClock(t *testing.T) {
	t.Parallel()
	mustAWSCLI(t)
	s := newSession(t, "--refresh-rotation", "strict", "--token-lifetime", "3s")
	s.signIn()
	for _, p := range []program{goSDK, mainJob, cli, jsSDK} {
		before := s.members()
		expires, err := time.Parse(time.RFC3339, before["expiresAt"].(string))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Until(expires.Add(50 * time.Millisecond)))
		s.run(p)
		if s.members()["refreshToken"] == before["refreshToken"] {
			t.Errorf("%s did not refresh", p.name)
		}
	}
	s.run(mainJob)
}

// Who is signed in with the AWS CLI gets profiles without ever seeing a browser.
func TestSessionOfTheAWSCLI(t *testing.T) {
	t.Parallel()
	aws := mustAWSCLI(t)
	s := newSession(t)
	config := "[sso-session my-sso]\nsso_start_url = https://d-1234567890.awsapps.com/start/#/\nsso_region = us-east-1\nsso_registration_scopes = sso:account:access\n"
	if err := os.MkdirAll(filepath.Dir(s.config()), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.config(), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	s.output(aws, "sso", "login", "--sso-session", "my-sso", "--no-browser")
	s.uses(mainJob)
	if !strings.HasPrefix(s.readConfig(), config) {
		t.Errorf("the person's session became\n%s", s.readConfig())
	}
	s.refreshes(mainJob)
	s.uses(cli)
	s.refreshes(cli)
	s.uses(mainJob)
}

// The legacy layout has a file of its own, and no tool refreshes it.
func TestSessionLegacy(t *testing.T) {
	t.Parallel()
	aws := mustAWSCLI(t)
	legacy := mainJob
	legacy.words = func(t *testing.T, profile string) []string {
		return append(mainJob.words(t, profile), "--layout", "legacy")
	}
	s := newSession(t)
	s.keptFor("7487b5b67d5fa1132cf33fa93ae51ef38cc37752") // SHA-1 of the start URL
	s.output(binary, "--layout", "legacy")
	for _, p := range []program{legacy, goSDK, jsSDK, cli} {
		s.uses(p)
	}
	s.output(binary, "logout")
	s.output(aws, "sso", "login", "--profile", s.profile(), "--no-browser")
	s.uses(legacy)
	s.expire()
	s.over(legacy, "the session has expired, and one of the legacy layout is not refreshed")
}
