package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"aws-sso-config-generator/internal/atomicfile"
	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/settings"
	"aws-sso-config-generator/internal/terminal"
)

// errNoSettings says that there is nothing to give away.
var errNoSettings = errors.New("there are no settings to print")

// printSeed prints the settings, as a file that others can take.
func (a *app) printSeed(o *initOptions) error {
	path, err := a.settingsFile(&o.signInOptions)
	if err != nil {
		return err
	}
	sessions, err := a.sessions(&o.signInOptions)
	if err != nil {
		return err
	}
	if len(a.settings.Sessions) == 0 {
		return fmt.Errorf("%w: there is no session in %s", errNoSettings, path)
	}
	if _, err := a.Stdout.Write(settings.Print(settings.Settings{Sessions: sessions})); err != nil {
		return fmt.Errorf("print the settings: %w", err)
	}
	return nil
}

// A seed is the settings that somebody made for all of a team: text from outside.
type seed struct {
	name string // of the file, or the URL without what may be secret in it
	text []byte
	settings.Settings
}

// takeSeed makes a seed the settings of the team, and does the main job with it.
func (a *app) takeSeed(ctx context.Context, o initOptions) error {
	s, err := a.readSeed(ctx, o)
	if err != nil {
		return err
	}
	path, err := a.settingsFile(&o.signInOptions)
	if err != nil {
		return err
	}
	team, err := readText(settings.TeamFile(path))
	if err != nil {
		return err
	}
	if team.version.Holds(s.text) {
		a.Say("%s says what %s says already.", s.name, team.path)
	} else if taken, err := a.takeOver(ctx, o, s, path, team); err != nil || !taken {
		return err
	}
	if err := a.beginOwn(ctx, path); err != nil {
		return err
	}
	return a.generateAsking(ctx, o)
}

// errLook says that a yes in advance is not enough.
var errLook = errors.New("--yes is for settings in which nothing deserves a look")

// takeOver shows a seed, and puts it in the place of the one before if it may.
func (a *app) takeOver(ctx context.Context, o initOptions, s seed, path string, team *settingsText) (taken bool, err error) {
	if _, err := settings.LoadWith(path, s.name, s.text); err != nil { // with the person's own
		return false, usagef("%w: %w", errSettings, err)
	}
	if team.text == nil {
		a.Say("The settings of %s:", s.name)
		a.sayText(s.text)
	} else {
		a.Say("What is different in %s:", s.name)
		a.sayText(awsconfig.Diff(team.path, team.text, s.text))
	}
	remarks := settings.Remarks(s.Settings)
	if len(remarks) > 0 {
		a.Warn("look at these before you use them:")
		for _, line := range remarks {
			a.Say("  %s", line)
		}
	}
	if o.yes && len(remarks) > 0 {
		return false, usagef("%w", errLook)
	}
	if !o.yes {
		if answer, err := a.ask(ctx, terminal.YesOrNo("Use these settings?", "no")); err != nil || answer != "yes" {
			a.saidNo(err)
			return false, err
		}
	}
	if err := team.save(ctx, s.text); err != nil {
		return false, err
	}
	a.Say("Written to %s.", team.path)
	return true, nil
}

// saidNo says what came of a no.
func (a *app) saidNo(err error) {
	if err == nil {
		a.Say("Nothing was written.")
	}
}

// sayText shows text from outside, line by line and harmless.
func (a *app) sayText(text []byte) {
	for line := range strings.Lines(string(text)) {
		a.Say("  %s", strings.TrimRight(line, "\r\n"))
	}
}

// ownSettings is the file of the person's own settings, of whom there is none.
const ownSettings = settings.SchemaLine + `
# Your own settings. They go before those of your team in %s, which
# init --from replaces. A session of the same name needs only what is different:
#
# sessions:
#   - name: %s
#     defaults: {region: eu-central-1}
`

// beginOwn makes the file of the person's own settings, unless it is there.
func (a *app) beginOwn(ctx context.Context, path string) error {
	own, err := readText(path)
	if err != nil || own.version.Exists() {
		return err
	}
	team, err := settings.Load(path)
	if err != nil || len(team.Sessions) == 0 {
		return err
	}
	return own.save(ctx, fmt.Appendf(nil, ownSettings, filepath.Base(settings.TeamFile(path)), team.Sessions[0].Name))
}

// generateAsking is the main job, with a look at what it would write.
func (a *app) generateAsking(ctx context.Context, o initOptions) error {
	runs, err := a.prepare(o.generateOptions)
	if err != nil {
		return err
	}
	all := outcomes{app: a, of: len(runs)}
	each(ctx, runs, &all, (*run).rehearse)
	each(ctx, runs, &all, (*run).look)
	return a.propose(ctx, runs, &all, func(differs bool) (bool, error) {
		if o.yes || !differs {
			return true, nil
		}
		answer, err := a.ask(ctx, terminal.YesOrNo("Write this?", "no"))
		return answer == "yes", err
	})
}

// What a seed is read with.
const (
	maxSeed       = 256 << 10 // bytes
	seedTimeout   = 30 * time.Second
	seedRedirects = 3
)

// errSeed says that what --from names cannot be used.
var errSeed = errors.New("--from")

// readSeed reads and checks what --from names.
func (a *app) readSeed(ctx context.Context, o initOptions) (s seed, err error) {
	var from io.ReadCloser
	if strings.Contains(o.from, "://") {
		s.name, from, err = a.download(ctx, o)
	} else {
		s.name = o.from
		if info, wrong := os.Stat(o.from); wrong != nil {
			err = usage(wrong)
		} else if !info.Mode().IsRegular() { // a pipe is waited for until somebody writes
			err = usage(atomicfile.ErrNotRegular)
		} else if from, err = os.Open(o.from); err != nil {
			err = usage(err)
		}
	}
	if err == nil {
		s.text, err = io.ReadAll(io.LimitReader(from, maxSeed+1))
		_ = from.Close()
	}
	if err == nil && len(s.text) > maxSeed {
		err = fmt.Errorf("more than %d KB", maxSeed>>10)
	}
	if err != nil {
		return s, fmt.Errorf("%w %s: %w", errSeed, s.name, err)
	}
	if s.Settings, err = settings.Parse(s.name, s.text); err != nil {
		return s, usagef("%w: %w", errSettings, err)
	}
	if len(s.Sessions) == 0 {
		return s, usagef("%w %s: there is no session in it", errSeed, s.name)
	}
	for _, session := range s.Sessions { // what is written elsewhere, a shell may run
		if session.Out != "" && !strings.HasPrefix(session.Out, "~/.aws/") {
			return s, usagef("%w %s: session %s: out %s is not below ~/.aws", errSeed, s.name, session.Name, session.Out)
		}
	}
	return s, nil
}

var (
	errNotHTTPS = errors.New("not an https URL")
	errWebPage  = errors.New("a web page, and no settings")
)

// download asks for a seed. Nothing is sent but the address, and nobody is asked who
// cannot prove that the address is theirs.
func (a *app) download(ctx context.Context, o initOptions) (name string, body io.ReadCloser, err error) {
	address, err := url.Parse(o.from)
	if err != nil {
		return "URL", nil, usage(errNotHTTPS) // the text of the error has the URL
	}
	name = told(address)
	if err := checkSeedURL(address); err != nil {
		return name, nil, usage(err)
	}
	if _, err := a.service("", o.debug); err != nil { // for the way
		return name, nil, err
	}
	client := http.Client{Transport: a.transport, Timeout: seedTimeout, CheckRedirect: func(next *http.Request, via []*http.Request) error {
		if len(via) > seedRedirects {
			return fmt.Errorf("it redirects more than %d times", seedRedirects)
		}
		if err := checkSeedURL(next.URL); err != nil {
			return fmt.Errorf("it redirects to %s: %w", told(next.URL), err)
		}
		return nil
	}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return name, nil, usage(errNotHTTPS)
	}
	answer, err := client.Do(request)
	if err != nil {
		if failed, ok := errors.AsType[*url.Error](err); ok {
			err = failed.Err // which says no more than the name
		}
		return name, nil, err
	}
	mediaType, _, _ := strings.Cut(answer.Header.Get("Content-Type"), ";")
	switch {
	case answer.StatusCode != http.StatusOK:
		err = fmt.Errorf("HTTP %d %s", answer.StatusCode, http.StatusText(answer.StatusCode))
	case strings.EqualFold(strings.TrimSpace(mediaType), "text/html"):
		err = errWebPage
	default:
		return name, answer.Body, nil
	}
	_ = answer.Body.Close()
	return name, nil, err
}

// told is a URL without what may be secret in it.
func told(address *url.URL) string {
	shown := url.URL{Scheme: address.Scheme, Host: address.Host, Path: address.Path}
	return shown.String()
}

func checkSeedURL(address *url.URL) error {
	switch {
	case !strings.EqualFold(address.Scheme, "https") || address.Host == "":
		return errNotHTTPS
	case address.User != nil:
		return errors.New("there is a user name in it")
	}
	return nil
}
