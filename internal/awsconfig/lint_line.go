package awsconfig

import (
	"bytes"
	"strings"
)

// spaces looks for what only some readers strip from the ends of a line, or of
// what is on either side of the separator.
func (l *linter) spaces(line, text []byte) {
	if len(text) == 0 {
		return
	}
	odd := func(r rune) bool { return isSpace(r) && !strings.ContainsRune(" \t\r\n", r) }
	if !bytes.ContainsFunc(line, odd) {
		return
	}
	var losses Losses
	key, value := text, []byte(nil)
	if i := bytes.IndexAny(text, "=:"); i >= 0 && !beginsComment(text) {
		key, value = text[:i], text[i+1:]
	}
	for _, part := range [][]byte{line, key, value} {
		notSpace := func(r rune) bool { return !isSpace(r) }
		first, last := bytes.IndexFunc(part, notSpace), bytes.LastIndexFunc(part, notSpace)
		for i, r := range string(part) {
			switch {
			case !isSpace(r) || first < i && i < last:
			case r == '\ufeff':
				losses[AWSCLI], losses[GoSDK] = LosesKey, LosesKey
			case '\x1c' <= r && r <= '\x1f':
				losses[GoSDK], losses[JavaScriptSDK] = LosesKey, LosesKey
			case r == '\u0085':
				losses[JavaScriptSDK] = LosesKey
			case (r > ' ' || r == '\v' || r == '\f') && i <= first:
				losses[GoSDK] = LosesKey // not an indentation
			}
		}
	}
	if losses != (Losses{}) {
		l.add(OddSpace, text, losses)
	}
}

// look looks at the name and value of a key as such.
func (l *linter) look(text []byte, separator int, indented bool) {
	name := bytes.TrimFunc(text[:separator], isPythonSpace)
	lower := strings.ToLower(string(name))
	if lower != string(name) {
		l.addKey(CapitalKey, name)
	}
	if text[separator] == ':' {
		l.addKey(Colon, name)
	}
	if lower == "__proto__" {
		l.addKey(ReservedName, name, Losses{JavaScriptSDK: LosesKey})
	}
	if comment := javaScriptComment(text); comment < len(text) {
		losses := rules[CommentInValue].losses
		if indented && len(bytes.TrimFunc(text[min(separator+1, comment):comment], isSpace)) == 0 {
			losses[GoSDK] = LosesKey // which looks for it in the stripped value alone
		}
		l.addKey(CommentInValue, name, losses)
	}
	l.quotes(name, text[separator+1:])
}

// quotes looks at a value with quotes at both ends.
func (l *linter) quotes(name, value []byte) {
	value = bytes.TrimFunc(value, isPythonSpace)
	for i := 1; i < len(value); i++ {
		if startsComment(value[i-1], value[i]) {
			value = bytes.TrimFunc(value[:i], isPythonSpace)
		}
	}
	if len(value) < 2 || !isQuoted(string(value)) {
		return
	}
	// A command is meant to keep them, as is what has more than one pair.
	if bytes.IndexByte(value[1:len(value)-1], value[0]) >= 0 || strings.EqualFold(string(name), "credential_process") {
		l.addKey(QuotedValue, name, Losses{GoSDK: LosesKey})
		return
	}
	l.addKey(QuotedValue, name)
}

func beginsComment(text []byte) bool { return len(text) > 0 && (text[0] == '#' || text[0] == ';') }

func isIndented(line []byte) bool { return line[0] == ' ' || line[0] == '\t' }

// isPythonSpace is what Python strips, which a byte order mark is not.
func isPythonSpace(r rune) bool { return r != '\ufeff' && isSpace(r) }

// isPythonLineEnd is where Python's str.splitlines splits.
func isPythonLineEnd(r rune) bool {
	return '\n' <= r && r <= '\r' || '\x1c' <= r && r <= '\x1e' || r == '\u0085' || r == '\u2028' || r == '\u2029'
}

// hasComment reports whether some reader takes the end of a line for a comment.
func hasComment(text []byte) bool { return javaScriptComment(text) < len(text) }
