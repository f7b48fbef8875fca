package settings

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode"
)

// An Error says what is wrong with a settings file, and where.
type Error struct {
	File         string // as it was named to [Load] or [Parse]
	Line, Column int    // from 1, in characters; 0: the file as a whole
	Excerpt      string // the lines around, with a caret under the place; may be empty
	Err          error  // what is wrong, and what would be right
}

// Error is one line, such as "config.yaml:12:5: unknown key …".
func (e *Error) Error() string {
	message := strings.ReplaceAll(withoutSecrets(e.Err.Error()), "\n", " ")
	if e.Line == 0 {
		return e.File + ": " + message
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, message)
}

func (e *Error) Unwrap() error { return e.Err }

// failure is an error at a place.
func failure(at place, format string, args ...any) *Error {
	return &Error{at.in.name, at.line, at.column, at.excerpt(), fmt.Errorf(format, args...)}
}

const (
	linesBefore, linesAfter = 3, 2
	excerptWidth            = 100 // characters of a line
)

// excerpt shows a place with what is around it:
//
//	   2 |   - name: acme
//	>  3 |     start-url: https://acme.awsapps.com/start
//	           ^
//	   4 |     sso_region: eu-west-1
func (at place) excerpt() string {
	if at.line == 0 {
		return ""
	}
	lines := at.in.lines()
	from, to := max(1, at.line-linesBefore), min(len(lines), at.line+linesAfter)
	width := len(fmt.Sprint(to))
	var b strings.Builder
	for number := from; number <= to; number++ {
		mark, cut := " ", 0
		if number == at.line {
			mark, cut = ">", max(0, at.column-excerptWidth*3/4)
		}
		line := fmt.Sprintf("%s %*d | %s", mark, width, number, window(withoutSecrets(lines[number-1]), cut))
		b.WriteString(strings.TrimRight(line, " ") + "\n")
		if number == at.line {
			b.WriteString(strings.Repeat(" ", len("> ")+width+len(" | ")+at.column-1-cut) + "^\n")
		}
	}
	return b.String()
}

// window is the part of a line that an excerpt has room for, without what is cut off
// at the left.
func window(line string, cut int) string {
	runes := []rune(strings.Map(harmless, line))
	shown := string(runes[min(cut, len(runes)):min(cut+excerptWidth, len(runes))])
	if cut > 0 {
		shown = "…" + string([]rune(shown)[1:])
	}
	return shown
}

// harmless stands for what would move the caret, or a terminal's cursor.
func harmless(r rune) rune {
	switch {
	case r == '\t':
		return ' '
	case unicode.IsControl(r):
		return unicode.ReplacementChar
	}
	return r
}

// secret is what nobody should have put into a settings file: a password in a URL,
// or the keys of an AWS account, be it with a slip in their names.
var secret = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(://)([^/@\s]+)(@)|([\w-]*(?:secret|access?_?key|sess?ion_?token)[\w-]*)(["']?\s*[:=]\s*)(\S.*)`)
})

// withoutSecrets puts stars in the place of secrets.
func withoutSecrets(text string) string {
	for _, at := range secret().FindAllStringSubmatchIndex(text, -1) {
		for _, group := range []int{2, 6} {
			if from, to := at[2*group], at[2*group+1]; from >= 0 {
				text = text[:from] + strings.Repeat("*", to-from) + text[to:]
			}
		}
	}
	return text
}
