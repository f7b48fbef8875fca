package awsconfig

import (
	"bytes"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Result says what a merge did to the profiles of a session, by name: in the
// order of the new block, Removed in the order of the old one.
type Result struct {
	Added, Changed, Removed, Unchanged []string

	// LeftOut are profiles that the person has already outside of the block:
	// theirs stay, ours are not written.
	LeftOut []string
	// InOtherBlock are profiles that another session has already in its block:
	// they stay, ours are not written.
	InOtherBlock []string
}

// Merge makes sections, in their order, the content of the session's block and
// changes nothing else. Without sections the block goes. An error leaves the
// file as it was: bytes that are not text, a damaged block, sections that not every reader
// would understand as they are meant, an [sso-session] or a block of the same
// name that leads to another access portal.
func (f *File) Merge(session string, sections []Section) (Result, error) {
	blocks, err := f.blocks()
	if err != nil {
		return Result{}, err
	}
	if err := checkSections(session, sections); err != nil {
		return Result{}, err
	}
	var old block // empty if there is none
	if i := slices.IndexFunc(blocks, func(b block) bool { return b.session == session }); i >= 0 {
		old = blocks[i]
	}
	// Another organization must not take the place of this one's profiles.
	if before, found := f.first(old); found && len(sections) > 0 && startURL(before) != "" && !sameSession(before, sections[0]) {
		return Result{}, conflict(session, before, sections[0])
	}
	used := make(map[string]bool) // by name: whether the person has it
	for _, s := range f.sections {
		if s.kind == Profile && !old.holds(s) {
			inBlock := slices.ContainsFunc(blocks, func(b block) bool { return b.holds(s) })
			used[s.name] = used[s.name] || !inBlock
		}
	}

	var result Result
	var ours []Section
	for _, s := range sections {
		theirs, found := Section{}, false
		if s.Kind == SSOSession {
			theirs, found = f.lookup(s.Kind, s.Name, old)
		}
		theirsToo, taken := used[s.Name]
		switch {
		case s.Kind == Profile && taken && theirsToo:
			result.LeftOut = append(result.LeftOut, s.Name)
		case s.Kind == Profile && taken:
			result.InOtherBlock = append(result.InOtherBlock, s.Name)
		case !found:
			ours = append(ours, s)
		case !sameSession(theirs, s):
			return Result{}, conflict(session, theirs, s)
		}
	}
	names, keys := f.profiles(old)
	result.compare(names, keys, ours)
	f.splice(old, session, ours)
	return result, nil
}

// profiles reads the profiles in a block: their names in order, and their keys.
func (f *File) profiles(in block) (names []string, keys map[string]*keySet) {
	keys = make(map[string]*keySet)
	for _, s := range f.sections {
		if s.kind != Profile || !in.holds(s) {
			continue
		}
		if keys[s.name] == nil {
			keys[s.name] = new(keySet)
			names = append(names, s.name)
		}
		keys[s.name].read(f.data[s.body:min(s.end, in.end)])
	}
	return names, keys
}

// compare sorts the profiles into those that came, changed, stayed and went.
func (r *Result) compare(names []string, before map[string]*keySet, after []Section) {
	kept := make(map[string]bool, len(after))
	for _, s := range after {
		if s.Kind != Profile {
			continue
		}
		kept[s.Name] = true
		switch old := before[s.Name]; {
		case old == nil:
			r.Added = append(r.Added, s.Name)
		case !slices.Equal(old.keys, s.Keys):
			r.Changed = append(r.Changed, s.Name)
		default:
			r.Unchanged = append(r.Unchanged, s.Name)
		}
	}
	for _, name := range names {
		if !kept[name] {
			r.Removed = append(r.Removed, name)
		}
	}
}

// splice puts the block of sections where the old one stands, else at the end.
func (f *File) splice(old block, session string, sections []Section) {
	before, after := f.data, []byte(nil)
	if old.end > 0 {
		before, after = f.data[:old.start], f.data[old.end:]
	}
	var text bytes.Buffer
	text.Grow(len(f.data) + 256*len(sections))
	switch {
	case len(sections) == 0 && old.end == 0:
		return
	case len(sections) == 0:
		text.Write(trimSeparator(before, after))
	default:
		text.Write(before)
		if old.end == 0 {
			text.WriteString(separator(before, lineEnding(before, nil, nil)))
		}
		// Counted with the separator, as the next run will.
		writeBlock(&text, session, sections, lineEnding(text.Bytes(), f.data[old.start:old.end], after))
	}
	text.Write(after)
	*f = *Parse(text.Bytes())
}

// lineEnding is that of most lines. Those outside of the block decide if there
// are any: otherwise a block that shrinks could tip the balance for the next run.
func lineEnding(before, block, after []byte) string {
	count := func(end string, texts ...[]byte) (n int) {
		for _, text := range texts {
			n += bytes.Count(text, []byte(end))
		}
		return n
	}
	crlf, all := count("\r\n", before, after), count("\n", before, after)
	if all == 0 {
		crlf, all = count("\r\n", block), count("\n", block)
	}
	if 2*crlf > all {
		return "\r\n"
	}
	return "\n"
}

func writeBlock(w *bytes.Buffer, session string, sections []Section, eol string) {
	fmt.Fprintf(w, "%s %s %s%s", beginPrefix, session, beginReason, eol)
	for i, s := range sections {
		if i > 0 {
			w.WriteString(eol)
		}
		fmt.Fprintf(w, "[%s %s]%s", s.Kind, s.Name, eol)
		for _, key := range s.Keys {
			fmt.Fprintf(w, "%s = %s%s", key.Name, key.Value, eol)
		}
	}
	fmt.Fprintf(w, "%s %s%s", endPrefix, session, eol)
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

// first reads the first section in a block: where the writer says which access
// portal the block is for.
func (f *File) first(in block) (Section, bool) {
	i := slices.IndexFunc(f.sections, in.holds)
	if i < 0 {
		return Section{}, false
	}
	s := f.sections[i]
	var keys keySet
	keys.read(f.data[s.body:min(s.end, in.end)])
	return Section{s.kind, s.name, keys.keys}, true
}

func conflict(session string, before, after Section) error {
	return fmt.Errorf("%w: session %s has start URL %q and region %q there, not %q and %q", ErrSessionConflict, session,
		before.value("sso_start_url"), before.value("sso_region"), after.value("sso_start_url"), after.value("sso_region"))
}

func sameSession(a, b Section) bool {
	return startURL(a) == startURL(b) && a.value("sso_region") == b.value("sso_region")
}

// startURL is the start URL of a session in the form in which two that lead to
// the same portal are equal: people have /start, /start/ and /start/#/.
func startURL(session Section) string {
	raw, _, _ := strings.Cut(session.value("sso_start_url"), "#")
	raw = strings.TrimRight(raw, "/")
	u, err := url.Parse(raw)
	if err != nil {
		return raw
	}
	u.Host = strings.ToLower(u.Host)
	return u.String()
}

func (s Section) value(name string) string {
	for _, key := range s.Keys {
		if key.Name == name {
			return key.Value
		}
	}
	return ""
}
