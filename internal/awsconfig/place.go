package awsconfig

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
)

// around finds what is to stand around the block, and so the line ending of what
// we write: the next merge will find the same.
func (m *merger) around() {
	slices.SortFunc(m.adopted, func(a, b *piece) int { return cmp.Compare(a.start, b.start) })
	data, old := m.file.data, m.old
	if old.end == 0 {
		old.start, old.end = len(data), len(data)
	}
	m.before, m.after = m.without(0, data[:old.start]), m.without(old.end, data[old.end:])
	block := data[old.start:old.end]
	if len(block) == 0 && len(m.adopted) > 0 {
		block = m.adopted[0].text
	}
	if m.old.end == 0 {
		m.separation = []byte(separator(m.before, lineEnding(m.before, block, nil)))
	}
	m.eol = lineEnding(slices.Concat(m.before, m.separation), block, m.after)
}

// splice puts the parts where the old block stands, else at the end.
func (m *merger) splice() {
	var text bytes.Buffer
	switch {
	case len(m.parts) == 0 && m.old.end == 0:
		return
	case len(m.parts) == 0 && isBlank(m.prologue):
		text.Write(trimSeparator(m.before, m.after))
	default:
		size := len(m.before) + len(m.separation) + len(m.prologue) + 2*len(beginPrefix) + len(beginReason) + 2*len(m.session) + 16 + len(m.after)
		for _, p := range m.parts {
			size += p.size(m.eol)
		}
		text.Grow(size)
		text.Write(m.before)
		text.Write(m.separation)
		m.writeBlock(&text)
	}
	text.Write(m.after)
	m.file.become(text.Bytes())
}

// writeBlock writes the block. Between two parts there is a blank line at least.
func (m *merger) writeBlock(w *bytes.Buffer) {
	line := func(text string) { w.WriteString(text + m.eol) }
	endLine := func() { // a lone CR does not end it for every reader
		switch text := w.Bytes(); text[len(text)-1] {
		case '\n':
		case '\r':
			w.WriteByte('\n')
		default:
			w.WriteString(m.eol)
		}
	}
	line(beginPrefix + " " + m.session + " " + beginReason)
	w.Write(m.prologue)
	endLine()
	if len(m.parts) > 0 && isComment(lastLine(m.prologue)) { // else it would become that of the section below
		line("")
	}
	for i, p := range m.parts {
		if p.section != nil {
			w.WriteString(p.section.write(m.eol))
		}
		p.text = m.below(m.parts[:i], p)
		m.parts[i] = p // the next one looks at what is above it
		w.Write(p.text)
		endLine()
		switch end := i == len(m.parts)-1; {
		case len(p.blanks) > 0 && (!end || p.was.last && !p.was.outside):
			w.Write(p.blanks)
			endLine()
		case !end:
			line("")
		}
	}
	line(endPrefix + " " + m.session)
}

// below is the text of a part. If its header is indented and what stands above it
// is not as it was, the AWS CLI could take it for the rest of a value there.
func (m *merger) below(above []part, p part) []byte {
	if p.was == nil || !p.was.isIndented() {
		return p.text
	}
	same := p.was.above == nil && len(m.adopted) == 0
	if len(above) > 0 {
		last := above[len(above)-1]
		same = last.was != nil && last.was == p.was.above && bytes.Equal(last.text, last.was.text)
	}
	if same {
		return p.text
	}
	return slices.Concat(p.text[:p.was.header], bytes.TrimLeftFunc(p.text[p.was.header:], isSpace))
}

// without is the text that begins at an offset of the file, but for what was
// adopted in it.
func (m *merger) without(offset int, text []byte) []byte {
	if len(m.adopted) == 0 {
		return text
	}
	var rest []byte
	at := 0
	for _, p := range m.adopted {
		if start, end := p.start-offset, p.end-offset; start >= at && end <= len(text) {
			rest = append(rest, text[at:start]...)
			at = end
		}
	}
	return append(rest, text[at:]...)
}

// header is the header of a section as we write it. All readers know [default], and
// not all of them prefer it to [profile default].
func (s Section) header() string {
	if s.Kind == Profile && s.Name == defaultProfile {
		return "[" + s.Name + "]"
	}
	return "[" + s.Kind + " " + s.Name + "]"
}

// write is a section as we write a new one.
func (s Section) write(eol string) string {
	var b strings.Builder
	b.WriteString(s.header() + eol)
	for _, key := range s.Keys {
		b.WriteString(key.write("", eol))
	}
	return b.String()
}

// lineEnding is that of most lines outside of the block. If there are none, the
// block's first line decides, which is ours: were all of them counted, a block
// that shrinks could tip the balance for the next run.
func lineEnding(before, block, after []byte) string {
	count := func(end string, texts ...[]byte) (n int) {
		for _, text := range texts {
			n += bytes.Count(text, []byte(end))
		}
		return n
	}
	crlf, all := count("\r\n", before, after), count("\n", before, after)
	if all == 0 {
		block = block[:bytes.IndexByte(block, '\n')+1]
		crlf, all = count("\r\n", block), count("\n", block)
	}
	if 2*crlf > all {
		return "\r\n"
	}
	return "\n"
}

// separator is what a new block needs between itself and the text before it:
// the end of the last line, and a blank line.
func separator(before []byte, eol string) string {
	before = bytes.TrimPrefix(before, byteOrderMark)
	if len(before) == 0 {
		return ""
	}
	needed := ""
	if before[len(before)-1] != '\n' {
		needed = eol
	}
	if !isBlank(lastLine(before)) {
		needed += eol
	}
	return needed
}

// trimSeparator takes back the blank line that separator added. A second blank
// line before it, or text right behind the block, says that it is not ours to
// take. A file that ended in one blank line all by itself loses it: nothing
// tells the two apart.
func trimSeparator(before, after []byte) []byte {
	last := lastLine(before)
	rest := before[:len(before)-len(last)]
	next, _, _ := bytes.Cut(after, []byte("\n"))
	if s := string(last); s != "\n" && s != "\r\n" || isBlank(lastLine(rest)) || !isBlank(next) {
		return before
	}
	return rest
}

// lastLine returns the last line of text with its end.
func lastLine(text []byte) []byte {
	body := bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("\n")), []byte("\r"))
	return text[bytes.LastIndexAny(body, "\r\n")+1:]
}
