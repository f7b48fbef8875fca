package awsconfig

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// A merging is one merge into a block that a person edited.
type merging struct {
	*person
	text           string   // of the file
	outside        []string // profiles of theirs, first in the file, the last one on top
	base, sections []Section
	options        Options
}

func anyMerging() *rapid.Generator[*merging] {
	return rapid.Custom(func(t *rapid.T) *merging {
		m := &merging{person: &person{edited: make(map[Key]bool), nested: make(map[string]bool)}, base: roles().Draw(t, "old"), sections: roles().Draw(t, "new")}
		f := Parse([]byte(rapid.OneOf(rapid.Just(""), wellFormed()).Draw(t, "file")))
		if _, err := f.Merge("prod", m.base, Options{}); err != nil {
			t.Fatal(err)
		}
		f = Parse(bytes.ReplaceAll(f.Bytes(), []byte("\r\n"), []byte("\n")))
		above, block, found := strings.Cut(string(f.Bytes()), begin)
		if found {
			block, below, _ := strings.Cut(block, end)
			m.lines = strings.Split(strings.TrimSuffix(block, "\n"), "\n")
			m.edit(t)
			behind := rapid.SampledFrom([]string{"", "", "\n# below\n", "\n[x]\na = b\n", "[services z]\ns3 =\n  a = b"}).Draw(t, "behind")
			block = strings.Join(m.indented(t), "\n") + "\n"
			if rapid.Bool().Draw(t, "CRLF block") {
				block = crlf(block)
			}
			m.text = above + begin + block + end + below + behind
		} else {
			m.text = above
		}
		for i, r := range rapid.SliceOfN(rapid.StringMatching(`[1-3][AB]`), 0, 3).Draw(t, "profiles of the person") {
			name := rapid.SampledFrom([]string{"a", "b", "out"}).Draw(t, "name")
			if was := Parse([]byte(m.text)); !slices.ContainsFunc(was.sections, func(s span) bool { return s.name == name }) {
				m.outside = append(m.outside, fmt.Sprintf("; out-%d\n", i)+ssoProfile(name, r[:1], r[1:], fmt.Sprintf("out_%d", i), "x").write("\n")+"\n")
				m.text = m.outside[len(m.outside)-1] + m.text
			}
		}
		if rapid.Bool().Draw(t, "CRLF file") {
			m.text = crlf(strings.ReplaceAll(m.text, "\r\n", "\n"))
		}
		m.options = Options{Base: m.base, Overwrite: rapid.Bool().Draw(t, "overwrite"), NoPrune: rapid.Bool().Draw(t, "no prune"), Adopt: rapid.Bool().Draw(t, "adopt")}
		switch rapid.IntRange(0, 5).Draw(t, "base") {
		case 0:
			m.options.Base = nil
		case 1:
			m.options.Base = []Section{}
		}
		return m
	})
}

// merge merges, twice from the same file: the result is the same.
func (m *merging) merge(t *rapid.T) (string, Result) {
	var texts []string
	var results []Result
	for range 2 {
		f := Parse([]byte(m.text))
		result, err := f.Merge("prod", m.sections, m.options)
		if err != nil {
			t.Fatalf("%v: %q", err, m.text)
		}
		texts, results = append(texts, string(f.Bytes())), append(results, result)
	}
	if diff := cmp.Diff(results[0], results[1]); diff != "" || texts[0] != texts[1] {
		t.Fatalf("two results:\n%s", cmp.Diff(texts[0], texts[1])+diff)
	}
	return texts[0], results[0]
}

func TestThreeWayChangesNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := anyMerging().Draw(t, "merging")
		text, first := m.merge(t)
		before, after, had := foreign([]byte(m.text))
		nowBefore, nowAfter, has := foreign([]byte(text))
		for _, r := range first.Adopted {
			for _, own := range m.outside {
				if strings.Contains(own, "[profile "+r.Old+"]") {
					own = strings.ReplaceAll(own, "\n", lineEnding(before, nil, after))
					at := bytes.Index(before, []byte(own))
					blanks := blankAbove(before[at+len(own):])
					before = slices.Concat(before[:at], before[at+len(own)+blanks:])
				}
			}
		}
		if had && has && (!bytes.Equal(before, nowBefore) || !bytes.Equal(after, nowAfter)) {
			t.Fatalf("changed outside of the block:\n%s", cmp.Diff(m.text, text))
		}
		if len(first.LeftOut) > 0 && len(first.Removed) > 0 { // what stood in the way of taking over may have gone: the next run does it
			m.options.Adopt = false
		}
		m.text = text
		m.options.Base = must(Parse([]byte(text)).Base("prod", m.sections, m.options.Base, first))
		again, second := m.merge(t)
		if diff := cmp.Diff(text, again); diff != "" {
			t.Fatalf("the second merge, after %+v: %s", first, diff)
		}
		if len(second.Added)+len(second.Changed)+len(second.Removed)+len(second.Renamed)+len(second.Adopted) > 0 {
			t.Fatalf("the second merge says %+v after %+v", second, first)
		}
	})
}

func TestThreeWayKeepsWhatThePersonAdded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := anyMerging().Draw(t, "merging")
		text, result := m.merge(t)
		for mine, owner := range m.owners() {
			if strings.Contains(text, mine) || m.isGone(owner, result) || m.nested[mine] && m.replacesNested() {
				continue
			}
			t.Fatalf("%s of %q is lost, %+v:\n%s", mine, owner, result, cmp.Diff(m.text, text))
		}
		for i := range 3 {
			for _, own := range []string{fmt.Sprintf("out-%d", i), fmt.Sprintf("out_%d", i)} {
				if strings.Contains(m.text, own) && !strings.Contains(text, own) {
					t.Fatalf("%s is lost, %+v:\n%s", own, result, cmp.Diff(m.text, text))
				}
			}
		}
	})
}

// replacesNested says that ours may take the place of a nested value as a whole.
func (m *merging) replacesNested() bool {
	return (m.options.Base == nil || m.options.Overwrite) && slices.ContainsFunc(m.sections, func(s Section) bool {
		return s.Kind == Profile && !Key{"", s.Value("s3")}.isNested()
	})
}

// isGone says that a section is one of ours that is to be no more.
func (m *merging) isGone(owner string, result Result) bool {
	kind, name, _ := strings.Cut(owner, " ")
	is := func(s Section) bool { return s.Kind == kind && s.Name == name }
	i := slices.IndexFunc(m.base, is)
	reused := slices.ContainsFunc(m.sections, is)
	if i < 0 || m.options.NoPrune && !reused {
		return false
	}
	if kind == SSOSession {
		return !slices.ContainsFunc(m.sections, func(s Section) bool { return s.Kind == SSOSession })
	}
	r := roleOf(m.base[i])
	// A role that goes back to an old name leaves the new one to another role: of its
	// two texts, one can stay.
	if reused && slices.ContainsFunc(m.base, func(s Section) bool { return s.Alias && roleOf(s) == r }) {
		return true
	}
	if m.options.Base == nil { // what the person made of it counts
		if m.edited[Key{owner, "sso_account_id"}] || m.edited[Key{owner, "sso_role_name"}] {
			return true
		}
	}
	return !slices.ContainsFunc(m.sections, func(s Section) bool {
		return roleOf(s) == r && !s.Alias && (!reused || !slices.Contains(result.LeftOut, s.Name))
	})
}

func TestThreeWayIsReadAsItIsMeant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := anyMerging().Draw(t, "merging")
		text, result := m.merge(t)
		was := make(map[string]string)
		for _, r := range result.Renamed {
			was[r.New] = r.Old
		}
		now := Parse([]byte(text))
		in := find(must(now.blocks()), "prod")
		ours := now.collect(in.profiles, in.closing, (*keySet).readWhole)
		_, err := readAsPython([]byte(m.text))
		python, refused := readAsPython([]byte(text))
		if err == nil && refused != nil {
			t.Fatalf("the AWS CLI accepts the file, but then: %v\n%s\n%s", refused, m.text, text)
		}
		inGo, inJavaScript := readAsGo([]byte(text)), readAsJavaScript([]byte(text))
		for _, s := range m.sections {
			isNew := slices.Contains(result.Added, s.Name)
			if s.Kind != Profile || !isNew && !slices.Contains(slices.Concat(result.Changed, result.Unchanged), s.Name) && was[s.Name] == "" {
				continue
			}
			old := s.Name
			if was[s.Name] != "" {
				old = was[s.Name]
			}
			i := slices.IndexFunc(ours, func(o Section) bool { return o.Name == s.Name })
			for _, key := range s.Keys {
				edited := m.edited[Key{"profile " + old, key.Name}]
				unknown := m.options.Base != nil && len(m.options.Base) == 0 // all is the person's
				if value := ours[i].Value(key.Name); !has(value, key) && (isNew || m.options.Overwrite || m.options.Base == nil || !edited && !unknown) {
					t.Fatalf("%s of %s is %q, not %q:\n%s", key.Name, s.Name, value, key.Value, cmp.Diff(m.text, text))
				}
				if refused != nil || !isNew && (edited || unknown || !agreeAll([]byte(m.text), old, s)) {
					continue
				}
				if p, g, j := python["profile "+s.Name][key.Name], inGo[s.Name][key.Name], inJavaScript[s.Name][key.Name]; !has(p, key) || !has(g, key) || !has(j, key) {
					t.Fatalf("%s of %s: Python %q, Go %q, JavaScript %q\n%s", key.Name, s.Name, p, g, j, cmp.Diff(m.text, text))
				}
			}
		}
	})
}

// has reports whether a value is that of a key, or has all that is nested in it:
// the person may have added to that.
func has(value string, key Key) bool {
	if value == key.Value {
		return true
	}
	lines := strings.Split(strings.TrimPrefix(key.Value, "\n"), "\n")
	return key.isNested() && !slices.ContainsFunc(lines, func(line string) bool { return !slices.Contains(strings.Split(value, "\n"), line) })
}

// agreeAll reports whether every reader reads the same of a profile, as far as it
// has the keys of a section.
func agreeAll(data []byte, profile string, s Section) bool {
	inGo := readAsGo(data)[profile]
	python, _ := readAsPython(data)
	inPython := python["profile "+profile]
	for _, key := range append(s.Keys, Key{"sso_role_name", ""}) {
		_, there := inGo[key.Name]
		_, also := inPython[key.Name]
		if (there || also) && !agree(data, profile, key.Name) {
			return false
		}
	}
	return inGo["sso_role_name"] != ""
}

// blankAbove is the length of the blank lines that text begins with.
func blankAbove(text []byte) (n int) {
	for line := range bytes.Lines(text) {
		if len(bytes.TrimSpace(line)) > 0 {
			break
		}
		n += len(line)
	}
	return n
}
