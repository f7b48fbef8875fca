package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// logout ends one session, here and at the service, and leaves what is not its own.
func TestSessionLogout(t *testing.T) {
	t.Parallel()
	aws := mustAWSCLI(t)
	s := newSession(t, "--accounts", "3")
	profiles := map[string][]string{}
	for _, name := range []string{"my-sso", "other"} {
		s.output(binary, "login", "--sso-session-name", name)
		s.output(binary, "--sso-session-name", name, "--profile-name", "{{ .Session }}-{{ .AccountID }}")
		profiles[name] = regexp.MustCompile(`\b`+name+`-[0-9]{12}\b`).FindAllString(s.readConfig(), -1)
	}
	fetch := func(profile string) { s.output(aws, "configure", "export-credentials", "--profile", profile) }
	fetch(profiles["other"][0])
	cache := filepath.Join(s.dir, ".aws", "cli", "cache")
	for name, text := range map[string]string{"theirs.json": `{"ProviderType":"sso","Credentials":{}}`, "session.db": "x"} {
		if err := os.WriteFile(filepath.Join(cache, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	others := list(t, cache)
	fetch(profiles["my-sso"][0])
	fetch(profiles["my-sso"][1])
	if now := list(t, cache); len(now) != len(others)+2 {
		t.Fatalf("the AWS CLI left %q: this test is blind", now)
	}
	stolen := s.readFile()

	p := s.start(binary, "logout")
	p.exits(0)
	p.says(`^Signed out of my-sso, and deleted the credentials of 2 roles\.\n$`)
	if now := list(t, cache); !slices.Equal(now, others) {
		t.Errorf("of the credentials, %q are left, want %q", now, others)
	}
	for _, c := range []struct {
		program
		code int
		says string
	}{
		{goSDK, 1, "failed to read cached SSO token file"},
		{jsSDK, 1, "was not found or is invalid"},
		{cli, 255, "Error loading SSO Token: Token for my-sso does not exist"},
	} {
		p := s.launch(c.program, profiles["my-sso"][0])
		p.exits(c.code)
		p.says(c.says)
		s.launch(c.program, profiles["other"][1]).exits(0)
	}

	// A copy of the file is worth nothing, and neither is the refresh token in it.
	s.writeFile(stolen)
	s.over(mainJob, "the session is over: the service does not refresh it any more")
}

// list is what a directory holds.
func list(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}
