package terminal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// A Question is one to the person, for what nothing else says. It is asked as a
// form or as lines; there is one text for both.
type Question struct {
	Text    string   // what is asked, in one line
	About   []string // what helps to answer, line by line
	Initial string   // the answer of who presses Enter and no more

	Choices  []Choice              // none: any text is an answer
	Check    func(string) error    // nil: every answer is one
	Preview  func(string) []string // what comes of an answer, line by line; may be nil
	GoesBack bool                  // there is a question before, to which one can return
	Hint     string                // after an answer that is none, in place of the error's own; may be empty
}

// A HintedError has a hint of its own, in the words of the question that it is about.
type HintedError struct {
	Err  error
	Hint string
}

func (e *HintedError) Error() string { return e.Err.Error() }
func (e *HintedError) Unwrap() error { return e.Err }

// A Choice is one of the answers that there are.
type Choice struct {
	Value, Text string
	Examples    []string
	Wrong       error // why it cannot be chosen
}

// YesOrNo is a question for "yes" or "no". Who presses Enter and no more says initial.
func YesOrNo(text, initial string) Question {
	return Question{Text: text, Initial: initial, Choices: []Choice{{Value: "yes", Text: "Yes"}, {Value: "no", Text: "No"}}}
}

func (q *Question) isYesOrNo() bool { return len(q.Choices) == 2 && q.Choices[0].Value == "yes" }

// isApart says that a question takes several lines, and an empty one above them.
func (q *Question) isApart() bool {
	return len(q.About) > 0 || len(q.Choices) > 0 && !q.isYesOrNo()
}

// nothing is the answer that is empty, where Enter stands for another one.
const nothing = "-"

// take makes an answer of what was typed, and checks it. A choice can be said by
// its number, its value, or what that begins with.
func (q *Question) take(typed string) (answer string, err error) {
	defer func() {
		if err != nil && q.Hint != "" {
			err = &HintedError{err, q.Hint}
		}
	}()
	switch {
	case typed == "":
		typed = q.Initial
	case typed == nothing && q.Initial != "" && len(q.Choices) == 0:
		typed = ""
	}
	if len(q.Choices) == 0 {
		if q.Check != nil {
			err = q.Check(typed)
		}
		return typed, err
	}
	for i, c := range q.Choices {
		if typed == strconv.Itoa(i+1) && !q.isYesOrNo() || typed != "" && strings.HasPrefix(c.Value, strings.ToLower(typed)) {
			return c.Value, c.Wrong
		}
	}
	if q.isYesOrNo() {
		return "", errors.New("answer y or n")
	}
	return "", fmt.Errorf("answer with a number from 1 to %d", len(q.Choices))
}

// chosen is the place of a value among the choices.
func (q *Question) chosen(value string) int {
	return max(0, slices.IndexFunc(q.Choices, func(c Choice) bool { return c.Value == value }))
}

// said is a question with its answer, as it stays on a terminal.
func (q *Question) said(answer string) string {
	if len(q.Choices) > 0 {
		answer = q.Choices[q.chosen(answer)].Text
	}
	if answer == "" {
		answer = "none"
	}
	if strings.HasSuffix(q.Text, "?") {
		return q.Text + " " + answer
	}
	return q.Text + ": " + answer
}

// ErrNoAnswer says that the input ended where an answer was expected.
var ErrNoAnswer = errors.New("no answer: the input has ended")

// ErrStopped says that the person wants no more of it.
var ErrStopped = errors.New("stopped with Esc")

// BackError is the error that says that the person wants to return, by so many questions.
type BackError int

func (BackError) Error() string { return "back to a question before" }

// BackAnswer is the line that returns to the question before.
const BackAnswer = "<"

// Ask asks the person, until the answer is one. What comes from a pipe has one try.
// Errors are those of a question's Check, [ErrNoAnswer], [ErrStopped], [BackError] and the
// cause of ctx's end.
func (t *Terminal) Ask(ctx context.Context, q Question) (string, error) {
	if t.forms {
		if release, ok := t.lines.takeKeys(); ok {
			defer release()
			return t.askByForm(ctx, q)
		}
		t.forms = false
	}
	t.introduce(q)
	for {
		_, _ = fmt.Fprint(t.screen.out, t.prompt(q))
		typed, err := t.readLine(ctx)
		if err != nil {
			return "", err
		}
		if !t.Attended() { // nobody else shows it
			_, _ = fmt.Fprintln(t.screen.out, Printable(typed))
		}
		if q.GoesBack && typed == BackAnswer {
			return "", BackError(1)
		}
		answer, err := q.take(typed)
		if err == nil {
			t.sayPreview(q, answer)
			return answer, nil
		}
		if !t.Attended() {
			return "", err
		}
		t.SayError(err)
		if hint := t.hint(err); hint != "" {
			t.Hint("%s", hint)
		}
	}
}

// introduce says what helps to answer a question, and what there is to choose from.
func (t *Terminal) introduce(q Question) {
	if q.isApart() {
		t.Say("")
	}
	for _, line := range q.About {
		t.Say("%s", line)
	}
	if q.isYesOrNo() {
		return
	}
	for i, c := range q.Choices {
		t.Say("  %d  %s", i+1, c.Text)
		for _, example := range c.Examples {
			t.Say("       %s", example)
		}
		if c.Wrong != nil {
			t.Say("       not here: %s", c.Wrong)
		}
	}
}

// prompt is what stands in front of an answer.
func (t *Terminal) prompt(q Question) string {
	text, hint := Printable(q.Text), ""
	switch {
	case q.isYesOrNo() && q.Initial == "yes":
		hint = " [Y/n]"
	case q.isYesOrNo():
		hint = " [y/N]"
	case len(q.Choices) > 0:
		hint = fmt.Sprintf(", 1 to %d [%d]", len(q.Choices), q.chosen(q.Initial)+1)
	case q.Initial != "" && q.Check != nil && q.Check("") == nil:
		hint = " [" + Printable(q.Initial) + ", " + nothing + " for none]"
	case q.Initial != "":
		hint = " [" + Printable(q.Initial) + "]"
	}
	return t.screen.paint(Cyan, text+hint) + ": "
}

func (t *Terminal) sayPreview(q Question, answer string) {
	if q.Preview != nil {
		for _, line := range q.Preview(answer) {
			t.Say("  %s", line)
		}
	}
}

// readLine reads one line from the person.
func (t *Terminal) readLine(ctx context.Context) (string, error) {
	line, err := t.lines.next(ctx)
	if errors.Is(err, io.EOF) {
		_, _ = fmt.Fprintln(t.screen.out)
		return "", ErrNoAnswer
	}
	return line, err
}
