package awsconfig

import (
	"bytes"
	"fmt"
	"io"
	"iter"
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
	ours := make([]Section, 0, len(sections))
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
	result.compare(f, old, names, entries, ours)
	f.splice(old, session, ours, entries)
	return result, nil
}

// An entry is where a profile stands in a block, as indices of sections: more
// than one may have its name.
type entry []int

// profiles finds the profiles in a block, by name, and their names in order.
func (f *File) profiles(in block) (names []string, entries map[string]entry) {
	entries = make(map[string]entry)
	for i, s := range f.sections {
		if s.kind != Profile || !in.holds(s) {
			continue
		}
		if entries[s.name] == nil {
			names = append(names, s.name)
		}
		entries[s.name] = append(entries[s.name], i)
	}
	return names, entries
}

// texts yields the sections of a profile, each from its header to the next, and
// where in it the keys begin.
func (f *File) texts(in block, e entry) iter.Seq2[[]byte, int] {
	return func(yield func([]byte, int) bool) {
		for _, i := range e {
			s := f.sections[i]
			if !yield(f.data[s.start:min(s.end, in.closing)], s.body-s.start) {
				return
			}
		}
	}
}

// keys reads the keys of a profile.
func (f *File) keys(in block, e entry) []Key {
	var keys keySet
	for text, body := range f.texts(in, e) {
		keys.read(text[body:])
	}
	return keys.keys
}

// compare sorts the profiles into those that came, changed, stayed and went.
func (r *Result) compare(f *File, old block, names []string, before map[string]entry, after []Section) {
	stays := make(map[string]bool, len(after))
	for _, s := range after {
		if s.Kind != Profile {
			continue
		}
		stays[s.Name] = true
		switch e := before[s.Name]; {
		case s.AsIs:
			r.Kept = append(r.Kept, s.Name)
		case e == nil:
			r.Added = append(r.Added, s.Name)
		case !slices.Equal(f.keys(old, e), s.Keys):
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
func (f *File) splice(old block, session string, sections []Section, entries map[string]entry) {
	before, after := f.data, []byte(nil)
	if old.end > 0 {
		before, after = f.data[:old.start], f.data[old.end:]
	}
	if len(sections) == 0 {
		if old.end > 0 {
			f.become(slices.Concat(trimSeparator(before, after), after))
		}
		return
	}
	separation := ""
	if old.end == 0 {
		separation = separator(before, lineEnding(before, nil, nil))
	}
	// Counted with the separator, as the next run will.
	eol := lineEnding(slices.Concat(before, []byte(separation)), f.data[old.start:old.end], after)
	var size counter
	f.writeBlock(&size, old, session, sections, entries, eol)
	var text bytes.Buffer
	text.Grow(len(before) + len(separation) + int(size) + len(after))
	text.Write(before)
	text.WriteString(separation)
	f.writeBlock(&text, old, session, sections, entries, eol)
	text.Write(after)
	f.become(text.Bytes())
}

// A counter counts what is written to it.
type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
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

func (f *File) writeBlock(w io.Writer, old block, session string, sections []Section, entries map[string]entry, eol string) {
	_, _ = fmt.Fprintf(w, "%s %s %s%s", beginPrefix, session, beginReason, eol)
	for i, s := range sections {
		if i > 0 {
			_, _ = io.WriteString(w, eol)
		}
		if s.AsIs {
			f.writeAsIs(w, old, entries[s.Name], eol)
			continue
		}
		_, _ = fmt.Fprintf(w, "[%s %s]%s", s.Kind, s.Name, eol)
		for _, key := range s.Keys {
			_, _ = fmt.Fprintf(w, "%s = %s%s", key.Name, key.Value, eol)
		}
	}
	_, _ = fmt.Fprintf(w, "%s %s%s", endPrefix, session, eol)
}

// writeAsIs writes sections as they stood in the old block, but for the blank
// lines at their ends. A section begins with its header: a comment above that
// belongs to the section before.
func (f *File) writeAsIs(w io.Writer, in block, e entry, eol string) {
	separator := ""
	for text := range f.texts(in, e) {
		_, _ = io.WriteString(w, separator)
		separator = eol
		end := 0
		for offset, line := range lines(text) {
			if !isBlank(line) {
				end = offset + len(line)
			}
		}
		_, _ = w.Write(text[:end])
		if text[end-1] == '\r' { // a lone one: what follows would become part of it
			_, _ = io.WriteString(w, "\n")
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
