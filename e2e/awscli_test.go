package e2e

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// readWithCLI compares what the AWS CLI sees: its commands for a sample of the
// profiles, because each takes it half a second, and its parser for all.
func readWithCLI(t *testing.T, h *home, written map[string]facts) {
	aws := awsCLI()
	if aws == "" {
		lack(t, "AWS CLI 2")
	}
	names := slices.Sorted(maps.Keys(written))
	listed := strings.Fields(h.output(aws, "configure", "list-profiles"))
	slices.Sort(listed)
	if !slices.Equal(listed, names) {
		t.Errorf("aws configure list-profiles: %q\nwant %q", listed, names)
	}
	var group sync.WaitGroup
	for _, name := range []string{names[0], names[len(names)/2], names[len(names)-1]} {
		group.Go(func() {
			for key, want := range map[string]string{"sso_account_id": written[name].AccountID, "sso_role_name": written[name].RoleName} {
				cmd := exec.CommandContext(t.Context(), aws, "configure", "get", key, "--profile", name)
				cmd.Env = h.env
				got, err := cmd.CombinedOutput()
				if err != nil || strings.TrimSuffix(string(got), "\n") != want {
					t.Errorf("%s: %q, %v; want %q", cmd, got, err, want)
				}
			}
		})
	}
	group.Wait()
	h.read(t, written, false, botocorePython(t, aws)+" "+filepath.Join("testdata", "read.py"))
}

// awsCLI is the first version 2 of the AWS CLI on the path, or "".
var awsCLI = sync.OnceValue(func() string {
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		path := filepath.Join(dir, "aws")
		if version, err := exec.Command(path, "--version").Output(); err == nil && strings.HasPrefix(string(version), "aws-cli/2.") {
			return path
		}
	}
	return ""
})

// botocorePython is the Python that runs the AWS CLI, which has the CLI's parser.
func botocorePython(t *testing.T, aws string) string {
	t.Helper()
	script, err := os.ReadFile(aws)
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(script), "\n")
	python, ok := strings.CutPrefix(first, "#!")
	if !ok {
		lack(t, "AWS CLI that runs on the system's Python")
	}
	return python
}
