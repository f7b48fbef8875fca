package awsconfig

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// A linter goes through a file as Python does, which is the strictest reader
// and the only one for which the indentation of a line depends on the line
// above, and looks at each line with the eyes of the others.
type linter struct {
	faults    []Fault
	inDefault []int                        // of nested lines in [DEFAULT], which count if there is a section
	number    int                          // of the line
	rest      []byte                       // what comes behind it
	fresh     bool                         // it begins behind a line feed
	checked   struct{ utf8, nul, cr bool } // there is nothing to find, or no more

	sections map[string]int     // line of the first header, as Python has it
	profiles map[id]int         // line of the first header that Python takes for it
	defaults map[string]keyLine // keys of all [DEFAULT]
	section  section
	keys     map[string]keyLine // the first in this section, by name
	inKey    bool               // a deeper line belongs to the key above
	indent   int                // of the key above
	nested   bool               // the key above is empty: deeper lines are keys in it
	empty    bool               // so it is for Go and JavaScript
}

// id is what a reader takes a header for.
type id struct{ kind, name string }

// keyLine is where a key stands, and whether it is an empty one.
type keyLine struct {
	line  int
	empty bool
}

// section is where the linter is.
type section struct {
	id
	what   string // the header, for people
	line   int    // 0 before the first header
	shared bool   // it is [DEFAULT]
	alive  bool   // JavaScript has seen its header, but no key yet
}

func newLinter(data []byte) *linter {
	l := &linter{
		rest: data, fresh: true, sections: make(map[string]int), profiles: make(map[id]int), defaults: make(map[string]keyLine),
	}
	l.checked.utf8 = utf8.Valid(data)
	l.checked.nul = bytes.IndexByte(data, 0) < 0
	return l
}

// add notes a fault of this line. Without losses, those of its rule count.
func (l *linter) add(kind FaultKind, what []byte, losses ...Losses) *Fault {
	f := Fault{Kind: kind, Line: l.number, What: string(what), Losses: rules[kind].losses}
	if len(losses) > 0 {
		f.Losses = losses[0]
	}
	l.faults = append(l.faults, f)
	return &l.faults[len(l.faults)-1]
}

// addKey notes a fault of a key, if it is in a section in which keys count.
func (l *linter) addKey(kind FaultKind, key []byte, losses ...Losses) {
	if l.section.kind != "" {
		l.add(kind, l.inSection(key), losses...)
	}
}

func (l *linter) inSection(key []byte) []byte { return []byte(string(key) + " in " + l.section.what) }

func (l *linter) line(line []byte) {
	l.whole()
	l.rest, l.fresh = l.rest[len(line):], line[len(line)-1] == '\n'
	if rest, ok := bytes.CutPrefix(line, byteOrderMark); ok && l.number == 1 {
		f := l.add(ByteOrderMark, nil)
		if _, ok := goHeader(rest); ok {
			f.Losses[GoSDK] = LosesSection
		}
		line = rest
	}
	text := bytes.TrimFunc(line, isPythonSpace)
	l.bytes(line, text)
	if len(text) == 0 || text[0] == '#' || text[0] == ';' {
		return
	}
	column := utf8.RuneCount(line) - utf8.RuneCount(bytes.TrimLeftFunc(line, isPythonSpace))
	if l.inKey && column > l.indent {
		l.continued(line, text)
		return
	}
	l.indent = column
	if last := bytes.LastIndexByte(text, ']'); text[0] == '[' && last > 1 {
		l.header(line, text, string(text[1:last]))
		return
	}
	i := bytes.IndexAny(text, "=:")
	switch broken := text[0] == '['; {
	case broken && l.section.line > 0 && i > 0: // for Python, a key
		l.add(BrokenHeader, text)
	case broken:
		l.add(BrokenHeader, text, Losses{LosesFile, LosesSection, LosesSection})
		return
	case l.section.line == 0:
		l.add(BeforeSection, text)
		return
	case i < 0:
		l.add(NoSeparator, text)
		return
	case i == 0:
		l.add(NoKey, text)
		l.inKey = false
		return
	}
	l.key(line, text, i)
}

// whole looks for what ends Go and JavaScript. For them a line ends in a line
// feed and nothing else.
func (l *linter) whole() {
	if !l.fresh {
		return
	}
	line := l.rest
	if end := bytes.IndexByte(line, '\n'); end >= 0 {
		line = line[:end+1]
	}
	if goPanics(line) {
		l.add(LoneQuote, bytes.TrimFunc(line, isSpace))
	}
	if javaScriptThrows(line) {
		l.add(ReservedName, bytes.TrimFunc(line, isSpace))
	}
}

// bytes looks at what a line is made of.
func (l *linter) bytes(line, text []byte) {
	if !l.checked.utf8 && !utf8.Valid(line) {
		l.add(NotUTF8, text)
	}
	if !l.checked.nul && bytes.IndexByte(line, 0) >= 0 {
		l.add(NUL, text)
	}
	if !l.checked.cr && len(l.rest) > 0 && line[len(line)-1] == '\r' {
		l.checked.cr = true
		l.add(LoneCR, nil)
	}
	l.spaces(line, text)
}

func (l *linter) header(line, text []byte, header string) {
	l.closeSection()
	meant, losses := readHeader(line, text, header)
	l.section = section{id: meant, what: "[" + header + "]", line: l.number, alive: losses[JavaScriptSDK] == LosesNothing}
	l.inKey, l.empty = false, false
	if losses != (Losses{}) {
		l.add(UnreadHeader, text, losses)
	}
	if header == "DEFAULT" {
		l.section.shared = true
		l.keys = l.defaults
		l.add(DefaultSection, []byte(l.section.what))
		return
	}
	l.keys = make(map[string]keyLine)
	if first, ok := l.sections[header]; ok {
		l.add(DuplicateSection, []byte(l.section.what)).First = first
		return
	}
	l.sections[header] = l.number
	python, ok := pythonID(header)
	if !ok {
		return
	}
	if first, ok := l.profiles[python]; ok {
		f := l.add(DuplicateProfile, text)
		f.First = first
		if python.name == "default" { // of [default] and [profile default], others take the second form
			f.Losses = Losses{LosesSection, LosesSection, LosesSection}
		}
		return
	}
	l.profiles[python] = l.number
}

// closeSection notes that a section had no keys.
func (l *linter) closeSection() {
	if l.section.alive && (l.section.kind == Profile || l.section.kind == SSOSession) {
		l.add(EmptySection, []byte(l.section.what)).Line = l.section.line
	}
	l.section.alive = false
}

// key is a line that is a key for Python.
func (l *linter) key(line, text []byte, separator int) {
	name := bytes.TrimFunc(text[:separator], isPythonSpace)
	lower := strings.ToLower(string(name))
	empty := parseValue(text[separator+1:]) == ""
	if first, ok := l.keys[lower]; ok {
		f := l.add(DuplicateKey, l.inSection([]byte(lower)))
		f.First = first.line
		if first.empty || empty { // for the others the last one counts, but JavaScript has no empty ones
			f.Losses[JavaScriptSDK] = LosesKey
		}
	} else {
		l.keys[lower] = keyLine{l.number, empty}
	}
	if l.empty && isIndented(line) {
		l.addKey(IndentedKey, name, Losses{GoSDK: LosesKey, JavaScriptSDK: LosesKey})
	}
	l.look(text, separator, isIndented(line))
	l.inKey = true
	l.nested = len(bytes.TrimFunc(text[separator+1:], isPythonSpace)) == 0
	l.empty = empty
	l.section.alive = l.section.alive && (l.empty || !bytes.Contains(text, []byte("=")))
}

// continued is a line that belongs to the key above for Python.
func (l *linter) continued(line, text []byte) {
	equal := bytes.IndexByte(text, '=')
	_, inGo := goHeader(line)
	if _, inJavaScript := javaScriptSection(line); inGo || inJavaScript {
		l.indentedHeader(line, text, l.nested && equal < 0)
		return
	}
	if text[0] == '=' || text[0] == ':' {
		l.addKey(NoKey, text, Losses{LosesKey, LosesKey, LosesKey})
	}
	if !l.nested {
		if i := bytes.IndexAny(text, "=:"); i >= 0 {
			losses := Losses{AWSCLI: LosesKey}
			l.empty = parseValue(text[i+1:]) == ""
			if l.empty || text[i] == ':' {
				losses[JavaScriptSDK] = LosesKey
			}
			l.look(text, i, true)
			l.addKey(IndentedKey, bytes.TrimFunc(text[:i], isPythonSpace), losses)
		} else {
			l.addKey(Continuation, text)
		}
		return
	}
	// Botocore splits what is nested once more, at the line ends of Unicode.
	for part := range bytes.FieldsFuncSeq(text, isPythonLineEnd) {
		if part := bytes.TrimFunc(part, isPythonSpace); len(part) > 0 && bytes.IndexByte(part, '=') < 0 {
			f := l.add(NestedLine, text)
			if equal < 0 && bytes.IndexByte(text, ':') >= 0 {
				f.Losses[JavaScriptSDK] = LosesKey
			}
			l.noteDefault()
			return
		}
	}
	if i := bytes.IndexAny(text, "=:"); i < equal {
		l.addKey(Colon, bytes.TrimFunc(text[:i], isPythonSpace), Losses{GoSDK: LosesKey})
	}
	name, value, _ := bytes.Cut(text, []byte("="))
	name = bytes.TrimFunc(name, isPythonSpace)
	if bytes.ContainsFunc(text, isPythonLineEnd) {
		l.addKey(OddSpace, name, Losses{AWSCLI: LosesKey})
	}
	if strings.ToLower(string(name)) != string(name) {
		l.addKey(CapitalKey, name, Losses{GoSDK: LosesKey})
	}
	if parseValue(value) == "" {
		l.addKey(NestedEmpty, name)
	} else {
		l.section.alive = false
	}
	if hasComment(text) {
		l.addKey(CommentInValue, name, Losses{AWSCLI: LosesKey, GoSDK: LosesKey})
	}
	l.quotes(name, value)
}

// indentedHeader is a header for all but Python, for which it is the rest of a
// value, and an error if that has to be keys.
func (l *linter) indentedHeader(line, text []byte, refused bool) {
	meant, losses := readHeader(line, text, "")
	losses[AWSCLI] = LosesSection
	if refused {
		losses[AWSCLI] = LosesFile
	}
	l.add(IndentedHeader, text, losses)
	l.noteDefault()
	l.closeSection()
	l.section = section{meant, string(text), l.number, l.section.shared, losses[JavaScriptSDK] == LosesNothing}
	l.empty = false
}

// noteDefault says of the last fault that its line is nested in [DEFAULT].
func (l *linter) noteDefault() {
	if l.section.shared && l.nested {
		l.inDefault = append(l.inDefault, len(l.faults)-1)
	}
}
