package awsconfig

import (
	"slices"
	"strings"
)

// Options say how to merge. The zero value keeps what the person changed as far
// as that can be known, and removes the profiles of roles that are gone.
type Options struct {
	// Base is what was written last time ([File.Base]), nil if that is not known:
	// then the keys that are written now are ours, and so is each profile of a
	// role.
	Base      []Section
	Overwrite bool // take ours where the person has another value
	NoPrune   bool // keep the profiles of roles that are gone
	Adopt     bool // take over the profile outside of our blocks that alone there is for the same role
	// AdoptSSO are the names under which aws-sso-cli knows the session's portal: its
	// profiles do not say which one they are for. Only with Adopt.
	AdoptSSO map[string]bool
	// AdoptNot are the names of profiles that are not taken over nevertheless, and have
	// no say in which one is. Only with Adopt.
	AdoptNot map[string]bool
}

// Result says what a merge did to the profiles of a session, by name: in the
// order of the new block, Removed in the order of the old one.
type Result struct {
	Added, Changed, Removed, Unchanged []string
	// Kept are those that were to stay as they are (AsIs), those that NoPrune kept,
	// and those with something of the person's that nothing went on with though
	// their role is there.
	Kept []string
	// Renamed are profiles of the same role under another name, Adopted those that
	// were the person's.
	Renamed, Adopted []Rename

	// Theirs are keys that the person changed and we did not, Conflicts those that
	// both changed. Both stay as the person has them.
	Theirs, Conflicts []Difference

	// LeftOut are profiles that the person has already, outside of the block or in
	// it: theirs stay, ours are not written.
	LeftOut []string
	// InOtherBlock are profiles that another session has already in its block:
	// they stay, ours are not written.
	InOtherBlock []string
	// Astray are profiles with a source_profile that is left out, where the one that is
	// there in its place is for another role: they are not written.
	Astray []string
}

// A Rename is a profile that has another name now.
type Rename struct {
	Old string `json:"old"`
	New string `json:"new"`
}

// Merge makes sections, in their order, the content of the session's block and
// changes nothing else: what the person added to it or changed in it stays.
// Without sections the block goes, if nothing of the person's is in it. An error
// leaves the file as it was: bytes that are not text, a damaged block, sections
// that not every reader would understand as they are meant, an [sso-session] or a
// block of the same name that leads to another access portal, an AsIs section
// that is not there.
func (f *File) Merge(session string, sections []Section, o Options) (Result, error) {
	blocks, err := f.blocks()
	if err != nil {
		return Result{}, err
	}
	if err := checkSections(session, sections); err != nil {
		return Result{}, err
	}
	old := find(blocks, session)
	// Another organization must not take the place of this one's profiles.
	if i := slices.IndexFunc(sections, func(s Section) bool { return !s.AsIs && startURL(s) != "" }); i >= 0 {
		if before, found := f.portal(session, old, o.Base); found && !sameSession(before, sections[i]) {
			return Result{}, conflict(session, before, sections[i])
		}
	}
	m := &merger{file: f, session: session, blocks: blocks, old: old, options: o}
	m.read(sections)
	if err := m.match(sections); err != nil {
		return Result{}, err
	}
	m.around()
	m.merge()
	m.splice()
	return m.result, nil
}

// A merger is one merge.
type merger struct {
	file    *File
	session string
	blocks  []block
	old     block
	options Options
	result  Result

	before, separation, after []byte // around the new block
	eol                       string // of what we write

	bases    map[id]*Section
	prologue []byte            // of the old block
	pieces   []piece           // of the old block
	named    map[id]*piece     // the last one of each name
	sections map[role]*Section // that are to be written, by role: no alias, if there is another
	wanted   map[id]*Section   // that are to be written, by name
	ours     []our
	written  map[id]*our // ours by name
	adopted  []*piece    // of the person, no longer outside
	parts    []part      // of the new block
}

// An our is a section that is to be in the block.
type our struct {
	Section
	was    *piece // the same in the old block, or the person's
	adopts bool
	copies bool // its piece goes on under another name: it is an alias that keeps the old one
}

// A part is some text of the new block, with the blank lines that were behind it,
// or a section that was not there: there may be many, and their text is not needed
// before it is written.
type part struct {
	section      *Section
	text, blanks []byte
	was          *piece
}

// size is how many bytes a part takes.
func (p part) size(eol string) int {
	n := len(p.text) + max(len(p.blanks), len(eol))
	if p.section != nil {
		n += len("[ ]") + len(p.section.Kind) + len(p.section.Name) + len(eol)
		for _, key := range p.section.Keys {
			n += len(key.Name) + len(" = ") + len(key.Value) + len(eol) + strings.Count(key.Value, "\n")*len(eol+" ")
		}
	}
	return n
}

// merge makes the parts of the new block. What stays of the old one, stays behind
// the piece that it was behind.
func (m *merger) merge() {
	behind := make(map[*piece][]*piece)
	var above *piece
	for i := range m.pieces {
		p := &m.pieces[i]
		switch u := m.unit(p); {
		case u.taken:
			if u == p { // earlier ones of its name go with it
				above = p
			}
		case m.goes(u):
			if w := m.written[u.id()]; u == p && u.Kind == Profile && (w == nil || roleOf(w.Section) != m.role(u)) {
				m.result.Removed = append(m.result.Removed, u.Name)
			}
		default:
			if u == p && u.Kind == Profile && m.isOurs(u) {
				m.result.Kept = append(m.result.Kept, u.Name)
			}
			behind[above] = append(behind[above], p)
		}
	}
	stay := func(above *piece) {
		for _, p := range behind[above] {
			m.parts = append(m.parts, part{text: p.text, blanks: p.blanks, was: p})
		}
	}
	stay(nil)
	m.parts = slices.Grow(m.parts, len(m.ours))
	for i := range m.ours {
		o := &m.ours[i]
		m.write(o)
		if o.was != nil && !o.adopts && !o.copies {
			stay(o.was)
		}
	}
}

// goes says that a piece that no section goes on with is not to stay: its role
// is gone, its name another's, or nothing in it the person's.
func (m *merger) goes(p *piece) bool {
	s := m.sections[m.role(p)]
	switch {
	case p.replaced:
		return true
	case !m.isOurs(p):
		return false
	case m.written[p.id()] != nil:
		return true
	case p.Kind == SSOSession: // profiles elsewhere may need it, whatever the layout is here
		return len(m.ours) == 0 && !m.options.NoPrune
	case s != nil:
		return m.plain(p, *s) || m.repeats(p, *s)
	default:
		return !m.options.NoPrune
	}
}

// write makes the parts of a section of ours.
func (m *merger) write(o *our) {
	if o.was == nil {
		if o.Kind == Profile {
			m.result.Added = append(m.result.Added, o.Name)
		}
		m.parts = append(m.parts, part{section: &o.Section})
		return
	}
	for _, p := range o.was.earlier {
		t := threeWay{text: p.text}
		if !o.AsIs {
			t.rename(p, o.Section)
		}
		m.parts = append(m.parts, part{text: t.result(), blanks: p.blanks, was: p})
	}
	if o.AsIs {
		m.result.Kept = append(m.result.Kept, o.Name)
		m.parts = append(m.parts, part{text: o.was.text, blanks: o.was.blanks, was: o.was})
		return
	}
	t := m.threeWay(o.was, o.Section)
	m.tell(*o, t)
	m.parts = append(m.parts, part{text: t.result(), blanks: o.was.blanks, was: o.was})
}

// threeWay merges a section into a piece.
func (m *merger) threeWay(p *piece, s Section) *threeWay {
	t := &threeWay{overwrite: m.options.Overwrite, eol: m.eol}
	if m.options.Base != nil && !p.outside {
		t.base = m.base(p)
		if t.base == nil {
			t.base = new(Section) // all of it is the person's
		}
	}
	if p.outside {
		t.goes = wayOf(p.Section).isOther
	}
	t.merge(p, s)
	return t
}
