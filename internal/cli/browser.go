package cli

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"aws-sso-config-generator/internal/identitycenter"
	"aws-sso-config-generator/internal/signin"
)

// show tells the person where to sign in and opens the browser there, and takes
// what they paste until end is called. The address is printed in any case: the
// browser may be on another machine.
func (a *app) show(ctx context.Context, p signin.Prompt, noBrowser bool) (end func()) {
	if a.approve != nil {
		a.Say("Nobody is asked here: the demo follows this address itself and allows the access.")
		a.Say("")
		a.Say("  %s", p.URL)
		a.Say("")
		a.approve(p.URL)
		return func() {}
	}
	opened := errNoBrowser
	if !noBrowser {
		opened = a.openBrowser(p.URL)
	}
	if opened == nil {
		a.Say("Your browser opens to sign you in. If it does not, open this address:")
	} else {
		if !errors.Is(opened, errNoBrowser) {
			a.Warn("open the browser: %s", opened)
		}
		a.Say("Open this address in a browser to sign in:")
	}
	a.Say("")
	a.Say("  %s", p.URL)
	if p.UserCode != "" {
		a.Say("")
		a.Say("The page must show this code:  %s", p.UserCode)
		a.Say("(If it asks for it, you are at %s.)", p.VerificationURI)
	}
	if tunnel := sshTunnel(a.Getenv, p.CallbackPort); tunnel != "" {
		a.Say("")
		a.Say("You are here over SSH. For a browser on your own computer, first type there:")
		a.Say("")
		a.Say("  %s", tunnel)
		a.Say("")
		a.Say("(If you reach this machine by a name, that goes in place of the address.)")
	}
	a.Say("")
	a.Say("Waiting for you to sign in. Ctrl-C ends.")
	if p.Paste == nil {
		return func() {}
	}
	return a.Paste(ctx, "Or paste here the address that your browser ends on, and press Enter.", func(address string) bool {
		err := p.Paste(address)
		if err != nil {
			a.Warn("what you pasted is %s", err)
		}
		return err == nil
	})
}

var (
	errNoBrowser = errors.New("there is no browser to open")
	errUnsafeURL = errors.New("the address is neither https nor on this machine, or not made of plain characters")
)

// openBrowser starts the browser and does not wait for it. The address is one
// argument of a program, never part of a shell's command line; the program gets a
// session of its own and none of our streams.
func (a *app) openBrowser(address string) error {
	command := a.desktop().browser(address)
	if command == nil {
		return errNoBrowser
	}
	if !identitycenter.SafeToOpen(address) {
		return errUnsafeURL
	}
	cmd := exec.Command(command[0], command[1:]...) //nolint:noctx // the browser outlives us; no streams: its output is not ours
	detach(cmd)
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() { _ = cmd.Wait() }() // it outlives us or not; nobody asks how it ended
	return nil
}

// hasBrowser reports whether a browser can be expected to open.
func (a *app) hasBrowser() bool { return a.desktop().browser("") != nil }

// desktop is the one that we run on.
func (a *app) desktop() desktop {
	return desktop{
		system:   runtime.GOOS,
		getenv:   a.Getenv,
		lookPath: exec.LookPath,
		exists: func(path string) bool {
			info, err := os.Stat(path)
			return err == nil && !info.IsDir()
		},
	}
}

// A desktop is what decides which program opens an address.
type desktop struct {
	system   string // as GOOS
	getenv   func(string) string
	lookPath func(string) (string, error)
	exists   func(path string) bool // of a file
}

// browser is the program with its arguments that opens an address here, or nil.
// What $BROWSER names comes first. Over SSH, a program that opens a window on this
// machine's screen would open it for somebody else; an X server is where the
// person is.
func (d desktop) browser(address string) []string {
	if command := d.browserVariable(address); command != nil {
		return command
	}
	local := d.getenv("SSH_CONNECTION") == ""
	switch {
	case d.system == "darwin" && local:
		return []string{"open", address}
	case d.system == "windows" && local:
		return []string{"rundll32.exe", fileHandler, address}
	case d.system == "darwin", d.system == "windows":
		return nil
	}
	if local {
		if command := d.windowsBrowser(address); command != nil {
			return command
		}
	}
	if d.getenv("DISPLAY") != "" || d.getenv("WAYLAND_DISPLAY") != "" {
		if path, err := d.lookPath("xdg-open"); err == nil {
			return []string{path, address}
		}
	}
	return nil
}

// fileHandler is what rundll32 opens addresses with.
const fileHandler = "url.dll,FileProtocolHandler"

// windowsBrowser opens an address on the Windows side of WSL.
func (d desktop) windowsBrowser(address string) []string {
	if path, err := d.lookPath("wslview"); err == nil {
		return []string{path, address}
	}
	const usual = "/mnt/c/Windows/System32/rundll32.exe"
	path, err := d.lookPath("rundll32.exe")
	switch {
	case err == nil:
	case d.exists(usual): // $PATH need not have the Windows programs
		path = usual
	default:
		return nil
	}
	return []string{path, fileHandler, address}
}

// browserVariable is what $BROWSER says: the path of a program, which may have
// spaces in it, or a program with arguments where %s stands for the address, or
// such programs with colons between them, of which the first counts that is here.
func (d desktop) browserVariable(address string) []string {
	value := strings.TrimSpace(d.getenv("BROWSER"))
	if value == "" {
		return nil
	}
	if d.exists(value) {
		return []string{value, address}
	}
	chosen := strings.Fields(value)
	if _, err := d.lookPath(chosen[0]); err != nil && d.system != "windows" { // C:\ is no list
		for one := range strings.SplitSeq(value, ":") {
			if words := strings.Fields(one); len(words) > 0 {
				if _, err := d.lookPath(words[0]); err == nil {
					chosen = words
					break
				}
			}
		}
	}
	if !strings.Contains(strings.Join(chosen, " "), "%s") {
		return append(chosen, address)
	}
	for i := range chosen {
		chosen[i] = strings.ReplaceAll(chosen[i], "%s", address)
	}
	return chosen
}
