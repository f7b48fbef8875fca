package cli_test

import (
	"bytes"
	"errors"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"aws-sso-config-generator/internal/cli"
	"aws-sso-config-generator/internal/emulator"
)

// Every refusal of every call: an error that names the call, a hint, exit code 1,
// and nothing written. All at once, because most of it is waiting.
func TestEveryRefusalOfEveryCall(t *testing.T) {
	var refusals sync.WaitGroup
	for _, operation := range []string{"RegisterClient", "StartDeviceAuthorization", "CreateToken", "ListAccounts", "ListAccountRoles"} {
		for _, answer := range []string{"400", "401", "403", "404", "429", "500", "503", "malformed", "truncated", "reset", "html"} {
			refusals.Go(func() { refusal(t, operation, answer) })
		}
	}
	refusals.Wait()
}

func refusal(t *testing.T, operation, answer string) {
	server := httptest.NewServer(emulator.New(emulator.Config{
		AutoApprove: true, Organization: emulator.Organize(1, 5, 2), Interval: time.Second,
		Faults: []emulator.Fault{{Operation: operation, Answer: answer}},
	}))
	defer server.Close()
	home := t.TempDir()
	environment := map[string]string{"HOME": home, "AWS_ENDPOINT_URL": server.URL}
	var stdout, stderr bytes.Buffer
	code := cli.Run(t.Context(), []string{
		"--start-url", emulator.DefaultStartURL, "--sso-region", emulator.DefaultRegion,
		"--device-code", "--no-browser", "--timeout", "6s", "--discovery-timeout", "2s",
	}, cli.Environment{
		Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr,
		Getenv: func(name string) string { return environment[name] },
	})
	want := 1
	if operation == "CreateToken" && slices.Contains([]string{"429", "reset", "truncated"}, answer) {
		want = 3 // a poll without an answer is tried again while the person's time lasts
	}
	if code != want || stdout.Len() > 0 {
		t.Errorf("%s=%s: exit code %d, stdout %q", operation, answer, code, &stdout)
	}
	for _, part := range []string{"error: ", operation + ": ", "hint: "} {
		if !strings.Contains(stderr.String(), part) && (part != operation+": " || answer != "429") {
			t.Errorf("%s=%s: %q is missing in %s", operation, answer, part, &stderr)
		}
	}
	if _, err := os.Stat(filepath.Join(home, ".aws", "config")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s=%s: wrote something (%v)", operation, answer, err)
	}
}
