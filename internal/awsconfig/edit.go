package awsconfig

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
)

// A Difference is a key of a profile that the person has otherwise than we would
// write it; what is nested is called s3.max_queue_size. An empty value is a key that
// is not there, or an empty one.
type Difference struct {
	Profile string `json:"profile"`
	Key     string `json:"key"`
	Ours    string `json:"ours"`
	Theirs  string `json:"theirs"`
}

// A threeWay merges what we write now into a piece, with what we wrote last as
// the base. A key that differs from its base was changed by the person; without
// a base every key that we write is ours.
type threeWay struct {
	base      *Section              // nil: it is not known
	overwrite bool                  // take ours where the two differ
	in        string                // "s3." where it is about what is nested in the key s3
	goes      func(key string) bool // what is to go, whoever wrote it; nil: nothing

	text  []byte
	eol   string
	edits []edit

	// Of a piece with indented keys, for whose readers those belong to an empty or
	// nested key above them.
	opened    int    // where the first such key of theirs begins, 0 if there is none
	above     item   // what is above it
	unindent  int    // where such keys of ours go
	unindents []edit // behind all others

	kept, conflicts []Difference
}

// An edit puts text in place of a part of a piece: of whole lines, or in a line.
type edit struct {
	start, end int
	text       string
	lines      bool
}

// merge changes the piece so that it has the keys of ours.
func (m *threeWay) merge(p *piece, ours Section) {
	m.text = p.text
	all := slices.Collect(items(p.text, p.body))
	above := item{end: p.body} // where a new key goes
	if len(all) > 0 {
		above.indent = all[0].indent // deeper than the key above would be part of its value
	}
	if above.indent != "" {
		m.unindent = all[len(all)-1].end
		m.above = above
		for _, item := range all {
			if m.opened = item.start; item.indent != "" && item.valueStart == item.valueEnd {
				break
			}
			m.opened, m.above = 0, item
		}
	}
	m.keys(above, ours, all)
	if len(m.unindents) > 0 { // the AWS CLI may take an indented header, and so them, for a part of the section above
		header := p.text[p.header:]
		m.edits = append(m.edits, edit{p.header, p.header + len(header) - len(bytes.TrimLeftFunc(header, isSpace)), "", false})
	}
	m.edits = append(m.edits, m.unindents...)
	m.rename(p, ours)
}

// keys changes keys so that they are ours. A new one goes behind what is above.
func (m *threeWay) keys(above item, ours Section, all []item) {
	for _, key := range ours.Keys {
		item, there := item{}, false
		for _, other := range all {
			if other.Name == key.Name {
				item, there = other, true // the last one counts
			}
		}
		m.set(above, key, item, there)
		if there {
			above = item
		}
	}
	for _, item := range all {
		before, known := m.before(item)
		if _, stays := ours.lookup(item.Name); known && !stays {
			m.remove(before, item)
		}
	}
}

// before is what we wrote last for a key. Where that is not known, it is ours if it
// means something to us alone, or leads to the role: a profile with two ways to it is
// an error for some readers.
func (m *threeWay) before(item item) (value string, known bool) {
	own := strings.HasPrefix(item.Name, OwnKeys)
	if m.base != nil && len(m.base.Keys) > 0 && !own {
		return m.base.lookup(item.Name)
	}
	goes := m.goes != nil && m.goes(item.Name)
	toRole := item.Name == "sso_session" || item.Name == "sso_start_url" || item.Name == "sso_region"
	return item.whole(), (goes || toRole || own) && m.in == ""
}

// set brings one key to its value, unless the person wants another.
func (m *threeWay) set(above item, key Key, item item, there bool) {
	theirs := item.whole()
	before, known := "", false
	if m.base != nil {
		before, known = m.base.lookup(key.Name)
	}
	switch {
	case there && theirs == key.Value:
	case item.isNested() && key.isNested():
		m.setNested(key, item, Key{key.Name, before})
	case m.base == nil, m.overwrite, !there && !known, there && known && theirs == before:
		m.write(above, key, item, there)
	case known && before == key.Value:
		m.kept = append(m.kept, Difference{Key: m.in + key.Name, Ours: key.Value, Theirs: theirs})
	default:
		m.conflicts = append(m.conflicts, Difference{Key: m.in + key.Name, Ours: key.Value, Theirs: theirs})
	}
}

// write puts a key in the place of an item, or behind the one above.
func (m *threeWay) write(above item, key Key, item item, there bool) {
	switch opens := key.opens(); {
	case opens && m.unindent > 0: // the indented keys below would be part of it
		if there {
			m.edits = append(m.edits, edit{item.start, item.end, m.comments(item), true})
		}
		m.unindents = append(m.unindents, edit{m.unindent, m.unindent, key.write("", m.eol), true})
	case !there:
		if above.indent != "" && m.opened > 0 && above.end > m.opened {
			above = m.above
		}
		m.edits = append(m.edits, edit{above.end, above.end, key.write(above.indent, m.eol), true})
	case opens, item.more != "", item.valueStart == item.valueEnd:
		m.edits = append(m.edits, edit{item.start, item.end, key.write(item.indent, m.eol) + m.comments(item), true})
	default:
		m.edits = append(m.edits, edit{item.valueStart, item.valueEnd, key.Value, false})
	}
}

// setNested does for the keys in a nested value what is done for those of a piece.
func (m *threeWay) setNested(key Key, item item, before Key) {
	in := threeWay{overwrite: m.overwrite, in: key.Name + ".", text: m.text, eol: m.eol}
	if m.base != nil {
		in.base = &Section{Keys: before.Nested()}
	}
	all := nestedItems(m.text, item)
	above := item
	above.end, above.indent = item.first, item.indent+"  "
	if len(all) > 0 {
		above.indent = all[0].indent
	}
	in.keys(above, Section{Keys: key.Nested()}, all)
	m.edits = append(m.edits, in.edits...)
	m.kept = append(m.kept, in.kept...)
	m.conflicts = append(m.conflicts, in.conflicts...)
}

// remove takes out a key that we write no more, unless the person changed it.
func (m *threeWay) remove(before string, item item) {
	if theirs := item.whole(); theirs != before && !m.overwrite {
		m.kept = append(m.kept, Difference{Key: m.in + item.Name, Theirs: theirs})
		return
	}
	m.edits = append(m.edits, edit{item.start, item.end, m.comments(item), true})
}

// comments is the comments in the lines of a value. They are the person's.
func (m *threeWay) comments(item item) string {
	var text strings.Builder
	for offset, line := range lines(m.text[item.start:item.end]) {
		behind := commentIn(line)
		if offset == 0 {
			behind = item.valueEnd - item.start
		}
		if isComment(line) || isBlank(line) {
			text.Write(line)
		} else if isComment(line[behind:]) {
			text.WriteString(item.indent + strings.TrimSpace(string(line[behind:])) + m.eol)
		}
	}
	return text.String()
}

// rename changes the name in the header.
func (m *threeWay) rename(p *piece, ours Section) {
	if p.Name == ours.Name {
		return
	}
	header := p.text[p.header:p.body]
	start, end := bytes.IndexByte(header, '['), bytes.IndexByte(header, ']')+1
	if end == 0 {
		end = len(bytes.TrimRight(header, "\r\n"))
	}
	m.edits = append(m.edits, edit{p.header + start, p.header + end, ours.header(), false})
}

// result is the text with all edits.
func (m *threeWay) result() []byte {
	if len(m.edits) == 0 {
		return m.text
	}
	slices.SortStableFunc(m.edits, func(a, b edit) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end)) })
	var text bytes.Buffer
	at := 0
	for _, e := range m.edits {
		text.Write(m.text[at:e.start])
		if before := text.Bytes(); e.lines && e.text != "" && before[len(before)-1] != '\n' { // the last line of a file has no end
			text.WriteString(m.eol)
		}
		text.WriteString(e.text)
		at = e.end
	}
	text.Write(m.text[at:])
	return text.Bytes()
}

// with returns the keys of a section and further ones. Later values win.
func (s Section) with(more []Key) []Key {
	var keys keySet
	for _, key := range slices.Concat(s.Keys, more) {
		keys.set(key)
	}
	return keys.keys
}

// lookup returns the value of a key, and whether there is one.
func (s Section) lookup(name string) (string, bool) {
	i := slices.IndexFunc(s.Keys, func(key Key) bool { return key.Name == name })
	if i < 0 {
		return "", false
	}
	return s.Keys[i].Value, true
}
