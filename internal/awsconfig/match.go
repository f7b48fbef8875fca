package awsconfig

import (
	"cmp"
	"fmt"
	"slices"
)

// read finds what is in the old block.
func (m *merger) read(sections []Section) {
	m.eol = "\n" // until we know
	m.bases = make(map[id]*Section, len(m.options.Base))
	for i, s := range m.options.Base {
		m.bases[id{s.Kind, s.Name}] = &m.options.Base[i]
	}
	m.sections = make(map[role]*Section, len(sections))
	m.wanted = make(map[id]*Section, len(sections))
	for i, s := range sections {
		m.wanted[id{s.Kind, s.Name}] = &sections[i]
		if r := roleOf(s); r.known() && (!s.Alias || m.sections[r] == nil) {
			m.sections[r] = &sections[i]
		}
	}
	m.prologue, m.pieces = m.file.pieces(m.old.body, m.old.closing)
	m.named = make(map[id]*piece, len(m.pieces))
	all := make(map[id]*keySet) // of those whose name stands there more than once
	for i := range m.pieces {
		p := &m.pieces[i]
		if before := m.named[p.id()]; before != nil && p.Kind != "" {
			p.earlier = before.earlier
			p.earlier = append(p.earlier, before)
			before.earlier = nil
			if all[p.id()] == nil {
				all[p.id()] = &keySet{keys: slices.Clone(before.Keys)}
			}
			for _, key := range p.Keys {
				all[p.id()].set(key)
			}
		}
		m.named[p.id()] = p
	}
	for id, keys := range all {
		m.named[id].Keys = keys.keys
	}
}

// unit is the last piece of the same name as another. The earlier ones go where
// it goes.
func (m *merger) unit(p *piece) *piece {
	if p.Kind == "" {
		return p
	}
	return m.named[p.id()]
}

// matches finds the piece of the old block that each section goes on with: that
// of its name if it is for the same role, else the one for its role, else that
// of its name. So two profiles that swap their names keep their texts. An alias goes
// on with nothing but its name, even if another section takes that piece over.
func (m *merger) matches(sections []Section) []*piece {
	found := make([]*piece, len(sections))
	take := func(i int, p *piece) {
		p.taken = true
		found[i] = p
	}
	for i, s := range sections {
		if p := m.named[id{s.Kind, s.Name}]; p != nil && !s.Alias && m.same(s, p) {
			take(i, p)
		}
	}
	byRole := m.byRole()
	for i, s := range sections {
		if p := byRole[roleOf(s)]; found[i] == nil && p != nil && !p.taken && !s.Alias && m.free(s) {
			take(i, p)
		}
	}
	for i, s := range sections {
		if p := m.named[id{s.Kind, s.Name}]; p != nil && s.Alias && m.same(s, p) {
			take(i, p)
		}
	}
	for i, s := range sections {
		if p := m.named[id{s.Kind, s.Name}]; found[i] == nil && p != nil && !p.taken && m.isOurs(p) {
			take(i, p)
		}
	}
	return found
}

// same says that a section is what the piece of its name was before.
func (m *merger) same(s Section, p *piece) bool {
	switch {
	case s.AsIs, s.Kind != Profile:
		return true
	case s.Value("role_arn") != "" && !m.isOurs(p):
		return false
	}
	return roleOf(s) == m.role(p)
}

// byRole finds the piece for each role that may get another name. What is known to
// be an alias does not, and what is to be one only if there is no other.
func (m *merger) byRole() map[role]*piece {
	found := make(map[role]*piece)
	staysAlias := func(p *piece) bool {
		s := m.wanted[p.id()]
		return s != nil && s.Alias
	}
	for i := range m.pieces {
		p := &m.pieces[i]
		r := m.role(p)
		if p.Kind != Profile || m.unit(p) != p || p.taken || !m.isOurs(p) || !r.known() || m.base(p) != nil && m.base(p).Alias {
			continue
		}
		if found[r] == nil || staysAlias(found[r]) && !staysAlias(p) {
			found[r] = p
		}
	}
	return found
}

// free says that no section of the person's in the block has the name of s.
func (m *merger) free(s Section) bool {
	p := m.named[id{s.Kind, s.Name}]
	return p == nil || p.taken || m.isOurs(p)
}

// astray says that a section would begin at a profile that is not ours after all: the
// person's, or another session's, of the same name and for another role. Whoever used
// it would come with other credentials than it says.
func (m *merger) astray(s Section) bool {
	source := id{Profile, s.Value("source_profile")}
	meant := m.wanted[source]
	if meant == nil || m.written[source] != nil {
		return false
	}
	there, _ := m.file.lookup(Profile, source.name, m.old)
	return roleOf(there) != roleOf(*meant)
}

// match finds what is to be in the block, and what it goes on with: what the
// person has elsewhere is not.
func (m *merger) match(sections []Section) error {
	found := m.matches(sections)
	theirs, others := m.elsewhere()
	adopts := m.adopts(sections, found, theirs, others)
	m.ours = make([]our, 0, len(sections))
	m.written = make(map[id]*our, len(sections))
	for i, s := range sections {
		o := our{Section: s, was: found[i]}
		switch {
		case s.AsIs:
			if o.was == nil || s.Kind != Profile {
				return fmt.Errorf("%s %q is to stay as it is, but is not in the block of session %s", s.Kind, s.Name, m.session)
			}
		case s.Kind == SSOSession:
			if theirs, there := m.file.lookup(s.Kind, s.Name, m.old); !there {
				break
			} else if !sameSession(theirs, s) {
				return conflict(m.session, theirs, s)
			}
			m.leave(o)
			continue
		case adopts[i] != nil:
			m.leave(o)
			if o.was != nil {
				o.was.replaced = true
			}
			o.was, o.adopts = adopts[i], true
			m.adopted = append(m.adopted, adopts[i])
		case m.astray(s):
			m.result.Astray = append(m.result.Astray, s.Name)
			m.leave(o)
			continue
		case theirs[s.Name] > 0, o.was == nil && !m.free(s):
			m.result.LeftOut = append(m.result.LeftOut, s.Name)
			m.leave(o)
			continue
		case others[s.Name]:
			m.result.InOtherBlock = append(m.result.InOtherBlock, s.Name)
			m.leave(o)
			continue
		}
		m.ours = append(m.ours, o)
		m.written[id{s.Kind, s.Name}] = &m.ours[len(m.ours)-1]
	}
	m.share()
	return nil
}

// share finds the aliases whose piece goes on under another name, too: they get a
// copy.
func (m *merger) share() {
	goesOn := make(map[*piece]bool)
	for _, o := range m.ours {
		if o.was != nil {
			o.was.taken, o.was.replaced = true, false
			goesOn[o.was] = goesOn[o.was] || !o.Alias
		}
	}
	for i := range m.ours {
		o := &m.ours[i]
		o.copies = o.Alias && goesOn[o.was]
	}
}

// leave takes back that a section goes on with a piece.
func (m *merger) leave(o our) {
	if o.was != nil {
		o.was.taken = false
	}
}

// elsewhere counts the profiles outside of our blocks by name, and finds those in
// the blocks of other sessions.
func (m *merger) elsewhere() (theirs map[string]int, others map[string]bool) {
	theirs, others = make(map[string]int), make(map[string]bool)
	for _, s := range m.file.sections {
		switch {
		case s.kind != Profile || m.old.holds(s):
		case slices.ContainsFunc(m.blocks, func(b block) bool { return b.holds(s) }):
			others[s.name] = true
		default:
			theirs[s.name]++
		}
	}
	return theirs, others
}

// adopts finds the profile of the person that each section takes over, an alias none.
// Where the block has something of the person's for that role, both stay. Those that
// are taken over are no longer among theirs.
func (m *merger) adopts(sections []Section, found []*piece, theirs map[string]int, others map[string]bool) []*piece {
	adopts := make([]*piece, len(sections))
	if !m.options.Adopt {
		return adopts
	}
	url := ""
	for _, s := range sections {
		url = cmp.Or(url, startURL(s))
	}
	outside := m.outside(url, theirs)
	for i, s := range sections {
		if p := outside[roleOf(s)]; p != nil && !p.taken && s.Kind == Profile && !s.AsIs && !s.Alias && m.free(s) && (found[i] == nil || m.plain(found[i], s)) {
			p.taken = true
			adopts[i] = p
			theirs[p.Name]--
		}
	}
	for again := true; again; { // giving one up may take the name of another
		again = false
		for i, s := range sections {
			if p := adopts[i]; p != nil && (theirs[s.Name] > 0 || others[s.Name]) {
				adopts[i], again = nil, true
				theirs[p.Name]++
			}
		}
	}
	return adopts
}

// outside finds the profiles that Adopt means: of the person, for a role of this
// session that has no second one. Those that only another tool takes for one count
// where there is no other. [default] stays what it is.
func (m *merger) outside(url string, theirs map[string]int) map[role]*piece {
	type candidate struct {
		*piece
		plain, many bool
	}
	found := make(map[role]candidate)
	start := 0
	for _, b := range append(slices.Clip(m.blocks), block{start: len(m.file.data)}) {
		_, pieces := m.file.pieces(start, b.start)
		start = b.end
		for i := range pieces {
			p := &pieces[i]
			p.outside = true
			if p.Kind != Profile || p.Name == defaultProfile || m.options.AdoptNot[p.Name] {
				continue
			}
			w := wayOf(p.Section)
			r := w.role
			if !r.known() || !m.leadsTo(url, w) {
				continue
			}
			before, there := found[r]
			plain := roleOf(p.Section).known()
			if there && before.plain && !plain {
				continue
			}
			again := there && before.plain == plain
			found[r] = candidate{
				p.withoutRest(), plain,
				again || theirs[p.Name] > 1 || i+1 < len(pieces) && pieces[i+1].isIndented(),
			}
		}
	}
	outside := make(map[role]*piece, len(found))
	for r, c := range found {
		if !c.many {
			outside[r] = c.piece
		}
	}
	return outside
}

// leadsTo says that a profile of the person's is for the session's portal.
func (m *merger) leadsTo(url string, w way) bool {
	switch {
	case w.sso != "":
		return m.options.AdoptSSO[w.sso]
	case w.session != m.session:
		return url != "" && canonical(w.startURL) == url
	}
	session, found := m.file.lookup(SSOSession, m.session, block{})
	return !found || url == "" || startURL(session) == url
}
