package cli

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"aws-sso-config-generator/internal/emulator"
	"aws-sso-config-generator/internal/inventory"
)

// EmulatorConfig is what the flags of the emulator command mean: scripts start
// their emulator inside the test, so that they can count and look for secrets.
func EmulatorConfig(args []string) (emulator.Config, error) {
	var o emulatorOptions
	f := pflag.NewFlagSet("emulator", pflag.ContinueOnError)
	o.flags(f)
	if err := f.Parse(args); err != nil {
		return emulator.Config{}, err
	}
	return o.configuration()
}

var ProgressText = progressText

var SSHTunnel = sshTunnel

// Browser is the choice of a browser on any system.
func Browser(system string, getenv func(string) string, lookPath func(string) (string, error), exists func(string) bool, address string) []string {
	return desktop{system, getenv, lookPath, exists}.browser(address)
}

var (
	SessionNameOf = sessionNameOf
	SplitGlobs    = splitGlobs
	Telling       = telling
)

// Templates are those of the styles that init offers.
func Templates() (templates []string) {
	for _, style := range styles {
		templates = append(templates, style.template)
	}
	return templates
}

// Import is init --import --yes for a person who has these roles in every session
// but those to which nobody signs in. Said is what it says.
func Import(home string, found inventory.Inventory, signedIn func(session string) bool) (said string, err error) {
	a, out := quietApp(home)
	o := initOptions{generateOptions: generateOptions{discoveryTimeout: time.Second}, imports: true, yes: true}
	o.layout, o.timeout, o.sessionName = "sso-session", time.Second, defaultSession
	im := &importer{wizard: wizard{app: a, initOptions: o}}
	look := func(context.Context) error {
		for _, g := range im.imported() {
			g.run.memory = a.remember(g.run.session)
			if g.run.found = found; signedIn(g.Name) {
				g.see(found)
				continue
			}
			g.err = errors.New("nobody signs in")
			g.see(accountsOf(g.profiles))
		}
		return nil
	}
	for _, step := range []func(context.Context) error{im.begin, im.read, im.group, im.enter, look, im.decide, im.finish} {
		if err := step(context.Background()); err != nil || im.all.of == 0 && im.all.app != nil {
			return out.String(), err
		}
	}
	return out.String(), nil
}

// Generate is the main job, to be shown alone, for a person who has these roles in
// every session of the settings. Same says that it would change nothing.
func Generate(home string, found inventory.Inventory, signedIn func(session string) bool) (same bool, said string, err error) {
	a, out := quietApp(home)
	o := generateOptions{discoveryTimeout: time.Second, dryRun: true}
	o.layout, o.timeout, o.sessionName = "sso-session", time.Second, defaultSession
	runs, err := a.prepare(o)
	if err != nil {
		return false, "", err
	}
	for _, r := range runs {
		if !signedIn(r.sessionName) {
			continue
		}
		if err := r.rehearse(context.Background()); err != nil {
			return false, "", err
		}
		r.memory, r.found = a.remember(r.session), found
		if err := r.preview(context.Background()); err != nil {
			return false, "", err
		}
	}
	err = a.present(runs)
	return !differ(runs), out.String(), err
}

// quietApp is a run for a person with a home directory and nothing else.
func quietApp(home string) (*app, *bytes.Buffer) {
	out := new(bytes.Buffer)
	a := newApp(Environment{Stdin: strings.NewReader(""), Stdout: out, Stderr: out, Getenv: func(name string) string {
		return map[string]string{"HOME": home, "USERPROFILE": home}[name]
	}})
	a.flags = pflag.NewFlagSet("", pflag.ContinueOnError)
	return a, out
}
