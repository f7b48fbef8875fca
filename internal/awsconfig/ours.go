package awsconfig

import (
	"bytes"
	"slices"
	"strings"
)

// A role is what a profile is for. Its name may change.
type role struct{ accountID, name string }

func roleOf(s Section) role { return role{s.Value("sso_account_id"), s.Value("sso_role_name")} }

func (r role) known() bool { return r.accountID != "" && r.name != "" }

// isOurs says that we wrote a piece of the block, and not the person.
func (m *merger) isOurs(p *piece) bool {
	if m.options.Base != nil {
		return m.base(p) != nil
	}
	return p.Kind == SSOSession && p.Name == m.session || p.Kind == Profile && (roleOf(p.Section).known() || m.isChain(p))
}

// isChain says that a piece is for the same role as a section of its name that is
// assumed from another profile.
func (m *merger) isChain(p *piece) bool {
	s := m.wanted[p.id()]
	return s != nil && s.Value("role_arn") != "" && s.Value("role_arn") == p.Value("role_arn")
}

// base is what we wrote last of a piece, nil if we did not.
func (m *merger) base(p *piece) *Section { return m.bases[p.id()] }

// role is what a piece is for: what we wrote it for, if that is known.
func (m *merger) role(p *piece) role {
	if base := m.base(p); base != nil && roleOf(*base).known() {
		return roleOf(*base)
	}
	return roleOf(p.Section)
}

// plain says that nothing of the person's would be left of a piece if a section
// went on with it.
func (m *merger) plain(p *piece, s Section) bool {
	if len(p.earlier) > 0 {
		return false
	}
	text := m.threeWay(p, s).result()
	for _, line := range lines(text) {
		if isComment(line) {
			return false
		}
	}
	body := bodyOf(text)
	_, behind, _ := bytes.Cut(text[:body], []byte("]"))
	n := 0
	for item := range items(text, body) {
		value, ours := s.lookup(item.Name)
		if comments := (&threeWay{text: text}).comments(item); !ours || value != item.whole() || strings.TrimSpace(comments) != "" {
			return false
		}
		n++
	}
	return n == len(s.Keys) && isBlank(behind)
}

// bodyOf is where the keys begin in the text of a piece.
func bodyOf(text []byte) int {
	_, pieces := Parse(text).pieces(0, len(text))
	return pieces[0].body
}

// repeats says that whatever would be left of the person's in a piece that was an
// alias of a section is in that section, too.
func (m *merger) repeats(p *piece, s Section) bool {
	o := m.written[id{s.Kind, s.Name}]
	if o == nil || o.was == nil || o.copies || len(p.earlier) > 0 {
		return false
	}
	there := told(m.threeWay(o.was, s).result())
	for what := range told(m.threeWay(p, s).result()) {
		if !there[what] {
			return false
		}
	}
	return true
}

// told is what the text of a piece says, but for its name: keys and comments.
func told(text []byte) map[string]bool {
	told := make(map[string]bool)
	body := bodyOf(text)
	for item := range items(text, body) {
		for line := range strings.SplitSeq(item.whole(), "\n") {
			told[item.Name+" = "+line] = true
		}
		for comment := range strings.Lines((&threeWay{text: text}).comments(item)) {
			told[strings.TrimSpace(comment)] = true
		}
	}
	for offset, line := range lines(text) {
		if offset < body && !isComment(line) {
			_, line, _ = bytes.Cut(line, []byte("]"))
		}
		if !bytes.ContainsAny(line, "=:") || isComment(line) { // what is no key, too
			told[strings.TrimSpace(string(line))] = true
		}
	}
	delete(told, "")
	return told
}

// Base is what the next merge of a session is to have as its Base, from the
// sections and the base of this one, which made the file: what it wrote, and what
// was written before of the profiles that it kept.
func (f *File) Base(session string, sections, before []Section, r Result) ([]Section, error) {
	left := make(map[string]bool)
	for _, name := range slices.Concat(r.LeftOut, r.InOtherBlock, r.Astray) {
		left[name] = true
	}
	base := make([]Section, 0, len(sections)+len(r.Kept))
	named := make(map[string]bool)
	for _, s := range sections {
		if s.Kind != Profile || !s.AsIs && !left[s.Name] {
			base = append(base, s)
			named[s.Name] = s.Kind == Profile
		}
	}
	if before == nil {
		var err error
		if before, err = f.guess(session, sections); err != nil {
			return nil, err
		}
	}
	kept := make(map[string]bool, len(r.Kept))
	for _, name := range r.Kept {
		kept[name] = true
	}
	for _, s := range before {
		if s.Kind == Profile && kept[s.Name] && !named[s.Name] {
			base = append(base, s)
		}
	}
	return base, nil
}

// guess is what counts as written where nothing is known: of each profile of a
// role the keys that lead to the role, and those that are written now for it or,
// if it is not written, for others.
func (f *File) guess(session string, sections []Section) ([]Section, error) {
	portal := []Key{{Name: "sso_session"}, {Name: "sso_start_url"}, {Name: "sso_region"}, {Name: "sso_account_id"}, {Name: "sso_role_name"}}
	others := Section{Keys: portal}
	written := make(map[role]Section, len(sections))
	for _, s := range sections {
		others.Keys = others.with(s.Keys)
		if _, there := written[roleOf(s)]; !s.Alias || !there {
			written[roleOf(s)] = Section{Keys: s.with(portal)}
		}
	}
	blocks, err := f.blocks()
	if err != nil {
		return nil, err
	}
	in := find(blocks, session)
	profiles := f.collect(in.profiles, in.closing, (*keySet).readWhole)
	profiles = slices.DeleteFunc(profiles, func(s Section) bool { return !roleOf(s).known() })
	for i, p := range profiles {
		ours, there := written[roleOf(p)]
		if !there {
			ours = others
		}
		for j, key := range p.Keys {
			if value := ours.Value(key.Name); key.isNested() && (Key{Value: value}).isNested() {
				p.Keys[j] = key.only(Key{Value: value}.Nested())
			}
		}
		profiles[i].Keys = slices.DeleteFunc(p.Keys, func(key Key) bool {
			_, known := ours.lookup(key.Name)
			known = known || strings.HasPrefix(key.Name, OwnKeys)
			return !known || CheckKey(key) != nil // what we would not write is the person's
		})
	}
	return slices.DeleteFunc(profiles, func(s Section) bool { return s.check() != nil }), nil
}

// tell puts down what happened to a section.
func (m *merger) tell(o our, t *threeWay) {
	name := o.Name
	if o.Kind == SSOSession {
		name = o.Kind + " " + o.Name
	}
	for _, d := range t.kept {
		d.Profile = name
		m.result.Theirs = append(m.result.Theirs, d)
	}
	for _, d := range t.conflicts {
		d.Profile = name
		m.result.Conflicts = append(m.result.Conflicts, d)
	}
	switch {
	case o.Kind != Profile:
	case o.adopts:
		m.result.Adopted = append(m.result.Adopted, Rename{o.was.Name, o.Name})
	case o.was.Name != o.Name:
		m.result.Renamed = append(m.result.Renamed, Rename{o.was.Name, o.Name})
	case len(t.edits) > 0:
		m.result.Changed = append(m.result.Changed, o.Name)
	default:
		m.result.Unchanged = append(m.result.Unchanged, o.Name)
	}
}
