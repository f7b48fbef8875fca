// Package e2e runs the real binary as its user does: real processes, real
// loopback sockets, a real browser, a real terminal, and the real readers of
// the files that it writes. Only AWS is played, by the binary's own emulator.
//
// It is a module of its own, so that what these tests need stays out of ours.
package e2e

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// patience is how long a test waits for what must happen at once. It is only
// ever used up by a failure.
const patience = 30 * time.Second

// binary is the program under test.
var binary string

// TestMain builds the program once. The test binary is also the helper that
// some tests start: its first argument says as what.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "visit":
			visit(os.Args[2])
			return
		case "spy":
			spy(os.Args[2])
			visit(os.Args[3])
			return
		case "read":
			readWithGoSDK(os.Args[2:])
			return
		case "read-files":
			readFilesWithGoSDK()
			return
		}
	}
	os.Exit(buildAndRun(m))
}

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "e2e-")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binary = filepath.Join(dir, "aws-sso-config-generator")
	build := exec.Command("go", "build", "-trimpath", "-o", binary, ".")
	build.Dir = ".."
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the program: %v\n%s", err, output)
		return 1
	}
	return m.Run()
}

// helper is the command line that starts this test binary as a helper.
func helper(words string) string {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return self + " " + words
}

// visit is the smallest browser: it follows an address to its end.
func visit(address string) {
	response, err := http.Get(address)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
}

// tool finds a program that a test needs.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		lack(t, name)
	}
	return path
}

// lack ends a test for want of something: a laptop need not have everything, CI
// must.
func lack(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("CI must have %s", what)
	}
	t.Skipf("there is no %s here", what)
}
