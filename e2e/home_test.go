package e2e

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// A home is a new person's home directory, with the environment of a shell that
// was just opened in it.
type home struct {
	t   *testing.T
	dir string
	env []string
}

func newHome(t *testing.T) *home {
	t.Helper()
	dir := t.TempDir()
	h := &home{t: t, dir: dir}
	h.export("HOME="+dir, "TMPDIR="+dir, "PATH="+os.Getenv("PATH"), "LANG=C.UTF-8", "TERM=xterm-256color", "BROWSER="+helper("visit"),
		"HTTPS_PROXY=http://127.0.0.1:1") // which is not there: nobody gets at the real service
	return h
}

// export sets variables; the last one of a name counts.
func (h *home) export(variables ...string) { h.env = append(h.env, variables...) }

// config is the AWS config file.
func (h *home) config() string { return filepath.Join(h.dir, ".aws", "config") }

func (h *home) readConfig() string {
	h.t.Helper()
	data, err := os.ReadFile(h.config())
	if err != nil {
		h.t.Fatal(err)
	}
	return string(data)
}

// wroteNothing fails the test if there is anything where AWS's tools look.
func (h *home) wroteNothing() {
	h.t.Helper()
	if _, err := os.Lstat(filepath.Join(h.dir, ".aws")); !errors.Is(err, os.ErrNotExist) {
		h.t.Errorf("~/.aws exists: %v", err)
	}
}

// signOut takes the session away, as on a computer where nobody has signed in.
func (h *home) signOut() {
	h.t.Helper()
	if err := os.RemoveAll(filepath.Join(h.dir, ".aws", "sso")); err != nil {
		h.t.Fatal(err)
	}
}

func (h *home) command(name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(h.t.Context(), name, args...)
	cmd.Env = h.env
	cmd.WaitDelay = patience
	return cmd
}

// output runs a program that must succeed and returns its standard output.
func (h *home) output(name string, args ...string) string {
	h.t.Helper()
	cmd := h.command(name, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.Output()
	if err != nil {
		h.t.Fatalf("%s: %v\n%s", cmd, err, &stderr)
	}
	return string(stdout)
}

// generate runs the main job, which must succeed, and returns what it said.
func (h *home) generate(args ...string) string {
	h.t.Helper()
	p := h.start(binary, args...)
	p.exits(0)
	return p.said.String()
}

// emulate starts the emulator until the end of the test and pastes the
// variables that it prints into our shell.
func (h *home) emulate(args ...string) {
	h.t.Helper()
	p := h.start(binary, append([]string{"emulator"}, args...)...)
	p.printed.await(h.t, `SSO_REGION=.*\n`) // the last one
	for _, line := range regexp.MustCompile(`(?m)^export (.+)$`).FindAllStringSubmatch(p.printed.String(), -1) {
		h.export(line[1])
	}
}

// variable is the value of an exported variable.
func (h *home) variable(name string) string {
	h.t.Helper()
	for _, variable := range slices.Backward(h.env) {
		if value, ok := strings.CutPrefix(variable, name+"="); ok {
			return value
		}
	}
	h.t.Fatalf("%s is not set", name)
	return ""
}

// A process is a program that runs while the test goes on. It ends with the
// test at the latest.
type process struct {
	t             *testing.T
	cmd           *exec.Cmd
	printed, said *transcript   // standard output and standard error; the same on a terminal
	ended         chan struct{} // and all that it wrote is there
}

func (h *home) process(name string, args ...string) *process {
	ended := make(chan struct{})
	return &process{t: h.t, cmd: h.command(name, args...), printed: newTranscript(ended), said: newTranscript(ended), ended: ended}
}

func (h *home) start(name string, args ...string) *process {
	h.t.Helper()
	p := h.process(name, args...)
	p.cmd.Stdout, p.cmd.Stderr = p.printed, p.said
	if err := p.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	p.watch(func() { _ = p.cmd.Wait() }) // the exit code is in ProcessState
	return p
}

// watch waits for the end of the process, and brings it about with the test's.
func (p *process) watch(wait func()) {
	go func() {
		defer close(p.ended)
		wait()
	}()
	p.t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.ended
	})
}

// exits waits for the end of the process and checks its exit code.
func (p *process) exits(code int) {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.t.Fatalf("still running; it said:\n%s", p.said)
	}
	if got := p.cmd.ProcessState.ExitCode(); got != code {
		p.t.Fatalf("exit code %d, want %d; it said:\n%s", got, code, p.said)
	}
}

// says fails the test if the process did not say each of these.
func (p *process) says(patterns ...string) {
	p.t.Helper()
	for _, pattern := range patterns {
		if !regexp.MustCompile(pattern).MatchString(p.said.String()) {
			p.t.Errorf("it did not say %q, but:\n%s", pattern, p.said)
		}
	}
}

// A transcript is what a process wrote so far.
type transcript struct {
	mu    sync.Mutex
	text  []byte
	grown chan struct{}   // closed and replaced by every write
	ended <-chan struct{} // closed when nothing more can come
}

func newTranscript(ended <-chan struct{}) *transcript {
	return &transcript{grown: make(chan struct{}), ended: ended}
}

func (tr *transcript) Write(p []byte) (int, error) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.text = append(tr.text, p...)
	close(tr.grown)
	tr.grown = make(chan struct{})
	return len(p), nil
}

func (tr *transcript) String() string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return string(tr.text)
}

// await waits until the pattern is there and returns its submatches.
func (tr *transcript) await(t *testing.T, pattern string) []string {
	t.Helper()
	wanted, deadline := regexp.MustCompile(pattern), time.After(patience)
	for last := false; ; {
		tr.mu.Lock()
		match, grown := wanted.FindStringSubmatch(string(tr.text)), tr.grown
		tr.mu.Unlock()
		if match != nil {
			return match
		}
		if last {
			t.Fatalf("waited for %q in vain:\n%s", pattern, tr)
		}
		select {
		case <-grown:
		case <-tr.ended:
			last = true
		case <-deadline:
			last = true
		}
	}
}
