package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"aws-sso-config-generator/internal/atomicfile"
	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/identitycenter"
	"aws-sso-config-generator/internal/profile"
	"aws-sso-config-generator/internal/terminal"
)

// A target is where the profiles go.
type target struct {
	path  string // "": standard output
	out   io.Writer
	known string // the config file that may say where to sign in, if path does not
	past  *past  // of the file at path; nil for standard output

	shown  *awsconfig.File    // what the sessions until now would make of it, where nothing is written
	before awsconfig.Contents // what it is
}

// name is the path, - for standard output.
func (t *target) name() string { return cmp.Or(t.path, "-") }

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

// findTarget finds it: --out, else the config file.
func (a *app) findTarget(out string) (*target, error) {
	path, err := a.configFile()
	switch {
	case out == "-":
		return &target{out: a.Stdout, known: path}, nil
	case out != "":
		return &target{path: out, known: path, past: a.past(out)}, nil
	}
	return &target{path: path, known: path, past: a.past(path)}, err
}

// sharedTarget finds it for one of several sessions: they may have the same.
func (a *app) sharedTarget(out string, runs []*run) (*target, error) {
	t, err := a.findTarget(out)
	for _, r := range runs {
		if sameFile(r.target.path, t.path) {
			return r.target, err
		}
	}
	return t, err
}

// sameFile says that two paths lead to one file, also before it is there.
func sameFile(a, b string) bool {
	return a == b || a != "" && b != "" && resolved(a) == resolved(b)
}

// resolved is the path of the file itself. One that cannot be told is said when it is
// read.
func resolved(path string) string {
	if found, err := atomicfile.Resolved(path); err == nil {
		return found
	}
	return path
}

// configFile is the file that the AWS CLI and the SDKs read: the one that their
// variable names, else their default.
func (a *app) configFile() (string, error) {
	path := a.Getenv("AWS_CONFIG_FILE")
	if path != "" && !strings.HasPrefix(path, "~/") {
		return path, nil
	}
	home, err := a.home()
	if err != nil {
		return "", err
	}
	if rest, ok := strings.CutPrefix(path, "~/"); ok { // as the AWS CLI and the JavaScript SDK do
		return filepath.Join(home, rest), nil
	}
	return filepath.Join(home, ".aws", "config"), nil
}

// findSession puts together the sso-session: from flags, else from the config file,
// else from what the person answers.
func (a *app) findSession(ctx context.Context, o signInOptions, t *target, file *awsconfig.File) (profile.Session, error) {
	s := profile.Session{Name: o.sessionName, StartURL: o.startURL, Region: o.ssoRegion}
	known, wrong := t.session(file, s.Name)
	if wrong != nil && (s.StartURL == "" || s.Region == "") {
		a.Warn("%s", wrong)
	}
	var err error
	if s.StartURL == "" && known.StartURL == "" {
		if s.StartURL, err = a.askFor(ctx, "start-url", terminal.Question{
			Text: "Start URL of your access portal (https://….awsapps.com/start)", Check: identitycenter.CheckStartURL,
		}); err != nil {
			return s, err
		}
	}
	if s.StartURL != "" && !identitycenter.SameStartURL(s.StartURL, known.StartURL) {
		known = inFile(file, s.StartURL, o.legacy(t, file))
	}
	s.StartURL = known.StartURL // the very text that is there: the AWS tools go by it
	s.Region = cmp.Or(s.Region, known.Region)
	if s.Region == "" {
		s.Region, err = a.findRegion(ctx, o, s.StartURL)
	}
	if missing, ok := errors.AsType[*missingError](err); ok {
		if _, known := session(a.settings, s.Name); known {
			missing.session = s.Name
		}
	}
	return s, err
}

// inFile is what a file that has another session for a start URL says about it: the
// region and, for the legacy layout, the very text. What is new gets the plain form.
func inFile(file *awsconfig.File, startURL string, legacy bool) profile.Session {
	found := profile.Session{StartURL: identitycenter.CanonicalStartURL(startURL)}
	for _, s := range sessions(file) {
		if identitycenter.SameStartURL(s.StartURL, startURL) && checkPortal(s.StartURL, s.Region) == nil {
			found.Region = s.Region
			if legacy && s.Name == "" {
				found.StartURL = s.StartURL
				break
			}
		}
	}
	return found
}

// agrees returns an error if the file says that a session is for another portal.
func (t *target) agrees(file *awsconfig.File, s profile.Session) error {
	known, _ := t.session(file, s.Name)
	if known.StartURL == "" || identitycenter.SameStartURL(known.StartURL, s.StartURL) && (known.Region == "" || known.Region == s.Region) {
		return nil
	}
	return fmt.Errorf("%w: session %s has start URL %q and region %q in %s, not %q and %q", awsconfig.ErrSessionConflict, s.Name,
		known.StartURL, known.Region, t.path, s.StartURL, s.Region)
}

// findRegion finds the SSO region, or asks for it.
func (a *app) findRegion(ctx context.Context, o signInOptions, startURL string) (string, error) {
	service, err := a.service("", o.debug)
	if err != nil {
		return "", err
	}
	found, err := identitycenter.FindRegion(ctx, service, startURL)
	switch {
	case err == nil:
		a.inform("SSO region: %s, says %s.", found.Region, found.From)
		return found.Region, nil
	case ctx.Err() != nil, errors.Is(err, identitycenter.ErrStartURL):
		return "", err
	}
	a.Warn("find the SSO region: %s", err)
	return a.askFor(ctx, "sso-region", regionQuestion(ctx, service, startURL))
}

// A fileError is about the file that the profiles go to.
type fileError struct {
	doing string
	err   error
}

func (e *fileError) Error() string { return e.doing + ": " + e.err.Error() }
func (e *fileError) Unwrap() error { return e.err }

// errRead says what was being done.
var errRead = errors.New("read the config file")

func (t *target) load() (*awsconfig.File, error) {
	if t.shown != nil {
		return awsconfig.Parse(t.shown.Bytes()), nil
	}
	if t.path == "" {
		return awsconfig.Parse(nil), nil
	}
	file, err := awsconfig.Load(t.path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errRead, err)
	}
	return file, nil
}

// base is what a session wrote last into the file, nil where that is not known.
func (t *target) base(file *awsconfig.File, session string) []awsconfig.Section {
	now := t.holding(file)
	if t.shown != nil {
		now = t.before // what is only shown has no history
	}
	return t.past.base(session, now)
}

// session is where the target, or else the config file, says that a session's
// access portal is, as far as that can be used; the error says what cannot.
func (t *target) session(file *awsconfig.File, name string) (profile.Session, error) {
	s := profile.Session{Name: name}
	section, found := file.Session(name)
	if !found && t.known != t.path {
		// It is not asked to be good: the profiles go elsewhere.
		if other, err := awsconfig.Load(t.known); err == nil {
			section, _ = other.Session(name)
		}
	}
	s.StartURL, s.Region = section.Value("sso_start_url"), section.Value("sso_region")
	if err := checkPortal(s.StartURL, ""); err != nil {
		return profile.Session{Name: name}, fmt.Errorf("%s, session %s: %w", t.name(), name, err)
	}
	if err := checkPortal("", s.Region); err != nil {
		return profile.Session{Name: name, StartURL: s.StartURL}, fmt.Errorf("%s, session %s: %w", t.name(), name, err)
	}
	return s, nil
}

// legacy says that all the file has of a session is profiles of the legacy layout.
func (t *target) legacy(file *awsconfig.File, name string) bool {
	section, found := file.Session(name)
	return found && section.Kind == awsconfig.Profile
}

// rehearse reports what would keep the profiles from being written, while that
// costs nobody a sign-in. It leaves a file that is good for nothing else.
func (t *target) rehearse(file *awsconfig.File, session profile.Session, layout profile.Layout, writes bool) error {
	rehearsal := []profile.Profile{{Name: "rehearsal", AccountID: "000000000000", RoleName: "rehearsal"}}
	if _, err := file.Merge(session.Name, profile.Sections(rehearsal, session, layout), awsconfig.Options{}); err != nil {
		return t.unchanged(err)
	}
	if t.path == "" || !writes {
		return nil
	}
	if err := atomicfile.Check(t.path); err != nil {
		return &fileError{"write the config file", err}
	}
	return nil
}

// unchanged says that a file stays as it was, and why.
func (t *target) unchanged(err error) error {
	return &fileError{"change the config file " + t.path, err}
}

// What a merge makes of a file: written, or only shown.
type written struct {
	awsconfig.Result
	before   awsconfig.Contents
	file     *awsconfig.File
	sections []awsconfig.Section // the base of the next merge
	faults   []awsconfig.Fault   // of the result
}

// merge merges the sections into the file. A merge that would make the file worse
// for one of its readers is refused.
func (t *target) merge(file *awsconfig.File, session string, sections []awsconfig.Section, o awsconfig.Options) (w written, err error) {
	w = written{before: t.holding(file), file: file}
	if w.Result, err = file.Merge(session, sections, o); err != nil {
		return w, t.unchanged(err)
	}
	if w.faults = awsconfig.Lint(file.Bytes()); len(w.faults) > 0 {
		if added := awsconfig.NewFaults(w.before.Bytes, file.Bytes()); len(added) > 0 {
			return w, t.unchanged(fmt.Errorf("%w: %s", errWorse, added[0]))
		}
	}
	if w.sections, err = file.Base(session, sections, o.Base, w.Result); err != nil {
		return w, t.unchanged(err)
	}
	return w, nil
}

// errWorse says that a reader would not take the file any more as it did.
var errWorse = errors.New("the result would break a reader")

// save replaces the file by what the merge made of it.
func (t *target) save(w written, session string) error {
	err := t.past.around(
		func(h *awsconfig.History) error { return h.Record(w.before, session, w.sections, w.file.Bytes()) },
		func() error { return w.file.Save(t.path) },
	)
	if err != nil {
		return &fileError{"write the config file", err}
	}
	return nil
}

// forget takes back what was shown.
func (t *target) forget() { t.shown, t.before = nil, awsconfig.Contents{} }

// show puts in the place of the file what a merge made of it, and writes nothing.
func (t *target) show(w written) {
	if t.shown == nil {
		t.before = w.before
	}
	t.shown = w.file
}
