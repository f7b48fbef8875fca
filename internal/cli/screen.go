package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"

	"aws-sso-config-generator/internal/settings"
)

// screen is standard error as a place to write to: lines that stay and, on a
// terminal, one under them that changes.
type screen struct {
	out      io.Writer
	file     *os.File // nil when it is no terminal
	coloured bool

	mu       sync.Mutex
	changing bool // a line that changes is there
}

func newScreen(e Environment) *screen {
	s := &screen{out: e.Stderr}
	if file, ok := terminal(e.Stderr); ok && e.Getenv("TERM") != "dumb" {
		s.file = file
		s.coloured = e.Getenv("NO_COLOR") == "" // no-color.org
	}
	return s
}

// terminal reports whether a stream is a terminal.
func terminal(stream any) (*os.File, bool) {
	file, ok := stream.(*os.File)
	return file, ok && term.IsTerminal(int(file.Fd()))
}

// width is the number of columns, read anew because people resize windows.
func (s *screen) width() int { return width(s.file) }

func width(terminal *os.File) int {
	if columns, _, err := term.GetSize(int(terminal.Fd())); err == nil && columns > 0 {
		return columns
	}
	return 80
}

// The SGR codes of what we colour.
const (
	red    = "1;31"
	green  = "1;32"
	yellow = "1;33"
	cyan   = "1;36"
	dim    = "2"
)

func (s *screen) colour(code, text string) string {
	if !s.coloured {
		return text
	}
	return paint(code, text)
}

func paint(code, text string) string { return "\x1b[" + code + "m" + text + "\x1b[0m" }

// stays writes a line that stays.
func (s *screen) stays(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.change("")
	_, _ = fmt.Fprintln(s.out, text)
}

// changes shows text, in ASCII, in the line that changes; "" takes the line
// away. There must be a terminal.
func (s *screen) changes(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.change(text)
}

func (s *screen) change(text string) {
	if s.changing || text != "" {
		_, _ = s.file.WriteString("\r" + text + "\x1b[K")
	}
	s.changing = text != ""
}

// say tells the person something, in one line.
func (a *app) say(format string, args ...any) {
	a.line("", "", format, args...)
}

// inform says what need not be known: nothing with --quiet.
func (a *app) inform(format string, args ...any) {
	if !a.quiet {
		a.say(format, args...)
	}
}

// warn tells the person about something that was not as asked but did not stop
// the run.
func (a *app) warn(format string, args ...any) {
	a.line("warning:", yellow, format, args...)
}

// report prints the error that ended the run, and its hint.
func (a *app) report(err error) {
	if several, ok := err.(severally); ok { //nolint:errorlint // what is inside of others is their own to say
		for _, err := range several {
			a.report(err)
		}
		return
	}
	a.line("error:", red, "%s", err)
	if wrong, ok := errors.AsType[*settings.Error](err); ok {
		for line := range strings.Lines(wrong.Excerpt) {
			a.say("%s", strings.TrimSuffix(line, "\n"))
		}
	}
	if hint := hintFor(err); hint != "" {
		a.hint("%s", hint)
	}
	if by, ok := errors.AsType[*settings.ByHandError](err); ok {
		a.sayText([]byte(by.Text))
	}
	a.sayWhatIsKept(err)
}

// hint tells the person what to type next.
func (a *app) hint(format string, args ...any) {
	a.line("hint:", cyan, format, args...)
}

func (a *app) line(label, colour, format string, args ...any) {
	text := printable(fmt.Sprintf(format, args...))
	if label != "" {
		text = a.screen.colour(colour, label) + " " + text
	}
	a.screen.stays(text)
}

// printable makes text from outside harmless for a terminal and keeps it in one
// line: control characters, invisible and direction-changing ones and broken
// UTF-8 are shown as escapes.
func printable(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) || r == utf8.RuneError }) {
		return text
	}
	var b strings.Builder
	for i, r := range text {
		if _, size := utf8.DecodeRuneInString(text[i:]); r == utf8.RuneError && size == 1 {
			fmt.Fprintf(&b, `\x%02x`, text[i])
		} else if unicode.IsPrint(r) {
			b.WriteRune(r)
		} else {
			quoted := strconv.QuoteRuneToASCII(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
	}
	return b.String()
}
