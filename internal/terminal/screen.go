package terminal

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// A screen is a stream as a place to write to: lines that stay and, on a
// terminal, one under them that changes.
type screen struct {
	out      io.Writer
	file     *os.File // nil when it is no terminal
	coloured bool

	mu       sync.Mutex
	changing bool // a line that changes is there
}

func newScreen(out io.Writer, getenv func(string) string) *screen {
	s := &screen{out: out, coloured: Coloured(out, getenv)}
	if Is(out) && getenv("TERM") != "dumb" {
		s.file, _ = out.(*os.File)
	}
	return s
}

// Coloured says that what is written to a stream may have colours (no-color.org).
func Coloured(stream any, getenv func(string) string) bool {
	return Is(stream) && getenv("TERM") != "dumb" && getenv("NO_COLOR") == ""
}

// The SGR codes of what we colour (ECMA-48 8.3.117).
const (
	Red    = "1;31"
	Green  = "1;32"
	Yellow = "1;33"
	Cyan   = "1;36"
	dim    = "2"
)

// Paint colours text.
func Paint(code, text string) string { return "\x1b[" + code + "m" + text + "\x1b[0m" }

// paint colours text, if the person wants colours.
func (s *screen) paint(code, text string) string {
	if !s.coloured {
		return text
	}
	return Paint(code, text)
}

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

// Printable makes text from outside harmless for a terminal and keeps it in one
// line: control characters, invisible and direction-changing ones and broken
// UTF-8 are shown as escapes.
func Printable(text string) string {
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
