package e2e

import (
	"errors"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
)

// A terminal is a process with a person in front of it.
type terminal struct {
	*process
	keyboard *os.File
}

const (
	ctrlC = "\x03"
	ctrlD = "\x04"
)

func (h *home) startOnTerminal(args ...string) *terminal {
	h.t.Helper()
	return onTerminal(h.process(binary, args...))
}

func onTerminal(p *process) *terminal {
	p.t.Helper()
	p.printed = p.said // one screen shows both
	keyboard, err := pty.StartWithSize(p.cmd, &pty.Winsize{Rows: 24, Cols: 80})
	if err != nil {
		p.t.Fatal(err)
	}
	p.watch(func() {
		_, _ = io.Copy(p.said, keyboard) // ends with the last process on the terminal
		_ = p.cmd.Wait()
		_ = keyboard.Close()
	})
	return &terminal{p, keyboard}
}

func (tm *terminal) types(keys string) {
	tm.t.Helper()
	if _, err := tm.keyboard.WriteString(keys); err != nil {
		tm.t.Fatal(err)
	}
}

// isInterrupted presses Ctrl-C, which must end the process at once and leave
// the cursor at the start of a line.
func (tm *terminal) isInterrupted() {
	tm.t.Helper()
	pressed := time.Now()
	tm.types(ctrlC)
	tm.exits(130)
	if took := time.Since(pressed); took > 3*time.Second {
		tm.t.Errorf("Ctrl-C took %v", took)
	}
	tm.said.await(tm.t, `Interrupted\.\r\n(The roles of .* are kept: .*\r\n)?$`)
}

// withoutAnswers forgets where the portal is, so that the person is asked.
func (h *home) withoutAnswers() {
	h.env = slices.DeleteFunc(h.env, func(variable string) bool { return strings.HasPrefix(variable, "AWS_SSO_CONFIG_GENERATOR_") })
}

func TestQuestions(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.emulate("--auto-approve", "--accounts", "5", "--roles", "2")
	startURL := h.variable("AWS_SSO_CONFIG_GENERATOR_START_URL")
	h.withoutAnswers()

	tm := h.startOnTerminal()
	tm.said.await(t, `Start URL of your access portal.*: `)
	tm.types("my company\n")
	tm.said.await(t, `(?s)error:.*hint:.*Start URL of your access portal.*: `)
	tm.types(startURL + "\n")
	tm.said.await(t, `SSO region.*: `)
	tm.types("Ireland\n")
	tm.said.await(t, `(?s)error:.*hint:.*SSO region.*error:.*hint:.*SSO region.*: `)
	tm.types("us-east-1\n")
	tm.exits(0)
	if !strings.Contains(h.readConfig(), "sso_start_url = "+startURL+"\nsso_region = us-east-1\n") {
		t.Errorf("the answers are not in the file:\n%s", h.readConfig())
	}
}

func TestEndOfInput(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	tm := h.startOnTerminal()
	tm.said.await(t, `Start URL of your access portal.*: `)
	tm.types(ctrlD)
	tm.exits(2)
	tm.said.await(t, `(?s)error:.*--start-url.*hint:.*--start-url`)
	h.wroteNothing()
}

func TestInterruptedQuestion(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	tm := h.startOnTerminal()
	tm.said.await(t, `Start URL of your access portal.*: `)
	tm.isInterrupted()
	h.wroteNothing()
}

func TestInterruptedSignIn(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.emulate()
	for _, args := range [][]string{nil, {"--device-code"}} {
		tm := h.startOnTerminal(args...)
		tm.said.await(t, `Waiting for you to sign in`)
		tm.isInterrupted()
		h.wroteNothing()
	}
}

func TestInterruptedDiscovery(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.emulate("--auto-approve", "--rate", "0.1", "--burst", "3")
	tm := h.startOnTerminal()
	tm.said.await(t, `Finding roles: `)
	tm.isInterrupted()
	tm.said.await(t, `\r\x1b\[K(\^C)?(\r\n)?Interrupted`) // the progress is wiped away first
	if _, err := os.Stat(h.config()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the config file exists: %v", err)
	}
}

func TestColour(t *testing.T) {
	t.Parallel()
	const colour = "\x1b\\[[0-9;]*m"
	for _, c := range []struct{ variable, errorLine, never string }{
		{"TERM=xterm-256color", "\x1b\\[1;31merror:\x1b\\[0m ", "error: "},
		{"NO_COLOR=1", "(?m)^error: ", colour},
		{"NO_COLOR=no", "(?m)^error: ", colour}, // any value counts
		{"TERM=dumb", "(?m)^error: ", "\x1b"},   // not even a progress that is wiped away
	} {
		t.Run(c.variable, func(t *testing.T) {
			h := newHome(t)
			h.emulate("--auto-approve", "--accounts", "5", "--roles", "2", "--fault", "RegisterClient=InvalidClientMetadataException,times=1")
			h.export(c.variable)
			bad := h.startOnTerminal()
			bad.exits(1)
			bad.said.await(t, c.errorLine)
			good := h.startOnTerminal()
			good.exits(0)
			for _, screen := range []*transcript{bad.said, good.said} {
				if regexp.MustCompile(c.never).MatchString(screen.String()) {
					t.Errorf("%q", screen)
				}
			}
		})
	}
}
