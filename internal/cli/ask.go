package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// A question is one to the person, for what nothing else says. It is asked as a
// form or as lines; there is one text for both.
type question struct {
	flag    string   // that says the same, if there is one
	text    string   // what is asked, in one line
	about   []string // what helps to answer, line by line
	initial string   // the answer of who presses Enter and no more

	choices  []choice              // none: any text is an answer
	check    func(string) error    // nil: every answer is one
	preview  func(string) []string // what comes of an answer, line by line; may be nil
	goesBack bool                  // there is a question before, to which one can return
	hint     string                // after an answer that is none, in place of the error's own; may be empty
}

// A hintedError has a hint of its own, in the words of the question that it is about.
type hintedError struct {
	error
	hint string
}

func (e *hintedError) Unwrap() error { return e.error }

// A choice is one of the answers that there are.
type choice struct {
	value, text string
	examples    []string
	wrong       error // why it cannot be chosen
}

// yesOrNo is a question for a yes. Who presses Enter and no more says initial.
func yesOrNo(text, initial string) question {
	return question{text: text, initial: initial, choices: []choice{{value: "yes", text: "Yes"}, {value: "no", text: "No"}}}
}

func (q *question) isYesOrNo() bool { return len(q.choices) == 2 && q.choices[0].value == "yes" }

// isApart says that a question takes several lines, and an empty one above them.
func (q *question) isApart() bool {
	return len(q.about) > 0 || len(q.choices) > 0 && !q.isYesOrNo()
}

// nothing is the answer that is empty, where Enter stands for another one.
const nothing = "-"

// take makes an answer of what was typed, and checks it. A choice can be said by
// its number, its value, or what that begins with.
func (q *question) take(typed string) (answer string, err error) {
	defer func() {
		if err != nil && q.hint != "" {
			err = &hintedError{err, q.hint}
		}
	}()
	switch {
	case typed == "":
		typed = q.initial
	case typed == nothing && q.initial != "" && len(q.choices) == 0:
		typed = ""
	}
	if len(q.choices) == 0 {
		if q.check != nil {
			err = q.check(typed)
		}
		return typed, err
	}
	for i, c := range q.choices {
		if typed == strconv.Itoa(i+1) && !q.isYesOrNo() || typed != "" && strings.HasPrefix(c.value, strings.ToLower(typed)) {
			return c.value, c.wrong
		}
	}
	if q.isYesOrNo() {
		return "", errors.New("answer y or n")
	}
	return "", fmt.Errorf("answer with a number from 1 to %d", len(q.choices))
}

// chosen is the place of a value among the choices.
func (q *question) chosen(value string) int {
	return max(0, slices.IndexFunc(q.choices, func(c choice) bool { return c.value == value }))
}

// said is a question with its answer, as it stays on a terminal.
func (q *question) said(answer string) string {
	if len(q.choices) > 0 {
		answer = q.choices[q.chosen(answer)].text
	}
	if answer == "" {
		answer = "none"
	}
	if strings.HasSuffix(q.text, "?") {
		return q.text + " " + answer
	}
	return q.text + ": " + answer
}

// missingError says that a value is missing and that nobody is there to ask.
type missingError struct {
	flag    string
	session string // of the settings, that lacks it
}

func (e *missingError) Error() string { return "--" + e.flag + " is missing" }

// errNoAnswer says that the input ended where an answer was expected.
var errNoAnswer = errors.New("no answer: the input has ended")

// errCutShort is errNoAnswer where one answer follows the other.
var errCutShort = fmt.Errorf("%w", errNoAnswer)

// backError says that the person wants to return, by so many questions.
type backError int

func (backError) Error() string { return "back to a question before" }

// back is the answer that returns to the question before.
const back = "<"

// A way to ask.
type way int

const (
	onTerminal way = iota // line by line, if somebody is there
	byLines               // line by line, be the answers from a pipe
	byForms
)

// ask asks the person, until the answer is one. What comes from a pipe has one try.
// Where nobody is there to ask, a missing value is a usage error.
func (a *app) ask(ctx context.Context, q question) (string, error) {
	if a.way == byForms {
		return a.askByForm(ctx, q)
	}
	if a.way == onTerminal && !a.attended() {
		return "", usage(&missingError{flag: q.flag})
	}
	a.introduce(q)
	for {
		_, _ = fmt.Fprint(a.Stderr, a.prompt(q))
		typed, err := a.readLine(ctx)
		if err != nil {
			return "", a.unanswered(q, err)
		}
		if !a.attended() { // nobody else shows it
			_, _ = fmt.Fprintln(a.Stderr, printable(typed))
		}
		if q.goesBack && typed == back {
			return "", backError(1)
		}
		answer, err := q.take(typed)
		if err == nil {
			a.sayPreview(q, answer)
			return answer, nil
		}
		if !a.attended() {
			return "", a.unanswered(q, err)
		}
		a.report(err)
	}
}

// introduce says what helps to answer a question, and what there is to choose from.
func (a *app) introduce(q question) {
	if q.isApart() {
		a.say("")
	}
	for _, line := range q.about {
		a.say("%s", line)
	}
	if q.isYesOrNo() {
		return
	}
	for i, c := range q.choices {
		a.say("  %d  %s", i+1, c.text)
		for _, example := range c.examples {
			a.say("       %s", example)
		}
		if c.wrong != nil {
			a.say("       not here: %s", c.wrong)
		}
	}
}

// prompt is what stands in front of an answer.
func (a *app) prompt(q question) string {
	text, hint := printable(q.text), ""
	switch {
	case q.isYesOrNo() && q.initial == "yes":
		hint = " [Y/n]"
	case q.isYesOrNo():
		hint = " [y/N]"
	case len(q.choices) > 0:
		hint = fmt.Sprintf(", 1 to %d [%d]", len(q.choices), q.chosen(q.initial)+1)
	case q.initial != "" && q.check != nil && q.check("") == nil:
		hint = " [" + printable(q.initial) + ", " + nothing + " for none]"
	case q.initial != "":
		hint = " [" + printable(q.initial) + "]"
	}
	return a.screen.colour(cyan, text+hint) + ": "
}

func (a *app) sayPreview(q question, answer string) {
	if q.preview != nil {
		for _, line := range q.preview(answer) {
			a.say("  %s", line)
		}
	}
}

// unanswered is the error of a question without a good answer.
func (a *app) unanswered(q question, err error) error {
	switch {
	case a.way == onTerminal:
		return usagef("--%s: %w", q.flag, err)
	case errors.Is(err, errNoAnswer):
		err = errCutShort
	}
	hint := hintFor(err) // rather than what helps with wrong flags
	return &hintedError{usagef("%q: %w", q.text, err), hint}
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
