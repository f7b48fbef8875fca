package e2e

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// pastes starts the main job on a terminal without a browser, and returns it when it
// waits, with the address where the service sends a browser in the end.
func (h *home) pastes(args ...string) (tm *terminal, answer string) {
	h.t.Helper()
	tm = h.startOnTerminal(append([]string{"--no-browser"}, args...)...)
	answer = tm.answer()
	return tm, answer
}

// answer waits for the sign-in and returns where the service sends the browser.
func (tm *terminal) answer() string {
	tm.t.Helper()
	link := tm.said.await(tm.t, `\r\n  (http://127\.0\.0\.1:\S+)\r\n`)[1]
	tm.said.await(tm.t, `Or paste here the address that your browser ends on, and press Enter\.\r\n`)
	return location(tm.t, link)
}

// location is where an address leads to.
func location(t *testing.T, link string) string {
	t.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Get(link)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode/100 != 3 {
		t.Fatalf("%s: %s", link, response.Status)
	}
	return response.Header.Get("Location")
}

// modes are those of the terminal, without the one that the kernel keeps for itself.
func (tm *terminal) modes() unix.Termios {
	tm.t.Helper()
	connection, err := tm.keyboard.SyscallConn()
	if err != nil {
		tm.t.Fatal(err)
	}
	request := map[string]uint{"linux": 0x5401, "darwin": 0x40487413}[runtime.GOOS] // TCGETS, TIOCGETA
	var modes *unix.Termios
	if controlled := connection.Control(func(fd uintptr) { modes, err = unix.IoctlGetTermios(int(fd), request) }); controlled != nil || err != nil {
		tm.t.Fatal(controlled, err)
	}
	modes.Lflag &^= unix.PENDIN
	return *modes
}

// cutsNoLines waits until lines of any length can be typed.
func (tm *terminal) cutsNoLines() {
	tm.t.Helper()
	ticker, deadline := time.NewTicker(10*time.Millisecond), time.After(patience)
	defer ticker.Stop()
	for tm.modes().Lflag&unix.ICANON != 0 {
		select {
		case <-ticker.C: // nobody tells us of modes
		case <-deadline:
			tm.t.Fatalf("lines are cut:\n%s", tm.said)
		}
	}
}

// The person's browser cannot reach this machine: they copy the address that it
// ends on, at first not quite the right one.
func TestPaste(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.emulate("--auto-approve", "--accounts", "5", "--roles", "2")
	tm, answer := h.pastes()
	before := tm.modes()
	if before.Lflag&unix.ICANON != 0 {
		t.Error("lines are cut") // and so is an address, on macOS at 1,024 bytes
	}
	if before.Lflag&unix.ISIG == 0 || before.Lflag&unix.ECHO == 0 || before.Oflag&unix.OPOST == 0 {
		t.Errorf("modes %+v", before)
	}

	tm.types("\n\n")
	tm.types("what now?\n")
	tm.said.await(t, `warning:\S* what you pasted is not the answer to this sign-in: that begins with http://127\.0\.0\.1:\d+/oauth/callback\?\r\n`)
	tm.types(regexp.MustCompile(`state=\w+`).ReplaceAllString(answer, "state=yesterdays") + "\n")
	tm.said.await(t, `warning:\S* what you pasted is not the answer to this sign-in: it belongs to another one, or a part of it is missing\r\n`)
	tm.types("\x1b[200~" + answer + "\x1b[201~\n")
	tm.exits(0)
	tm.says(`10 new`)
	if !strings.Contains(h.readConfig(), "sso_account_id") {
		t.Errorf("the config file:\n%s", h.readConfig())
	}
	if got := strings.Count(tm.said.String(), "warning:"); got != 2 {
		t.Errorf("%d warnings:\n%s", got, tm.said)
	}
}

// An address that is longer than a terminal's line comes as a whole.
func TestPasteLong(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.emulate("--auto-approve", "--accounts", "5", "--roles", "2")
	tm, answer := h.pastes()
	padded := strings.Replace(answer, "?", "?x="+strings.Repeat("x", 6000)+"&", 1)
	tm.types(padded + "wrong\n")
	tm.said.await(t, `warning:.*another one`)
	tm.types("y" + strings.Repeat("z", 20_000) + "\n")
	tm.said.await(t, `(?s)warning:.*warning:.*that begins with`)
	tm.types(padded + "\n")
	tm.exits(0)
	if got := strings.Count(tm.said.String(), "warning:"); got != 2 {
		t.Errorf("%d warnings for two lines:\n%s", got, tm.said)
	}
}

// The person types with mistakes, answers questions ahead, and ends pasting; the
// browser comes all the same.
func TestPasteIsTyped(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.emulate("--auto-approve", "--accounts", "5", "--roles", "2")
	startURL := h.variable("AWS_SSO_CONFIG_GENERATOR_START_URL")
	h.withoutAnswers()

	tm := h.startOnTerminal("--no-browser")
	tm.said.await(t, `Start URL of your access portal.*: `)
	tm.types(startURL + "\nus-east-1\nnonsense\n")
	answer := tm.answer()
	tm.said.await(t, `warning:.*that begins with`) // typed ahead, too
	tm.types("what was this?\x15" + answer + "XY\x7f\x7f\n")
	tm.exits(0)

	h.signOut()
	tm, answer = h.pastes()
	tm.types("http://127" + ctrlD)
	tm.said.await(t, `\^D?.*\r\n$`)
	tm.types(answer + "\n") // nobody reads this
	visit(answer)
	tm.exits(0)
	tm.says(`10 unchanged`)
}

// However the wait ends, the terminal is as it was.
func TestPasteLeavesTheTerminalAsItWas(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.emulate("--auto-approve", "--accounts", "5", "--roles", "2")
	for _, c := range []struct {
		how  string
		end  func(*terminal, string)
		code int
	}{
		{"Ctrl-C", func(tm *terminal, _ string) { tm.types("http" + ctrlC) }, 130},
		{"SIGTERM", func(tm *terminal, _ string) { _ = syscall.Kill(-tm.cmd.Process.Pid, syscall.SIGTERM) }, 130},
		{"time", func(*terminal, string) {}, 3},
		{"browser", func(tm *terminal, answer string) { tm.types("http://127"); visit(answer) }, 0},
		{"paste", func(tm *terminal, answer string) { tm.types(answer + "\n") }, 0},
		{"refusal", func(tm *terminal, answer string) {
			tm.types(regexp.MustCompile(`code=[^&]*`).ReplaceAllString(answer, "error=access_denied") + "\n")
		}, 3},
	} {
		timeout := "--timeout=1m"
		if c.how == "time" {
			timeout = "--timeout=1s"
		}
		// A shell that says nothing holds the terminal open until we have looked.
		h.signOut()
		sh := h.terminal("sh", "-c", `trap : INT TERM; echo Ready?; read yes; "$@"; echo "=> $?"; exec sleep 100`, "sh", binary, "--no-browser", timeout)
		sh.said.await(t, `Ready\?\r\n`)
		before := sh.modes()
		sh.types("\n")
		answer := sh.answer()
		c.end(sh, answer)
		sh.said.await(t, fmt.Sprintf(`=> %d\r\n`, c.code))
		after := sh.modes()
		if after != before || before.Lflag&unix.ICANON == 0 {
			t.Errorf("after %s:\n%+v\n%+v before", c.how, after, before)
		}
		sh.types(ctrlC)
	}
}

// Ctrl-Z stops us with the terminal as it was; in the background we leave it alone
// and are not stopped for it; in the foreground a paste is taken as before.
func TestPasteAndJobControl(t *testing.T) {
	t.Parallel()
	bash := tool(t, "bash")
	h := newHome(t)
	h.emulate("--auto-approve", "--accounts", "5", "--roles", "2")
	h.export("PS1=$ ", "HISTFILE=")
	sh := h.terminal(bash, "--norc", "--noprofile", "--noediting", "-i")
	sh.said.await(t, `\$ $`)
	before := sh.modes()

	sh.types(binary + " --no-browser\n")
	answer := sh.answer()
	sh.types("\x1a")
	sh.said.await(t, `Stopped.*\r\n\$ $`)
	if stopped := sh.modes(); stopped != before {
		t.Errorf("stopped:\n%+v\n%+v before", stopped, before)
	}
	sh.types("bg\n")
	sh.said.await(t, `\$ bg\r\n.*&\r\n\$ `)
	sh.types("echo still $((40 + 2)) here\n")
	sh.said.await(t, `still 42 here\r\n\$ $`)
	sh.types("jobs\n")
	sh.said.await(t, `\$ jobs\r\n.*Running.*\r\n\$ $`)
	sh.types("fg\n")
	sh.said.await(t, `\$ fg\r\n`)
	sh.cutsNoLines()
	sh.types(strings.Replace(answer, "?", "?x="+strings.Repeat("x", 6000)+"&", 1))
	sh.types("\n")
	sh.said.await(t, `10 new`)
	sh.said.await(t, `\$ $`)
	if after := sh.modes(); after != before {
		t.Errorf("afterwards:\n%+v\n%+v before", after, before)
	}

	// Started in the background, it does not even offer to take a paste.
	h.signOut()
	sh.types("clear; " + binary + " --no-browser &\n")
	link := sh.said.await(t, `(?s)10 new.*\r\n  (http://127\.0\.0\.1:\S+)\r\n`)[1]
	sh.said.await(t, `(?s)10 new.*Waiting for you to sign in. Ctrl-C ends\.\r\n`)
	sh.types("echo the shell has $((40 + 3)) lines\n")
	sh.said.await(t, `the shell has 43 lines`)
	visit(link)
	sh.said.await(t, `10 unchanged`)
	if got := strings.Count(sh.said.String(), "Or paste here"); got != 1 {
		t.Errorf("offered %d times", got)
	}
	sh.types("\nexit\n")
	sh.exits(0)
}

// terminal starts any program on a terminal, in the home directory.
func (h *home) terminal(name string, args ...string) *terminal {
	h.t.Helper()
	p := h.process(name, args...)
	p.cmd.Dir = h.dir
	return onTerminal(p)
}

// The browser is a program in a place with a space. It has nothing to do with our
// terminal, whatever it says.
func TestBrowserIsApart(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.emulate("--auto-approve", "--accounts", "5", "--roles", "2")
	browser := filepath.Join(h.dir, "my browser")
	script := "#!/bin/sh\nexec 2>/dev/null\ntrue </dev/tty && echo yes >" + h.dir + "/terminal\n" +
		"echo noise; echo noise >&2; echo noise >/dev/tty\nexec " + helper("visit") + ` "$1"` + "\n"
	if err := os.WriteFile(browser, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	h.export("BROWSER=" + browser)
	tm := h.startOnTerminal()
	tm.exits(0)
	tm.says(`Your browser opens`)
	if _, err := os.Stat(filepath.Join(h.dir, "terminal")); err == nil || strings.Contains(tm.said.String(), "noise") {
		t.Errorf("the browser has our terminal:\n%s", tm.said)
	}
}

// Over SSH, the line leads the person's browser back to the port that is bound.
func TestSSH(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.emulate("--auto-approve", "--accounts", "5", "--roles", "2")
	h.export("SSH_CONNECTION=198.51.100.7 50000 2001:db8::5 2222", "USER=ann", "BROWSER=")
	tm := h.startOnTerminal()
	answer := tm.answer()
	tm.said.await(t, `Open this address in a browser to sign in:`)
	port := regexp.MustCompile(`^http://127\.0\.0\.1:(\d+)/`).FindStringSubmatch(answer)[1]
	tm.said.await(t, `\r\n  ssh -N -L `+port+`:127\.0\.0\.1:`+port+` -p 2222 ann@2001:db8::5\r\n`)
	tm.types(answer + "\n")
	tm.exits(0)

	// A port that was chosen beforehand, so that the tunnel can be there first.
	free, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ = net.SplitHostPort(free.Addr().String())
	_ = free.Close()
	h.signOut()
	tm = h.startOnTerminal("--callback-port", port)
	answer = tm.answer()
	tm.said.await(t, `  ssh -N -L `+port+`:127\.0\.0\.1:`+port+` `)
	if !strings.HasPrefix(answer, "http://127.0.0.1:"+port+"/oauth/callback?") {
		t.Errorf("the browser comes back to %s", answer)
	}
	visit(answer)
	tm.exits(0)
}
