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
	// Kept are those that were to stay as they are (AsIs).
	Kept []string

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
// name that leads to another access portal, an AsIs section that is not there.
func (f *File) Merge(session string, sections []Section) (Result, error) {
	blocks, err := f.blocks()
	if err != nil {
		return Result{}, err
	}
	if err := checkSections(session, sections); err != nil {
		return Result{}, err
	}
	old := find(blocks, session)
	names, entries := f.profiles(old)
	// Another organization must not take the place of this one's profiles.
	if i := slices.IndexFunc(sections, func(s Section) bool { return !s.AsIs }); i >= 0 {
		if before, found := f.first(old); found && startURL(before) != "" && !sameSession(before, sections[i]) {
			return Result{}, conflict(session, before, sections[i])
		}
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
		case s.AsIs && (s.Kind != Profile || entries[s.Name] == nil):
			return Result{}, fmt.Errorf("%s %q is to stay as it is, but is not in the block of session %s", s.Kind, s.Name, session)
		case s.AsIs:
			ours = append(ours, s)
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
	result.compare(names, entries, ours)
	f.splice(old, session, ours, entries)
	return result, nil
}

// entry is a profile in a block, where more than one section may have its name.
type entry struct {
	keySet
	texts [][]byte // of these sections, from header to header
}

// profiles reads the profiles in a block, by name, and their names in order.
func (f *File) profiles(in block) (names []string, entries map[string]*entry) {
	entries = make(map[string]*entry)
	for _, s := range f.sections {
		if s.kind != Profile || !in.holds(s) {
			continue
		}
		e := entries[s.name]
		if e == nil {
			e = new(entry)
			entries[s.name] = e
			names = append(names, s.name)
		}
		end := min(s.end, in.closing)
		e.read(f.data[s.body:end])
		e.texts = append(e.texts, f.data[s.start:end])
	}
	return names, entries
}

// compare sorts the profiles into those that came, changed, stayed and went.
func (r *Result) compare(names []string, before map[string]*entry, after []Section) {
	stays := make(map[string]bool, len(after))
	for _, s := range after {
		if s.Kind != Profile {
			continue
		}
		stays[s.Name] = true
		switch old := before[s.Name]; {
		case s.AsIs:
			r.Kept = append(r.Kept, s.Name)
		case old == nil:
			r.Added = append(r.Added, s.Name)
		case !slices.Equal(old.keys, s.Keys):
			r.Changed = append(r.Changed, s.Name)
		default:
			r.Unchanged = append(r.Unchanged, s.Name)
		}
	}
	for _, name := range names {
		if !stays[name] {
			r.Removed = append(r.Removed, name)
		}
	}
}

// splice puts the block of sections where the old one stands, else at the end.
func (f *File) splice(old block, session string, sections []Section, entries map[string]*entry) {
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
		writeBlock(&text, session, sections, entries, lineEnding(text.Bytes(), f.data[old.start:old.end], after))
	}
	text.Write(after)
	*f = *Parse(text.Bytes())
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

func writeBlock(w *bytes.Buffer, session string, sections []Section, entries map[string]*entry, eol string) {
	fmt.Fprintf(w, "%s %s %s%s", beginPrefix, session, beginReason, eol)
	for i, s := range sections {
		if i > 0 {
			w.WriteString(eol)
		}
		if s.AsIs {
			writeAsIs(w, entries[s.Name].texts, eol)
			continue
		}
		fmt.Fprintf(w, "[%s %s]%s", s.Kind, s.Name, eol)
		for _, key := range s.Keys {
			fmt.Fprintf(w, "%s = %s%s", key.Name, key.Value, eol)
		}
	}
	fmt.Fprintf(w, "%s %s%s", endPrefix, session, eol)
}

// writeAsIs writes sections as they stood in the old block, but for the blank
// lines at their ends. A section begins with its header: a comment above that
// belongs to the section before.
func writeAsIs(w *bytes.Buffer, texts [][]byte, eol string) {
	for i, text := range texts {
		if i > 0 {
			w.WriteString(eol)
		}
		end := 0
		for offset, line := range lines(text) {
			if !isBlank(line) {
				end = offset + len(line)
			}
		}
		w.Write(text[:end])
		if text[end-1] == '\r' { // a lone one: what follows would become part of it
			w.WriteString("\n")
		}
	}
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
	return Section{Kind: s.kind, Name: s.name, Keys: keys.keys}, true
}

func conflict(session string, before, after Section) error {
	return fmt.Errorf("%w: session %s has start URL %q and region %q there, not %q and %q", ErrSessionConflict, session,
		before.Value("sso_start_url"), before.Value("sso_region"), after.Value("sso_start_url"), after.Value("sso_region"))
}

func sameSession(a, b Section) bool {
	return startURL(a) == startURL(b) && a.Value("sso_region") == b.Value("sso_region")
}

// startURL is the start URL of a session in the form in which two that lead to
// the same portal are equal: people have /start, /start/ and /start/#/.
func startURL(session Section) string {
	raw, _, _ := strings.Cut(session.Value("sso_start_url"), "#")
	raw = strings.TrimRight(raw, "/")
	u, err := url.Parse(raw)
	if err != nil {
		return raw
	}
	u.Host = strings.ToLower(u.Host)
	return u.String()
}
