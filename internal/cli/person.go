package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"aws-sso-config-generator/internal/settings"
	"aws-sso-config-generator/internal/terminal"
)

// missingError says that a value is missing and that nobody is there to ask.
type missingError struct {
	flag    string
	session string // of the settings, that lacks it
}

func (e *missingError) Error() string { return "--" + e.flag + " is missing" }

// errCutShort is [terminal.ErrNoAnswer] where one answer follows the other.
var errCutShort = fmt.Errorf("%w", terminal.ErrNoAnswer)

// ask asks a question of an interview.
func (a *app) ask(ctx context.Context, q terminal.Question) (string, error) {
	answer, err := a.Ask(ctx, q)
	switch {
	case err == nil, ctx.Err() != nil, as[terminal.BackError](err):
		return answer, err
	case errors.Is(err, terminal.ErrStopped):
		return "", fmt.Errorf("%w: %w", errInterrupted, err)
	}
	return "", unanswered(q, err)
}

// unanswered is the error of an interview's question without a good answer.
func unanswered(q terminal.Question, err error) error {
	if errors.Is(err, terminal.ErrNoAnswer) {
		err = errCutShort
	}
	hint := hintFor(err) // rather than what helps with wrong flags
	return &terminal.HintedError{Err: usagef("%q: %w", q.Text, err), Hint: hint}
}

// askFor asks for what a flag says otherwise. Where nobody is there to ask, the
// missing flag is a usage error.
func (a *app) askFor(ctx context.Context, flag string, q terminal.Question) (string, error) {
	if a.interviews {
		return a.ask(ctx, q)
	}
	if !a.Attended() {
		return "", usage(&missingError{flag: flag})
	}
	answer, err := a.Ask(ctx, q)
	if err != nil {
		return "", usagef("--%s: %w", flag, err)
	}
	return answer, nil
}

// inform says what need not be known: nothing with --quiet.
func (a *app) inform(format string, args ...any) {
	if !a.quiet {
		a.Say(format, args...)
	}
}

// report prints the error that ended the run, and its hint.
func (a *app) report(err error) {
	if several, ok := err.(severally); ok { //nolint:errorlint // what is inside of others is their own to say
		for _, err := range several {
			a.report(err)
		}
		return
	}
	a.SayError(err)
	if wrong, ok := errors.AsType[*settings.Error](err); ok {
		for line := range strings.Lines(wrong.Excerpt) {
			a.Say("%s", strings.TrimSuffix(line, "\n"))
		}
	}
	if hint := hintFor(err); hint != "" {
		a.Hint("%s", hint)
	}
	if by, ok := errors.AsType[*settings.ByHandError](err); ok {
		a.sayText([]byte(by.Text))
	}
	a.sayWhatIsKept(err)
}
