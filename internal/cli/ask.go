package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
)

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
	if !a.attended() {
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

// attended says that somebody is there to ask.
func (a *app) attended() bool {
	_, asks := terminal(a.Stderr)
	_, answers := terminal(a.Stdin)
	return asks && answers
}

// readLine reads one line from the person.
func (a *app) readLine(ctx context.Context) (string, error) {
	line, err := a.lines.next(ctx)
	if errors.Is(err, io.EOF) {
		_, _ = fmt.Fprintln(a.Stderr)
		return "", errNoAnswer
	}
	return line, err
}
