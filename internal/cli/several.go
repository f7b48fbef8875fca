package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// outcomes is what becomes of several sessions: one that fails does not stop the
// others.
type outcomes struct {
	*app
	of     int
	failed []string // sessions
	first  error
}

// note puts down, and says where there are others, that all is not well with a
// session.
func (o *outcomes) note(ctx context.Context, session string, err error) {
	if err == nil {
		return
	}
	if o.first == nil || ctx.Err() != nil {
		o.first = err
	}
	o.failed = append(o.failed, session)
	if o.of > 1 && ctx.Err() == nil {
		o.report(fmt.Errorf("session %s: %w", session, err))
	}
}

// err is what they come to.
func (o *outcomes) err(ctx context.Context) error {
	if o.of == 1 || o.first == nil || ctx.Err() != nil {
		return o.first
	}
	return &sessionsError{*o}
}

// A sessionsError says that all is not well with some of several sessions. What it
// is has been said.
type sessionsError struct{ outcomes }

func (e *sessionsError) Error() string {
	return fmt.Sprintf("%d of %d sessions: not everything is done: %s", len(e.failed), e.of, strings.Join(e.failed, ", "))
}

// code is that of a run in which a part failed or, if all did, that of the first.
func (e *sessionsError) code() exitCode {
	if len(e.failed) < e.of {
		return exitPartial
	}
	return codeOf(e.first)
}

// each does a step of every run that has got there.
func each(ctx context.Context, runs []*run, o *outcomes, step func(*run, context.Context) error) {
	for _, r := range runs {
		if r.err == nil && ctx.Err() == nil {
			r.err = step(r, ctx)
			o.note(ctx, r.sessionName, r.err)
		}
	}
}

// severally is errors each of which has something to say.
type severally []error

func (e severally) Unwrap() []error { return e }
func (e severally) Error() string   { return errors.Join(e...).Error() }

// together is the errors that there are.
func together(errs ...error) error {
	var all severally
	for _, err := range errs {
		if err != nil {
			all = append(all, err)
		}
	}
	switch len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	}
	return all
}
