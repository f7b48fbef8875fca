package awsconfig

import (
	"bytes"
	"iter"
	"slices"
	"strings"
	"unicode"
)

var (
	byteOrderMark = []byte("\ufeff")
	withoutQuotes = strings.NewReplacer(`"`, "", `'`, "", `\`, "")
)

// span is where a section stands: its header from start to body, its keys from
// body to end. A header that no reader takes for one of our kinds has kind "".
type span struct {
	kind, name       string
	start, body, end int
}

// lines yields every line of data, with its end, by its offset. A lone CR ends
// a line because it does so for Python.
func lines(data []byte) iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		offset := 0
		for line := range bytes.Lines(data) {
			for len(line) > 0 {
				end := len(line)
				if i := bytes.IndexByte(line, '\r'); i >= 0 && string(line[i:]) != "\r\n" {
					end = i + 1
				}
				if !yield(offset, line[:end]) {
					return
				}
				offset += end
				line = line[end:]
			}
		}
	}
}

// isSpace is what any reader strips from the ends of a line: Go's notion,
// the separators that Python adds, the byte order mark that JavaScript adds.
func isSpace(r rune) bool {
	return unicode.IsSpace(r) || '\x1c' <= r && r <= '\x1f' || r == '\ufeff'
}

func isBlank(line []byte) bool { return len(bytes.TrimLeftFunc(line, isSpace)) == 0 }

func isComment(line []byte) bool {
	text := bytes.TrimLeftFunc(line, isSpace)
	return len(text) > 0 && (text[0] == '#' || text[0] == ';')
}

// parseHeader says what the most lenient reader takes a header for. Some accept
// a line with text behind the bracket, quotes anywhere, any white space.
func parseHeader(text []byte) (kind, name string) {
	inside, _, _ := bytes.Cut(text[1:], []byte("]"))
	header := strings.TrimFunc(withoutQuotes.Replace(string(inside)), isSpace)
	if strings.EqualFold(header, "default") {
		return Profile, header // Go knows a profile [DEFAULT], under that name
	}
	for _, kind := range []string{Profile, SSOSession} {
		if len(header) < len(kind) || !strings.EqualFold(header[:len(kind)], kind) {
			continue
		}
		// Python looks at the beginning of the first word only: [profiles x] is x.
		if i := strings.IndexFunc(header, isSpace); i >= 0 {
			return kind, strings.TrimLeftFunc(header[i:], isSpace)
		}
		// JavaScript joins kind and name with a dot, and so takes [profile.x] for x.
		if name, ok := strings.CutPrefix(header[len(kind):], "."); ok {
			return kind, name
		}
	}
	return "", ""
}

// keySet are the keys of one section, which may stand in the file many times.
type keySet struct {
	keys []Key
	at   map[string]int // index by name, once there are many
}

// many keys are found by name; fewer are looked through.
const many = 32

// index returns where a key is, -1 for nowhere.
func (k *keySet) index(name string) int {
	if k.at == nil {
		return slices.IndexFunc(k.keys, func(key Key) bool { return key.Name == name })
	}
	if i, ok := k.at[name]; ok {
		return i
	}
	return -1
}

func (k *keySet) set(key Key) {
	if i := k.index(key.Name); i >= 0 {
		k.keys[i] = key
		return
	}
	k.keys = append(k.keys, key)
	if k.at == nil && len(k.keys) >= many {
		k.at = make(map[string]int)
		for i, key := range k.keys {
			k.at[key.Name] = i
		}
	} else if k.at != nil {
		k.at[key.Name] = len(k.keys) - 1
	}
}

// read adds the keys in the body of a section.
func (k *keySet) read(body []byte) {
	for item := range items(body, 0) {
		k.set(item.Key)
	}
}

// readWhole adds them with all lines of their values.
func (k *keySet) readWhole(body []byte) {
	for item := range items(body, 0) {
		k.set(Key{item.Name, item.whole()})
	}
}

// parseValue reads a value as Go does: without the comment and the quotes.
func parseValue(text []byte) string {
	from, to := valueSpan(text)
	value := string(text[from:to])
	if len(value) > 1 && isQuoted(value) {
		value = value[1 : len(value)-1]
	}
	return value
}

// commentIn is where a comment begins behind the value in a line, its length for
// nowhere.
func commentIn(line []byte) int {
	for i := 1; i < len(line); i++ {
		if startsComment(line[i-1], line[i]) {
			return i
		}
	}
	return len(line)
}

// valueSpan is where a value stands in the text behind its separator: without
// the comment and the space around it.
func valueSpan(text []byte) (from, to int) {
	to = len(bytes.TrimRightFunc(text[:commentIn(text)], isSpace))
	from = to - len(bytes.TrimLeftFunc(text[:to], isSpace))
	return from, to
}

// startsComment reports whether two bytes of a value begin a comment.
func startsComment(before, mark byte) bool {
	return (mark == '#' || mark == ';') && (before == ' ' || before == '\t')
}

// isQuoted reports whether value begins and ends with the same quote, be it one
// and the same character.
func isQuoted(value string) bool {
	return value != "" && (value[0] == '"' || value[0] == '\'') && value[0] == value[len(value)-1]
}
