package awsconfig

import (
	"bytes"
	"iter"
	"strings"
)

// A piece is a section as the person sees it: with the comments right above its
// header, up to those above the next one. Blanks are the blank lines at its end.
type piece struct {
	Section
	text, blanks []byte
	header       int      // where in text it begins
	body         int      // where in text the keys begin
	start, end   int      // in the file
	above        *piece   // nil for the first one
	last         bool     // of its block
	outside      bool     // of our blocks
	taken        bool     // a section of the new block goes on with it
	replaced     bool     // by one that is adopted
	earlier      []*piece // of the same name, in the same block
}

func (p *piece) id() id { return id{p.Kind, p.Name} }

// pieces splits a part of the file. What stands before the first piece is the
// prologue.
func (f *File) pieces(start, end int) (prologue []byte, pieces []piece) {
	sections := f.sections
	for len(sections) > 0 && sections[0].start < start {
		sections = sections[1:]
	}
	comments, first := -1, end // where the comments right above begin
	for offset, line := range lines(f.data[start:end]) {
		offset += start
		at := offset
		if at == 0 && bytes.HasPrefix(line, byteOrderMark) {
			at += len(byteOrderMark) // it is the file's
		}
		switch {
		case len(sections) > 0 && sections[0].start == offset:
			s := sections[0]
			sections = sections[1:]
			if comments < 0 {
				comments = at
			}
			first = min(first, comments)
			pieces = append(pieces, piece{Section: Section{Kind: s.kind, Name: s.name}, start: comments, header: at - comments, body: s.body - comments})
			comments = -1
		case !isComment(line):
			comments = -1
		case comments < 0:
			comments = at
		}
	}
	for i := range pieces {
		p := &pieces[i]
		p.last = i == len(pieces)-1
		p.end = end
		if !p.last {
			p.end = pieces[i+1].start
			pieces[i+1].above = p
		}
		p.text, p.blanks = cutBlanks(f.data[p.start:p.end])
		var keys keySet
		keys.read(p.text[p.body:])
		p.Keys = keys.keys
	}
	return f.data[start:first], pieces
}

// isIndented says that the AWS CLI may take the header for the rest of the value
// above.
func (p *piece) isIndented() bool { return p.text[p.header] != '[' }

// withoutRest is a piece up to the blank line below its last key. What follows is
// not sure to be about it.
func (p *piece) withoutRest() *piece {
	end := p.body
	for item := range items(p.text, p.body) {
		end = item.end
	}
	inRest := false
	for _, line := range lines(p.text[end:]) {
		if inRest = inRest || isBlank(line); inRest && !isBlank(line) {
			break
		}
		end += len(line)
	}
	if end == len(p.text) {
		return p
	}
	own := *p
	own.text, own.blanks = cutBlanks(p.text[:end])
	own.end = p.start + end
	return &own
}

// cutBlanks cuts the blank lines at the end of text.
func cutBlanks(text []byte) (rest, blanks []byte) {
	end := 0
	for offset, line := range lines(text) {
		if !isBlank(line) {
			end = offset + len(line)
		}
	}
	return text[:end], text[end:]
}

// An item is a key in the text of a piece, with the lines that go on with its
// value.
type item struct {
	Key
	indent               string
	more                 string // what its value has in further lines
	start, end           int    // its lines
	valueStart, valueEnd int    // its value in the first of them, without a comment
}

// items yields the keys of a body, that begins at an offset of a text.
func items(text []byte, body int) iter.Seq[item] {
	return func(yield func(item) bool) {
		var key item
		var more []byte
		indent, found := -1, false
		whole := func() item {
			key.more = string(more)
			more = more[:0]
			return key
		}
		for offset, line := range lines(text[body:]) {
			offset += body
			if isBlank(line) || isComment(line) {
				continue
			}
			rest := bytes.TrimLeftFunc(line, isSpace)
			deep := len(line) - len(rest)
			i := bytes.IndexAny(rest, "=:")
			if found && deep > indent { // nested in the key above, or the rest of its value
				more = append(append(more, '\n'), bytes.TrimFunc(rest, isSpace)...)
				key.end = offset + len(line)
				continue
			}
			if i <= 0 {
				continue
			}
			if found && !yield(whole()) {
				return
			}
			found, indent = true, deep
			name := strings.ToLower(string(bytes.TrimFunc(rest[:i], isSpace)))
			from, to := valueSpan(rest[i+1:])
			key = item{
				Key: Key{name, parseValue(rest[i+1:])}, indent: string(line[:deep]), start: offset, end: offset + len(line),
				valueStart: offset + deep + i + 1 + from, valueEnd: offset + deep + i + 1 + to,
			}
		}
		if found {
			yield(whole())
		}
	}
}
