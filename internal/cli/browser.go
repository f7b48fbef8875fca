package cli

import (
	"errors"
	"net/url"
	"os/exec"
	"runtime"
	"strings"

	"aws-sso-config-generator/internal/identitycenter"
	"aws-sso-config-generator/internal/signin"
)

// show tells the person where to sign in and opens the browser there. The
// address is printed in any case: the browser may be on another machine.
func (a *app) show(p signin.Prompt, noBrowser bool) {
	if a.approve != nil {
		a.say("Nobody is asked here: the demo follows this address itself and allows the access.")
		a.say("")
		a.say("  %s", p.URL)
		a.say("")
		a.approve(p.URL)
		return
	}
	opened := errNoBrowser
	if !noBrowser {
		opened = a.openBrowser(p.URL)
	}
	if opened == nil {
		a.say("Your browser opens to sign you in. If it does not, open this address:")
	} else {
		if !errors.Is(opened, errNoBrowser) {
			a.warn("open the browser: %s", opened)
		}
		a.say("Open this address in a browser to sign in:")
	}
	a.say("")
	a.say("  %s", p.URL)
	if p.UserCode != "" {
		a.say("")
		a.say("The page must show this code:  %s", p.UserCode)
		a.say("(If it asks for it, you are at %s.)", p.VerificationURI)
	}
	a.say("")
	a.say("Waiting for you to sign in. Ctrl-C ends.")
}

var (
	errNoBrowser = errors.New("there is no browser to open")
	errUnsafeURL = errors.New("the address is neither https nor on this machine")
)

// openBrowser starts the browser and does not wait for it. The address is one
// argument of a program, never part of a shell's command line.
func (a *app) openBrowser(address string) error {
	if u, err := url.Parse(address); err != nil || !identitycenter.SafeURL(u) {
		return errUnsafeURL
	}
	command := a.browserCommand(address)
	if command == nil {
		return errNoBrowser
	}
	cmd := exec.Command(command[0], command[1:]...) //nolint:noctx // the browser outlives us; no streams: its output is not ours
	detach(cmd)
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() { _ = cmd.Wait() }() // it outlives us or not; nobody asks how it ended
	return nil
}

// browserCommand is the program that opens an address on this system, or nil.
// $BROWSER comes first; %s in it stands for the address.
func (a *app) browserCommand(address string) []string {
	if words := strings.Fields(a.Getenv("BROWSER")); len(words) > 0 {
		if !strings.Contains(strings.Join(words, " "), "%s") {
			return append(words, address)
		}
		for i := range words {
			words[i] = strings.ReplaceAll(words[i], "%s", address)
		}
		return words
	}
	switch runtime.GOOS {
	case "darwin":
		return []string{"open", address}
	case "windows":
		return []string{"rundll32.exe", "url.dll,FileProtocolHandler", address}
	}
	openers := []string{"wslview", "rundll32.exe"}
	if a.Getenv("DISPLAY") != "" || a.Getenv("WAYLAND_DISPLAY") != "" {
		openers = append(openers, "xdg-open")
	}
	for _, opener := range openers {
		path, err := exec.LookPath(opener)
		switch {
		case err != nil:
		case opener == "rundll32.exe": // WSL: the Windows side opens it
			return []string{path, "url.dll,FileProtocolHandler", address}
		default:
			return []string{path, address}
		}
	}
	return nil
}

// hasBrowser reports whether a browser can be expected to open.
func (a *app) hasBrowser() bool {
	return a.browserCommand("") != nil && a.Getenv("SSH_CONNECTION") == ""
}
