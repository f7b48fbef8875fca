package awsconfig

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

// A pastModel is what a history should know.
type pastModel struct {
	*past
	r     *rapid.T
	notes string // the person's part of the file
	bases map[string][]Section

	versions []modelVersion // oldest first
	killed   bool           // the last run was
	alike    bool           // and its bases said what those before it said
}

type modelVersion struct {
	number int
	file   Contents
	notes  string
	bases  map[string][]Section
}

var modelSessions = []string{"corp", "other"}

// file is what the sessions and the person wrote.
func modelFile(notes string, bases map[string][]Section) Contents {
	text := notes
	for _, session := range modelSessions {
		if len(bases[session]) > 0 {
			text += blockText(session, bases[session]...)
		}
	}
	return Contents{[]byte(text), true}
}

var modelSections = rapid.Custom(func(t *rapid.T) []Section {
	var sections []Section
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "default"}), 0, 3, rapid.ID).Draw(t, "names") {
		sections = append(sections, profileOf(name, "region="+rapid.SampledFrom([]string{"x", "y", "a=b", "c:d#e"}).Draw(t, "value"), "output=json"))
	}
	return sections
})

// ends goes on after Record as a run does that may be killed: the file becomes
// after, or not.
func (m *pastModel) ends(after modelVersion) {
	before := modelVersion{file: m.now(), notes: m.notes, bases: m.bases}
	if !before.file.Exists {
		before.bases = nil
	}
	changes := !before.file.Equal(after.file)
	how := rapid.SampledFrom([]string{"done", "killed before the rename", "killed after the rename"}).Draw(m.r, "ends")
	m.killed, m.alike = how != "done", true
	for _, session := range modelSessions {
		m.alike = m.alike && distance(before.bases[session], after.bases[session]) == 0
	}
	if how == "killed before the rename" && changes {
		return
	}
	if changes {
		if after.file.Exists || m.now().Exists {
			m.put(after.file)
		}
		before.number = 1
		if n := len(m.versions); n > 0 {
			before.number = m.versions[n-1].number + 1
		}
		m.versions = append(m.versions, before)
		m.versions = m.versions[max(0, len(m.versions)-historyVersions):]
	}
	m.notes, m.bases = after.notes, after.bases
	if how == "done" {
		m.must(m.Written())
	}
}

func (m *pastModel) write(*rapid.T) {
	session := rapid.SampledFrom(modelSessions).Draw(m.r, "session")
	sections := modelSections.Draw(m.r, "sections")
	bases := map[string][]Section{}
	if m.now().Exists {
		maps.Copy(bases, m.bases)
	}
	bases[session] = sections
	after := modelVersion{file: modelFile(m.notes, bases), notes: m.notes, bases: bases}
	m.must(m.Record(m.now(), session, sections, after.file.Bytes))
	m.ends(after)
}

func (m *pastModel) undo(t *rapid.T) {
	if len(m.versions) == 0 {
		return
	}
	version := rapid.SampledFrom(m.versions).Draw(t, "version")
	m.must(m.RecordUndo(m.now(), version.number))
	m.ends(version)
}

// edit is the person's: after a kill, too.
func (m *pastModel) edit(*rapid.T) {
	if !m.now().Exists || m.killed && m.alike { // then nothing tells whether it had written, nor need it
		return
	}
	m.notes = fmt.Sprintf("%s# note %d\r\n", m.notes, len(m.notes))
	m.put(modelFile(m.notes, m.bases))
}

func (m *pastModel) delete(*rapid.T) {
	if !m.now().Exists || m.killed { // after a kill, it may as well not have been there yet
		return
	}
	m.put(Contents{})
	m.notes = ""
}

func (m *pastModel) check(*rapid.T) {
	m.History = NewHistory(m.dir, m.path) // another process
	versions, _, err := m.Versions(m.now())
	m.must(err)
	if len(versions) != len(m.versions) {
		m.Fatalf("%d versions, want %d", len(versions), len(m.versions))
	}
	for i, want := range m.versions {
		if got := versions[len(versions)-1-i]; got.Number != want.number {
			m.Errorf("version %d, want %d", got.Number, want.number)
		}
		if got, err := m.Read(want.number); err != nil || !got.Equal(want.file) {
			m.Errorf("version %d is %+v, want %+v; %v", want.number, got, want.file, err)
		}
	}
	for _, session := range modelSessions {
		if m.now().Exists {
			m.hasBase(session, m.bases[session])
		} else {
			m.hasBase(session, nil)
		}
	}
}

// However runs write and undo, are killed and come back, and whatever the person
// writes between them: every version comes back byte for byte, and every session
// knows what it wrote.
func TestHistoryProperty(t *testing.T) {
	root, run := t.TempDir(), 0
	rapid.Check(t, func(r *rapid.T) {
		run++
		dir := filepath.Join(root, strconv.Itoa(run))
		if err := os.Mkdir(dir, 0o700); err != nil {
			r.Fatal(err)
		}
		p := &past{reporter: r, dir: filepath.Join(dir, "state"), path: filepath.Join(dir, "config")}
		p.History = NewHistory(p.dir, p.path)
		m := &pastModel{past: p, r: r}
		actions := []func(*rapid.T){m.write, m.write, m.write, m.undo, m.undo, m.edit, m.delete}
		for range rapid.IntRange(1, 16).Draw(r, "actions") {
			rapid.SampledFrom(actions).Draw(r, "action")(r)
			m.check(r)
		}
	})
}
