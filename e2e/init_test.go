package e2e

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// The keys of a terminal that are more than a character.
const (
	esc  = "\x1b"
	up   = "\x1b[A"
	down = "\x1b[B"

	shiftTab = "\x1b[Z"
)

// newcomer is a person with an organization, and without settings.
func newcomer(t *testing.T) (h *home, startURL string) {
	t.Helper()
	h = newHome(t)
	h.emulate("--auto-approve", "--accounts", "12", "--roles", "3")
	startURL = h.variable("AWS_SSO_CONFIG_GENERATOR_START_URL")
	h.withoutAnswers()
	return h, startURL
}

func (h *home) settings() string {
	return filepath.Join(h.dir, ".config", "aws-sso-config-generator", "config.yaml")
}

// made fails the test unless settings and profiles say what was answered.
func (h *home) made() {
	h.t.Helper()
	text, err := os.ReadFile(h.settings())
	if err != nil {
		h.t.Fatal(err)
	}
	for _, part := range []string{"- name: acme\n", "profile_name: '{{ .AccountName | kebab }}.", "region: eu-central-1\n", `- {account: "log*"}`, `- {role: "*Admin*"}`} {
		if !strings.Contains(string(text), part) {
			h.t.Errorf("%q is missing in the settings:\n%s", part, text)
		}
	}
	config := h.readConfig()
	if !strings.Contains(config, "[profile network.read-only]") || strings.Contains(config, "[profile log") || strings.Contains(config, "Administrator") {
		h.t.Errorf("the config file:\n%s", config)
	}
}

// madeNothing fails the test if there is anything of settings or profiles.
func (h *home) madeNothing() {
	h.t.Helper()
	for _, path := range []string{filepath.Dir(h.settings()), h.config()} {
		if _, err := os.Lstat(path); !os.IsNotExist(err) {
			h.t.Errorf("%s exists: %v", path, err)
		}
	}
}

// By forms: with mistakes, live examples, and a window that is resized.
func TestInitForms(t *testing.T) {
	t.Parallel()
	h, startURL := newcomer(t)
	tm := h.startOnTerminal("init")
	before := tm.modes()
	tm.said.await(t, `Start URL of your access portal`)
	tm.types("my company\r")
	tm.said.await(t, `error: start URL "my company"`)
	tm.types("\x15" + startURL + "x\x7f\r")
	tm.said.await(t, `Start URL of your access portal: `+regexp.QuoteMeta(startURL)+`\r\n`)
	tm.said.await(t, `SSO region, where the access portal lives`)
	tm.types("us-east-1\r")
	tm.said.await(t, `> my-sso`)
	tm.types("\x01\x0bacme\r")
	tm.said.await(t, `Name of the session: acme\r\n`)
	tm.said.await(t, `as it is\S*\r\n    Network-AdministratorAccess\r\n`)
	tm.types(down + down + down + up)
	tm.said.await(t, `> short\S*\r\n    network\.administrator\r\n`)
	for _, size := range []pty.Winsize{{Rows: 24, Cols: 30}, {Rows: 8, Cols: 100}, {Rows: 2, Cols: 9}, {Rows: 24, Cols: 80}} {
		drawn := strings.Count(tm.said.String(), "\x1b[J")
		if err := pty.Setsize(tm.keyboard, &size); err != nil {
			t.Fatal(err)
		}
		tm.said.await(t, `(?s)(\x1b\[J.*?){`+strconv.Itoa(drawn+1)+`}`)
	}
	tm.types("\r")
	tm.said.await(t, `Names of profiles: short\r\n`)
	tm.said.await(t, `Accounts to leave out`)
	tm.types("log*")
	tm.said.await(t, `> log\*\r\n  33 of 36 roles stay`)
	tm.types("\r")
	tm.said.await(t, `Roles to leave out`)
	tm.types("*\r")
	tm.said.await(t, `error: that leaves no role`)
	tm.types("Admin*\r")
	tm.said.await(t, `Is that right\?`)
	tm.types("n\r")
	tm.said.await(t, `Is that right\? No\r\n`)
	tm.types("\r\r")
	tm.said.await(t, `(?s)Is that right\? No\r\n.*Is that right\?`)
	tm.types("\r")
	tm.said.await(t, `Region of your own resources`)
	tm.types("eu-central-1\r")
	tm.said.await(t, `> ~/\.aws/config`)
	tm.types("\r")
	tm.said.await(t, `(?s)network\.read-only.*Write this\?.*> No`)
	h.madeNothing()
	tm.types("y\r")
	tm.exits(0)
	tm.says(`Write this\? Yes\r\n`, `Profiles in .*: \d+ new\.`)
	if regexp.MustCompile(`(^|[\rA])\x1b\[J`).MatchString(tm.said.String()) {
		t.Error("it erases from a line's first column on: tmux keeps the form then, if that is the screen's first line, too")
	}
	if before.Lflag&unix.ISIG == 0 {
		t.Error("Ctrl-C is a key like others")
	}
	h.made()
	h.generate("--check")
}

// All answers are typed at once: none is lost between two forms, nor by the sign-in.
func TestInitTypedAhead(t *testing.T) {
	t.Parallel()
	h, startURL := newcomer(t)
	tm := h.startOnTerminal("init", "--start-url", startURL, "--sso-region", "us-east-1", "--region", "eu-central-1")
	tm.said.await(t, `Start URL of your access portal`)
	tm.types("\r\x15acme\r")
	tm.said.await(t, `Names of profiles`)
	tm.types(down + "s\rlog*\r*Admin*\r\r\r\ry\r")
	tm.exits(0)
	h.made()
}

// Shift-Tab goes back to what was answered, as far as the sign-in.
func TestInitBack(t *testing.T) {
	t.Parallel()
	h, startURL := newcomer(t)
	tm := h.startOnTerminal("init", "--start-url", startURL, "--sso-region", "us-east-1")
	tm.types(shiftTab + "\r")
	tm.said.await(t, `(?s)> my-sso.*Enter: next\. Shift-Tab: back\. Esc: stop\.`)
	tm.types(shiftTab)
	tm.said.await(t, `(?s)> my-sso.*> https://`)
	tm.types("\r\x15acme\r")
	tm.said.await(t, `Names of profiles`)
	tm.types(shiftTab + "s\r")
	tm.said.await(t, `Accounts to leave out`)
	tm.types("dev*" + shiftTab)
	tm.said.await(t, `(?s)Accounts to leave out.*Names of profiles.*> short`)
	tm.types("\rlog*\r" + shiftTab)
	tm.said.await(t, `(?s)Roles to leave out.*Accounts to leave out.*> log\*`)
	tm.types("\r*Admin*\r\reu-central-1\r\r")
	tm.said.await(t, `Write this\?`)
	tm.types(shiftTab)
	tm.said.await(t, `(?s)Write this\?.*File for the profiles.*> ~/`)
	tm.types("\ry\r")
	tm.exits(0)
	h.made()
}

// A region that does not know the start URL is said at once, and asked for again.
func TestInitWrongRegion(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.emulate("--auto-approve", "--accounts", "1", "--roles", "1", "--fault", "RegisterClient=InvalidClientMetadataException,times=1")
	startURL := h.variable("AWS_SSO_CONFIG_GENERATOR_START_URL")
	h.withoutAnswers()
	tm := h.startOnTerminal("init", "--start-url", startURL)
	tm.types("\r")
	tm.said.await(t, `SSO region, where the access portal lives`)
	tm.types("us-west-2\r")
	tm.said.await(t, `error: us-west-2 does not know this start URL`)
	tm.types("\x15us-east-1\r")
	tm.said.await(t, `Name of the session`)
	tm.types(esc)
	tm.exits(130)
}

// Line by line, on a terminal.
func TestInitPlain(t *testing.T) {
	t.Parallel()
	h, startURL := newcomer(t)
	for _, variable := range []string{"TERM=xterm-256color", "TERM=dumb"} {
		h.export(variable)
		args := []string{"init", "--sso-region", "us-east-1"}
		if variable != "TERM=dumb" { // of which nothing else can be expected
			args = append(args, "--plain")
		}
		tm := h.startOnTerminal(args...)
		tm.said.await(t, `Start URL of your access portal\S*: `)
		tm.types("my company\n")
		tm.said.await(t, `(?s)error:.*hint:.*Start URL of your access portal\S*: `)
		tm.types(startURL + "\n")
		tm.said.await(t, `Name of the session \[my-sso\]\S*: `)
		tm.types("acme\n")
		tm.said.await(t, `Names of profiles, 1 to 4 \[1\]\S*: `)
		tm.types("9\nshort\nlog*\n*Admin*\n\neu-central-1\n\n")
		tm.said.await(t, `Write this\? \[y/N\]\S*: `)
		h.madeNothing()
		tm.types("yes\n")
		tm.exits(0)
		h.made()
		if variable == "TERM=dumb" && strings.Contains(tm.said.String(), esc) {
			t.Errorf("%q", tm.said)
		}
		if strings.Contains(tm.said.String(), "\x1b[J") {
			t.Errorf("forms: %q", tm.said)
		}
		for _, dir := range []string{".config", ".aws", ".local", ".cache"} {
			_ = os.RemoveAll(filepath.Join(h.dir, dir))
		}
	}
}

// Whoever has had enough presses Ctrl-C or Esc, wherever they are. Nothing is written,
// and the terminal is as it was.
func TestInitStopped(t *testing.T) {
	t.Parallel()
	h, startURL := newcomer(t)
	steps := []struct{ asked, answer string }{
		{`Start URL of your access portal`, "\r"},
		{`> my-sso`, "\r"},
		{`Names of profiles`, "\r"},
		{`Accounts to leave out`, "log*\r"},
		{`Roles to leave out`, "\r"},
		{`Is that right\?`, "\r"},
		{`Region of your own resources`, "\r"},
		{`File for the profiles`, "\r"},
		{`Write this\?`, "y\r"},
	}
	for _, key := range []string{ctrlC, esc, "SIGTERM"} {
		for n := range steps {
			sh := h.terminal("sh", "-c", `trap : INT TERM; echo Ready?; read yes; "$@"; echo "=> $?"; exec sleep 100`, "sh",
				binary, "init", "--start-url", startURL, "--sso-region", "us-east-1")
			sh.said.await(t, `Ready\?\r\n`)
			before := sh.modes()
			sh.types("\n")
			for _, step := range steps[:n] {
				sh.said.await(t, step.asked)
				sh.types(step.answer)
			}
			sh.said.await(t, `(?s)`+steps[n].asked+`.*Esc: stop`)
			if key == "SIGTERM" {
				_ = syscall.Kill(-sh.cmd.Process.Pid, syscall.SIGTERM)
			} else {
				sh.types(key)
			}
			sh.said.await(t, `Interrupted\.\r\n=> 130\r\n`)
			if after := sh.modes(); after != before {
				t.Errorf("after %q at %s:\n%+v\n%+v before", key, steps[n].asked, after, before)
			}
			h.madeNothing()
			sh.types(ctrlC)
		}
	}
}

// Ctrl-Z stops it with the terminal as it was, and afterwards the form is there again.
func TestInitAndJobControl(t *testing.T) {
	t.Parallel()
	bash := tool(t, "bash")
	h, startURL := newcomer(t)
	h.export("PS1=$ ", "HISTFILE=")
	sh := h.terminal(bash, "--norc", "--noprofile", "--noediting", "-i")
	sh.said.await(t, `\$ $`)
	before := sh.modes()
	sh.types(binary + " init --start-url " + startURL + "\n")
	sh.said.await(t, `(?s)> https://.*Esc: stop`)
	sh.types("\x1a")
	sh.said.await(t, `Stopped.*\r\n\$ $`)
	if stopped := sh.modes(); stopped != before {
		t.Errorf("stopped:\n%+v\n%+v before", stopped, before)
	}
	sh.types("fg\n")
	sh.said.await(t, `(?s)Stopped.*\$ fg\r\n.*> https://.*Esc: stop`)
	sh.types(esc)
	sh.said.await(t, `Interrupted\.\r\n\$ $`)
	if after := sh.modes(); after != before {
		t.Errorf("afterwards:\n%+v\n%+v before", after, before)
	}
	h.madeNothing()
}

// Nothing is asked of the terminal, no mode of it is set, and NO_COLOR is obeyed.
func TestInitAsksTheTerminalNothing(t *testing.T) {
	t.Parallel()
	h, startURL := newcomer(t)
	for _, variable := range []string{"NO_COLOR=", "NO_COLOR=1"} {
		h.export(variable)
		tm := h.startOnTerminal("init", "--start-url", startURL, "--sso-region", "us-east-1")
		tm.types("\r\r")
		tm.said.await(t, `(?s)Names of profiles.*Esc: stop`)
		tm.types("\r\r\r\r\r")
		tm.said.await(t, `(?s)Write this\?.*Esc: stop`)
		tm.types("\r")
		tm.exits(0)
		tm.says(`Write this\? No\r\nNothing was written\.`)
		h.madeNothing()
		screen := tm.said.String()
		known := `\x1b\[\d*[ACJK]`
		if variable == "NO_COLOR=" {
			known += `|\x1b\[[\d;]*m`
		}
		if rest := regexp.MustCompile(known).ReplaceAllString(screen, ""); strings.Contains(rest, esc) {
			t.Errorf("%s: %q", variable, rest)
		}
	}
}

// Where answers come from a pipe that says no more, Ctrl-C ends it, too.
func TestInitInterruptedPipe(t *testing.T) {
	t.Parallel()
	h, startURL := newcomer(t)
	p := h.process(binary, "init", "--sso-region", "us-east-1")
	p.cmd.Stdout, p.cmd.Stderr = p.printed, p.said
	answers, err := p.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.watch(func() { _ = p.cmd.Wait() })
	if _, err := io.WriteString(answers, startURL+"\nacme\n\nlog*"); err != nil {
		t.Fatal(err)
	}
	p.said.await(t, `Accounts to leave out: $`)
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	p.exits(130)
	h.madeNothing()
}

// A team's settings, on a terminal.
func TestInitFrom(t *testing.T) {
	t.Parallel()
	h, startURL := newcomer(t)
	seed := filepath.Join(h.dir, "seed.yaml")
	text := "sessions:\n  - name: acme\n    start_url: " + startURL + "\n    sso_region: us-east-1\n"
	if err := os.WriteFile(seed, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	tm := h.startOnTerminal("init", "--from", seed)
	tm.said.await(t, `(?s)  - name: acme\r\n.*Use these settings\?.*> No.*Esc: stop`)
	tm.types("y\r")
	tm.said.await(t, `(?s)profile Network-AdministratorAccess.*Write this\?.*> No.*Esc: stop`)
	tm.types(up + "\r")
	tm.exits(0)
	tm.says(`Use these settings\? Yes\r\n`, `Profiles in .*: 36 new`)
}
