package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"aws-sso-config-generator/internal/atomicfile"
	"aws-sso-config-generator/internal/identitycenter"
	"aws-sso-config-generator/internal/inventory"
	"aws-sso-config-generator/internal/profile"
)

// A memory is what earlier runs found, as far as it can be used.
type memory struct {
	store *inventory.Store          // nil: there is no place to keep anything
	last  func() inventory.Snapshot // the zero one if there is none; read when it is needed
	at    time.Time                 // when the run began
	used  bool                      // it is what this run found
	wrong error                     // the first thing that is
}

func (a *app) remember(session profile.Session) *memory {
	m := &memory{at: time.Now(), last: func() (none inventory.Snapshot) { return }}
	directory, err := a.directory(cachePlace)
	if err != nil {
		return m
	}
	m.store = inventory.NewStore(directory, session.Name, session.StartURL, session.Region)
	m.last = sync.OnceValue(func() inventory.Snapshot {
		last, err := m.store.Last()
		if err != nil {
			a.warnOnce(m, err)
		}
		return last
	})
	return m
}

// warnOnce tells the first thing that is wrong with a memory: others come of it.
func (a *app) warnOnce(m *memory, err error) {
	if m.wrong == nil {
		m.wrong = err
		a.Warn("%s; this run does without", err)
		if errors.Is(err, atomicfile.ErrPlace) {
			a.Hint("make it yours alone (chmod go-w), or delete it: it is made again")
		}
	}
}

// age is how old the last result is.
func (m *memory) age() time.Duration { return m.at.Sub(m.last().At) }

// serve is the last result if it will do: a complete one with roles, and not older.
func (m *memory) serve(age time.Duration) (found inventory.Inventory, ok bool) {
	if age == 0 || !m.last().Complete || m.age() < 0 || m.age() > age {
		return found, false
	}
	found = m.last().Inventory()
	return found, found.Roles() > 0
}

// keep makes what was found the last result, unless it was only shown: then the next
// run asks anew.
func (r *run) keep() {
	if r.memory.store == nil {
		return
	}
	keep := r.memory.store.Keep
	if r.shows() {
		keep = r.memory.store.Drop
	}
	if err := keep(); err != nil {
		r.warnOnce(r.memory, err)
	}
}

// find gets the inventory: from the last run if that will do, else from the
// service, which takes a sign-in.
func (r *run) find(ctx context.Context) (err error) {
	r.memory = r.remember(r.session)
	if found, ok := r.memory.serve(r.maxAge); ok && !r.fresh {
		r.memory.used = true
		r.found = found
		r.inform("Using what was found %s: %s and %s. (--fresh asks anew.)", ago(r.memory.age()), count(len(found.Accounts), "account"), count(found.Roles(), "role"))
	} else if r.found, err = r.discover(ctx); err != nil {
		return err
	}
	r.changes = r.memory.changes(r.found)
	return nil
}

// discover finds all accounts and roles and tells the person about it.
func (r *run) discover(ctx context.Context) (inventory.Inventory, error) {
	portal, err := r.login.portal(ctx)
	if err != nil {
		return inventory.Inventory{}, err
	}
	if r.Getenv("GOGC") == "" { // until here, it would cost more time than it saves memory
		debug.SetGCPercent(30) // with 50,000 roles: 20 MB less for half a second of work
	}
	start := time.Now()
	progress := r.newProgress(!r.debug && !r.app.quiet) // the log says enough
	keeps := r.memory.store != nil
	progress.begin()
	found, err := inventory.Discover(ctx, portal, inventory.Options{
		Timeout:  r.discoveryTimeout,
		Progress: progress.discovery,
		Store:    r.memory.store,
		Fresh:    r.fresh,
		Warn: func(err error) {
			keeps = false
			r.warnOnce(r.memory, err)
		},
		SignIn: func(ctx context.Context) (*identitycenter.Portal, error) {
			progress.end()
			defer progress.begin()
			return r.login.portal(ctx)
		},
	})
	progress.end()
	state := progress.state()
	if err != nil {
		if keeps && state.Done > 0 {
			err = &stoppedError{err, state}
		}
		return found, err
	}
	known := ""
	if state.Resumed > 0 {
		known = fmt.Sprintf(" (%s known from a run that was interrupted)", count(state.Resumed, "account"))
	}
	for i := range found.Failures {
		f := &found.Failures[i]
		f.Roles = r.memory.last().Roles[f.ID]
	}
	r.inform("Found %s and %s in %.1f s%s.", count(state.Accounts, "account"), count(found.Roles(), "role"), time.Since(start).Seconds(), known)
	return found, nil
}

// A stoppedError ended a discovery whose progress is kept.
type stoppedError struct {
	error
	state inventory.Progress
}

func (e *stoppedError) Unwrap() error { return e.error }

// sayWhatIsKept says that a run which ended with err was not for nothing.
func (a *app) sayWhatIsKept(err error) {
	if stopped, ok := errors.AsType[*stoppedError](err); ok {
		a.Say("The roles of %s are kept: within an hour, the next run goes on there.", count(stopped.state.Done, "account"))
	}
}

// errPartial says that everything was done but for some accounts.
var errPartial = errors.New("done in part")

// unread tells the person about accounts that could not be read, and makes an
// error of it.
func (r *run) unread() error {
	found := r.found
	failed, all := len(found.Failures), len(found.Failures)+len(found.Accounts)
	if failed == 0 {
		return nil
	}
	what := "the profiles that they have stay as they are"
	if r.target.path == "" {
		what = "their profiles are missing here"
	}
	r.Warn("could not read %d of %s; %s:", failed, count(all, "account"), what)
	var lines []string
	for _, failure := range found.Failures {
		lines = append(lines, fmt.Sprintf("%s: %s", cmp.Or(failure.Name, failure.ID), failure.Err))
	}
	r.list(r.Say, lines)
	return &partialError{fmt.Sprintf("%s: %d of %s could not be read", errPartial, failed, count(all, "account")), found.Failures}
}

// A partialError is errPartial, and what it was for each account.
type partialError struct {
	text     string
	failures []inventory.Failure
}

func (e *partialError) Error() string { return e.text }

func (e *partialError) Unwrap() []error {
	errs := []error{errPartial}
	for _, failure := range e.failures {
		errs = append(errs, failure.Err)
	}
	return errs
}
