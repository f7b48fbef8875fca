package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"aws-sso-config-generator/internal/atomicfile"
	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/identitycenter"
	"aws-sso-config-generator/internal/profile"
)

// outputFormats are those of the AWS CLI.
var outputFormats = []string{"json", "text", "table", "yaml", "yaml-stream", "off"}

func layoutNames() []string {
	var names []string
	for _, layout := range profile.Layouts() {
		names = append(names, string(layout))
	}
	return names
}

// sessionName is what every reader takes as the name of an sso-session.
var sessionName = regexp.MustCompile(`^[A-Za-z0-9_.][A-Za-z0-9_.-]*$`)

// check finds what is wrong with the values of flags.
func (o generateOptions) check() error {
	switch {
	case !sessionName.MatchString(o.sessionName) || o.sessionName == "__proto__":
		return usagef("--sso-session-name %q: a name is made of letters, digits, dot, dash and underscore", o.sessionName)
	case !slices.Contains(layoutNames(), o.layout):
		return usagef("--layout %q: there are %s", o.layout, strings.Join(layoutNames(), " and "))
	case o.output != "" && !slices.Contains(outputFormats, o.output):
		return usagef("--output %q: there are %s", o.output, strings.Join(outputFormats, ", "))
	case o.timeout <= 0:
		return usagef("--timeout %v: must be more than nothing", o.timeout)
	case o.discoveryTimeout <= 0:
		return usagef("--discovery-timeout %v: must be more than nothing", o.discoveryTimeout)
	}
	if o.region != "" {
		if err := identitycenter.CheckRegion(o.region); err != nil {
			return usagef("--region: %w", err)
		}
	}
	return checkPortal(o.startURL, o.ssoRegion)
}

// checkPortal checks what is given of the access portal's whereabouts.
func checkPortal(startURL, ssoRegion string) error {
	if startURL != "" {
		if err := identitycenter.CheckStartURL(startURL); err != nil {
			return usage(err)
		}
	}
	if ssoRegion != "" {
		if err := identitycenter.CheckRegion(ssoRegion); err != nil {
			return usagef("SSO %w", err)
		}
	}
	return nil
}

// What the person chose as names, in the words of the messages about it.
var (
	errProfileName = errors.New("--profile-name")
	errRenames     = errors.New("names for accounts and roles")
)

// rules reads how profiles are to be named.
func (a *app) rules(o generateOptions) (profile.Rules, error) {
	rules := profile.Rules{Session: o.sessionName, Region: o.region}
	if o.profileName != "" {
		parsed, err := profile.ParseNameTemplate(o.profileName)
		if err != nil {
			return rules, usagef("%w: %w", errProfileName, err)
		}
		rules.NameTemplate = parsed
	}
	path, optional := o.template, false
	if path == "" {
		home, err := a.home()
		if err != nil {
			return rules, nil // nothing to look for
		}
		path, optional = filepath.Join(home, ".aws", "config.template.json"), true
	}
	data, err := os.ReadFile(path)
	if optional && errors.Is(err, fs.ErrNotExist) {
		return rules, nil
	}
	if err == nil {
		rules.Renames, err = profile.ParseRenames(data)
	}
	if err != nil {
		return rules, fmt.Errorf("%w: %s: %w", errRenames, path, err)
	}
	return rules, nil
}

// errNoHome says that the default place of the config file is not known.
var errNoHome = errors.New("the home directory is not known: HOME is not set")

func (a *app) home() (string, error) {
	home := a.Getenv("HOME")
	if home == "" {
		home = a.Getenv("USERPROFILE") // Windows
	}
	if home == "" {
		return "", errNoHome
	}
	return home, nil
}

// session puts together the sso-session: from flags, else from the config file,
// else from what the person answers.
func (a *app) session(ctx context.Context, o generateOptions, t target) (profile.Session, error) {
	s := profile.Session{Name: o.sessionName, StartURL: o.startURL, Region: o.ssoRegion}
	known, err := t.session(s.Name)
	if err != nil {
		return s, err
	}
	s.StartURL = cmp.Or(s.StartURL, known.StartURL)
	if s.Region == "" && s.StartURL == known.StartURL { // another portal may live elsewhere
		s.Region = known.Region
	}
	if s.StartURL == "" {
		s.StartURL, err = a.ask(ctx, question{
			flag: "start-url", text: "Start URL of your access portal (https://….awsapps.com/start)", check: identitycenter.CheckStartURL,
		})
	}
	if s.Region == "" && err == nil {
		s.Region, err = a.ask(ctx, question{
			flag: "sso-region", text: "SSO region, where the access portal lives (such as us-east-1)", check: identitycenter.CheckRegion,
		})
	}
	return s, err
}

// A question is for what a flag did not say.
type question struct {
	flag, text string
	check      func(string) error
}

// missingError says that a value is missing and that nobody is there to ask.
type missingError struct{ flag string }

func (e *missingError) Error() string { return "--" + e.flag + " is missing" }

// errNoAnswer says that the input ended where an answer was expected.
var errNoAnswer = errors.New("no answer: the input has ended")

// ask asks the person on a terminal, until the answer is one; elsewhere a
// missing value is a usage error.
func (a *app) ask(ctx context.Context, q question) (string, error) {
	_, asks := terminal(a.Stderr)
	if _, answers := terminal(a.Stdin); !asks || !answers {
		return "", usage(&missingError{q.flag})
	}
	for {
		_, _ = fmt.Fprintf(a.Stderr, "%s: ", a.screen.colour(cyan, q.text))
		answer, err := a.readLine(ctx)
		if err != nil {
			return "", usagef("--%s: %w", q.flag, err)
		}
		if err = q.check(answer); err == nil {
			return answer, nil
		}
		a.report(err)
	}
}

// readLine reads one line from the person. A read from a terminal cannot be
// called off, so its goroutine outlives an interrupted run, which ends the
// process anyway.
func (a *app) readLine(ctx context.Context) (string, error) {
	type read struct {
		line string
		err  error
	}
	lines := make(chan read, 1)
	go func() {
		line, err := a.lines.ReadString('\n')
		lines <- read{line, err}
	}()
	select {
	case r := <-lines:
		if errors.Is(r.err, io.EOF) {
			_, _ = fmt.Fprintln(a.Stderr)
			return "", errNoAnswer
		}
		return strings.TrimSpace(r.line), r.err
	case <-ctx.Done():
		_, _ = fmt.Fprintln(a.Stderr)
		return "", context.Cause(ctx)
	}
}

// A target is where the profiles go.
type target struct {
	path string // "": standard output
	out  io.Writer
}

// target finds it: --out, else the variable of the AWS CLI and the SDKs, else
// their default.
func (a *app) target(out string) (target, error) {
	switch {
	case out == "-":
		return target{out: a.Stdout}, nil
	case out != "":
		return target{path: out}, nil
	}
	path := a.Getenv("AWS_CONFIG_FILE")
	if path != "" && !strings.HasPrefix(path, "~/") {
		return target{path: path}, nil
	}
	home, err := a.home()
	if err != nil {
		return target{}, err
	}
	if rest, ok := strings.CutPrefix(path, "~/"); ok { // as the AWS CLI and the JavaScript SDK do
		return target{path: filepath.Join(home, rest)}, nil
	}
	return target{path: filepath.Join(home, ".aws", "config")}, nil
}

func (t target) load() (*awsconfig.File, error) {
	if t.path == "" {
		return awsconfig.Parse(nil), nil
	}
	return awsconfig.Load(t.path)
}

// session is the sso-session of that name as the file has it, or an empty one
// where it has none that can be used.
func (t target) session(name string) (profile.Session, error) {
	s := profile.Session{Name: name}
	file, err := t.load()
	if err != nil {
		return s, err
	}
	section, _ := file.Lookup(awsconfig.SSOSession, name)
	for _, key := range section.Keys {
		switch key.Name {
		case "sso_start_url":
			s.StartURL = key.Value
		case "sso_region":
			s.Region = key.Value
		}
	}
	if checkPortal(s.StartURL, s.Region) != nil {
		return profile.Session{Name: name}, nil
	}
	return s, nil
}

// rehearse reports what would keep the profiles from being written, while that
// costs nobody a sign-in.
func (t target) rehearse(session profile.Session, layout profile.Layout) error {
	rehearsal := []profile.Profile{{Name: "rehearsal", AccountID: "000000000000", RoleName: "rehearsal"}}
	file, err := t.load()
	if err != nil {
		return err
	}
	if _, err := file.Merge(session.Name, profile.Sections(rehearsal, session, layout, profile.Extras{})); err != nil {
		return fmt.Errorf("config file %s: %w", t.path, err)
	}
	if t.path == "" {
		return nil
	}
	return atomicfile.Check(t.path)
}

// write merges the sections into what the file holds now, which may have changed
// during the sign-in.
func (t target) write(session string, sections []awsconfig.Section) (awsconfig.Result, error) {
	file, err := t.load()
	if err != nil {
		return awsconfig.Result{}, err
	}
	result, err := file.Merge(session, sections)
	if err != nil {
		return awsconfig.Result{}, fmt.Errorf("config file %s: %w", t.path, err)
	}
	if t.path != "" {
		return result, file.Save(t.path)
	}
	_, err = t.out.Write(file.Bytes())
	return result, err
}
