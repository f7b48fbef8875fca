package cli

import (
	"context"
	"errors"
	"os"
	"time"

	"aws-sso-config-generator/internal/atomicfile"
	"aws-sso-config-generator/internal/awsconfig"
)

// A past is what a config file was, as far as it is kept.
type past struct {
	history *awsconfig.History // nil: there is no place for one
	wrong   error              // why there is none, or no base
	warn    func(format string, args ...any)
}

func (a *app) past(path string) *past {
	directory, err := a.directory(statePlace)
	if err != nil {
		return &past{wrong: err, warn: a.Warn}
	}
	return &past{history: awsconfig.NewHistory(directory, path), warn: a.Warn}
}

// base is what a session wrote last, nil where that is not known.
func (p *past) base(session string, now awsconfig.Contents) (base []awsconfig.Section) {
	if p != nil && p.history != nil {
		base, p.wrong = p.history.Base(session, now)
	}
	return base
}

// around replaces the file between two notes in its history. Where nothing can be
// kept, the profiles are worth more than the way back, and they are written all
// the same. Where something is kept that cannot be brought up to date, they are
// not: it would be wrong about the file from then on, and so would every later
// merge be about what is whose.
func (p *past) around(record func(*awsconfig.History) error, replace func() error) error {
	without, err := "without a backup", p.wrong
	if p.history != nil {
		if failed := record(p.history); failed != nil {
			err = failed
		} else {
			without = "without what was kept there"
		}
	}
	switch {
	case errors.Is(err, awsconfig.ErrBehind):
		return err
	case err != nil:
		p.warn("%s; the config file is written %s", err, without)
	}
	if err := replace(); err != nil || p.history == nil {
		return err
	}
	if err := p.history.Written(); err != nil { // the next run finds out by itself
		p.warn("%s", err)
	}
	return nil
}

// lock keeps other runs from the file until the function that it returns is
// called. Where it takes time, the person is told why.
func (a *app) lock(ctx context.Context, t *target) (unlock func(), err error) {
	tell := time.AfterFunc(longWait, func() { a.Say("Waiting for another run that writes %s.", t.path) })
	defer tell.Stop()
	release, err := atomicfile.Lock(ctx, t.path)
	if err != nil {
		return nil, &fileError{"write the config file", err}
	}
	return func() { _ = release() }, nil // the end of the process releases it, too
}

// holding is the contents of a file that was loaded from the target.
func (t *target) holding(file *awsconfig.File) awsconfig.Contents {
	return awsconfig.Contents{Bytes: file.Bytes(), Exists: file.Exists()}
}

// put makes the file, which was loaded, what it was in a version.
func (t *target) put(file *awsconfig.File, then awsconfig.Contents, version awsconfig.Version) error {
	if err := file.Become(t.path, then); err != nil || !then.Exists || file.Exists() {
		return err // the mode is one that the person chose, perhaps since
	}
	return os.Chmod(t.path, version.Mode)
}
