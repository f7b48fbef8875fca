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
	first                int    // where the first of them ends
	valueStart, valueEnd int    // its value in that, without a comment
}

// whole is the value with its further lines, in the form of a [Key].
func (i item) whole() string { return i.Value + i.more }

// isNested says that its further lines are keys in it.
func (i item) isNested() bool { return i.more != "" && i.valueStart == i.valueEnd }

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
				text := bytes.TrimFunc(rest, isSpace)
				if i := bytes.IndexByte(text, '='); i > 0 && key.valueStart == key.valueEnd {
					text = []byte(string(bytes.TrimFunc(text[:i], isSpace)) + " = " + parseValue(text[i+1:]))
				}
				more = append(append(more, '\n'), text...)
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
			key = newItem(line, offset, deep, i)
		}
		if found {
			yield(whole())
		}
	}
}

// newItem reads the line of a key, that stands at an offset, is indented, and has
// its separator behind that.
func newItem(line []byte, offset, indent, separator int) item {
	rest := line[indent:]
	from, to := valueSpan(rest[separator+1:])
	behind := offset + indent + separator + 1
	return item{
		Key:    Key{strings.ToLower(string(bytes.TrimFunc(rest[:separator], isSpace))), parseValue(rest[separator+1:])},
		indent: string(line[:indent]), start: offset, end: offset + len(line), first: offset + len(line),
		valueStart: behind + from, valueEnd: behind + to,
	}
}

// nestedItems are the keys in a nested value of a text. For the AWS CLI each line
// is one, however deep, and nothing but = separates it.
func nestedItems(text []byte, key item) (keys []item) {
	for offset, line := range lines(text[key.first:key.end]) {
		indent := len(line) - len(bytes.TrimLeftFunc(line, isSpace))
		if separator := bytes.IndexByte(line[indent:], '='); separator > 0 && !isComment(line) {
			keys = append(keys, newItem(line, key.first+offset, indent, separator))
		}
	}
	return keys
}
