// Package terminal is the terminal that a person sits at: what they are told, the
// line that shows progress, what they are asked and what they type.
//
// It hides modes, job control, keys, columns and colours, and whether a question is
// a form or some lines. Its invariant: what stands on the terminal is printable, and
// its modes are the shell's whenever nobody waits for what is typed.
package terminal

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// A Terminal is standard input and standard error, be they terminals or not. Several
// goroutines may write to it; one at a time asks.
type Terminal struct {
	screen *screen
	lines  *lines // one reader, so that no answer is lost between two
	person bool   // somebody is there to ask
	forms  bool
	hint   func(error) string
}

// New makes a terminal of two streams. Getenv tells TERM and NO_COLOR; hint is what to
// type after an error, or "".
func New(in io.Reader, out io.Writer, getenv func(string) string, hint func(error) string) *Terminal {
	return &Terminal{
		screen: newScreen(out, getenv),
		lines:  &lines{keyboard: newKeyboard(in)},
		person: Is(in) && Is(out),
		hint:   hint,
	}
}

// Is reports whether a stream is a terminal.
func Is(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// Columns is the width of a stream, read anew because people resize windows; 80
// where there is none.
func Columns(stream any) int {
	if file, ok := stream.(*os.File); ok {
		if columns, _, err := term.GetSize(int(file.Fd())); err == nil && columns > 0 {
			return columns
		}
	}
	return 80
}

// Attended says that somebody is there to ask.
func (t *Terminal) Attended() bool { return t.person }

// UseForms has questions asked as forms, where the terminal can do that.
func (t *Terminal) UseForms() { t.forms = t.person && t.Draws() }

// ByForms says that questions are asked as forms.
func (t *Terminal) ByForms() bool { return t.forms }

// Draws says that what stands on the terminal can be changed.
func (t *Terminal) Draws() bool { return t.screen.file != nil }

// Columns is the width of the terminal.
func (t *Terminal) Columns() int { return Columns(t.screen.file) }

// Change shows text, in ASCII, in a line under all others, in place of what was there;
// "" takes the line away. The terminal must be one that [Terminal.Draws].
func (t *Terminal) Change(text string) { t.screen.changes(text) }

// Say tells the person something, in one line.
func (t *Terminal) Say(format string, args ...any) { t.line("", "", format, args...) }

// Warn tells the person about something that was not as asked but did not stop the
// run.
func (t *Terminal) Warn(format string, args ...any) { t.line("warning:", Yellow, format, args...) }

// Hint tells the person what to type next.
func (t *Terminal) Hint(format string, args ...any) { t.line("hint:", Cyan, format, args...) }

// SayError says what went wrong, without its hint.
func (t *Terminal) SayError(err error) { t.line("error:", Red, "%s", err) }

func (t *Terminal) line(label, colour, format string, args ...any) {
	text := Printable(fmt.Sprintf(format, args...))
	if label != "" {
		text = t.screen.paint(colour, label) + " " + text
	}
	t.screen.stays(text)
}
