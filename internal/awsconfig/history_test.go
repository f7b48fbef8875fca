package awsconfig

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// A past is a config file with its history.
type past struct {
	reporter
	*History
	dir, path string
}

// A reporter is what testing and rapid have in common.
type reporter interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

func newPast(t testing.TB) *past {
	dir := t.TempDir()
	p := &past{reporter: t, dir: filepath.Join(dir, "state", "ours"), path: filepath.Join(dir, "config")}
	p.History = NewHistory(p.dir, p.path)
	return p
}

func (p *past) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

func (p *past) now() Contents {
	p.Helper()
	data, err := os.ReadFile(p.path)
	if !errors.Is(err, os.ErrNotExist) {
		p.must(err)
	}
	return Contents{data, err == nil}
}

func (p *past) put(c Contents) {
	p.Helper()
	if !c.Exists {
		p.must(os.Remove(p.path))
		return
	}
	p.must(os.WriteFile(p.path, c.Bytes, 0o600))
}

// writes has a session write its sections to the file, as a run does.
func (p *past) writes(session string, sections []Section, after string) {
	p.Helper()
	p.must(p.Record(p.now(), session, sections, []byte(after)))
	p.put(Contents{[]byte(after), true})
	p.must(p.Written())
}

// undoes puts a version back.
func (p *past) undoes(number int) {
	p.Helper()
	then, err := p.Read(number)
	p.must(err)
	p.must(p.RecordUndo(p.now(), number))
	p.put(then)
	p.must(p.Written())
}

// hasBase compares what the session wrote last, read by another run.
func (p *past) hasBase(session string, want []Section) {
	p.Helper()
	got, err := NewHistory(p.dir, p.path).Base(session, p.now())
	p.must(err)
	if diff := gocmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		p.Errorf("base of %s: -want +got:\n%s", session, diff)
	}
}

// hasVersions compares what the versions hold, newest first; "-" is no file.
func (p *past) hasVersions(want ...string) {
	p.Helper()
	versions, _, err := p.Versions(p.now())
	p.must(err)
	var got []string
	for _, v := range versions {
		c, err := p.Read(v.Number)
		p.must(err)
		if c.Exists != v.Exists || len(c.Bytes) != v.Size {
			p.Errorf("version %+v holds %+v", v, c)
		}
		if text := string(c.Bytes); c.Exists {
			got = append(got, text)
		} else {
			got = append(got, "-"+text)
		}
	}
	if !slices.Equal(got, want) {
		p.Errorf("versions %q, want %q", got, want)
	}
}

func (p *past) index() string {
	p.Helper()
	found, err := filepath.Glob(filepath.Join(p.dir, "*.history"))
	if err != nil || len(found) != 1 {
		p.Fatal(found, err)
	}
	return found[0]
}

func profileOf(name string, settings ...string) Section {
	s := Section{Kind: Profile, Name: name}
	for _, setting := range settings {
		name, value, _ := strings.Cut(setting, "=")
		s.Keys = append(s.Keys, Key{name, value})
	}
	return s
}

func baseText(sections []Section) string {
	var b strings.Builder
	writeBase(&b, sections)
	return b.String()
}

// blockText is a file with the block of a session.
func blockText(session string, sections ...Section) string {
	return "# BEGIN aws-sso-config-generator " + session + "\n" + baseText(sections) + "# END aws-sso-config-generator " + session + "\n"
}

func TestHistoryBeforeTheFirstWrite(t *testing.T) {
	p := newPast(t)
	p.hasBase("corp", nil)
	p.hasVersions()
	p.must(p.Written())
	if _, err := p.Read(1); !errors.Is(err, ErrHistory) {
		t.Errorf("read: %v", err)
	}
	if _, err := os.Stat(p.dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("looking made the directory: %v", err)
	}
}

func TestHistoryKeepsBasesAndVersions(t *testing.T) {
	p := newPast(t)
	one, two := []Section{profileOf("a", "region=eu-west-1", "sso_session=corp")}, []Section{profileOf("a", "region=us-east-1"), profileOf("default", "output=a # b=c"[:8])}
	p.writes("corp", one, "one")
	p.hasBase("corp", one)
	p.hasBase("other", nil)
	p.writes("other", two, "two")
	p.hasBase("corp", one)
	p.hasBase("other", two)
	p.hasVersions("one", "-")

	_, changed, err := p.Versions(p.now())
	if changed || err != nil {
		t.Errorf("changed %v, %v", changed, err)
	}
	p.put(Contents{[]byte("two and more"), true})
	if _, changed, err := p.Versions(p.now()); !changed || err != nil {
		t.Errorf("changed %v, %v", changed, err)
	}
	p.hasBase("other", two)

	// The file stays as it is: no version, and it stays changed.
	p.writes("corp", two, "two and more")
	p.hasBase("corp", two)
	p.hasVersions("one", "-")
	if _, changed, _ := p.Versions(p.now()); !changed {
		t.Error("a run that wrote nothing made the file its own")
	}

	p.writes("corp", nil, "three")
	p.hasBase("corp", nil)
	p.hasVersions("two and more", "one", "-")
	names, err := p.Profiles(3, p.now())
	if err != nil || len(names) != 2 || !names["default"] {
		t.Errorf("profiles %v, %v", names, err)
	}

	// Where there is no file, nothing is ours.
	p.must(os.Remove(p.path))
	p.hasBase("other", nil)
	p.writes("corp", one, "four")
	p.hasBase("other", nil)

	if runtime.GOOS != "windows" {
		entries, err := os.ReadDir(p.dir)
		p.must(err)
		for _, e := range append(entries, dirEntry(t, p.dir)) {
			info, err := e.Info()
			p.must(err)
			want := os.FileMode(0o600)
			if info.IsDir() {
				want = 0o700
			}
			if info.Mode().Perm() != want {
				t.Errorf("%s has mode %v", info.Name(), info.Mode())
			}
		}
	}
}

func dirEntry(t *testing.T, dir string) os.DirEntry {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(dir))
	if err != nil || len(entries) != 1 {
		t.Fatal(entries, err)
	}
	return entries[0]
}

func TestHistoryIsUndoneAndRedone(t *testing.T) {
	p := newPast(t)
	one, two := []Section{profileOf("a", "region=x")}, []Section{profileOf("b", "region=y")}
	p.put(Contents{[]byte("mine\r\n"), true})
	p.must(os.Chmod(p.path, 0o640))
	p.writes("corp", one, "one")
	p.writes("corp", two, "two")
	p.undoes(2)
	p.hasBase("corp", one)
	p.hasVersions("two", "one", "mine\r\n")
	p.undoes(3)
	p.hasBase("corp", two)
	p.undoes(1)
	p.hasBase("corp", nil)
	p.hasVersions("two", "one", "two", "one", "mine\r\n")
	if versions, changed, err := p.Versions(p.now()); changed || err != nil || runtime.GOOS != "windows" && versions[4].Mode != 0o640 {
		t.Errorf("%+v, %v, %v", versions, changed, err)
	}
	if err := p.RecordUndo(p.now(), 99); err == nil {
		t.Error("there is no version 99")
	}
}

func TestHistoryKeepsTenVersions(t *testing.T) {
	p := newPast(t)
	for i := range 13 {
		p.writes("corp", []Section{profileOf("a", fmt.Sprintf("region=%d", i))}, fmt.Sprint(i))
	}
	p.hasVersions("11", "10", "9", "8", "7", "6", "5", "4", "3", "2")
	if entries, err := os.ReadDir(p.dir); err != nil || len(entries) != 1+10+11 {
		t.Errorf("%d files, %v", len(entries), err)
	}
	// One that did not happen costs none.
	p.must(p.Record(p.now(), "corp", nil, []byte("next")))
	p.hasVersions("11", "10", "9", "8", "7", "6", "5", "4", "3", "2")
}

func TestHistoryOfWhatStaysAsItIs(t *testing.T) {
	p := newPast(t)
	a := profileOf("a", "region=x")
	p.writes("corp", []Section{a}, "one")
	b := profileOf("b", "region=y")
	p.writes("corp", []Section{{Kind: Profile, Name: "a", AsIs: true}, {Kind: Profile, Name: "unknown", AsIs: true}, b}, "two")
	p.hasBase("corp", []Section{a, b})
}

// A person who puts back what was there, from a copy of their own, gets the bases
// of that moment, too.
func TestHistoryOfAFileThatWasPutBack(t *testing.T) {
	p := newPast(t)
	a, b := profileOf("a", "region=x"), profileOf("a", "region=y")
	p.writes("corp", []Section{a}, "one")
	p.writes("corp", []Section{b}, "two")
	p.put(Contents{Bytes: []byte("one"), Exists: true})
	p.hasBase("corp", []Section{a})
	p.put(Contents{Bytes: []byte("two"), Exists: true})
	p.hasBase("corp", []Section{b})
	p.put(Contents{Bytes: []byte("another"), Exists: true})
	p.hasBase("corp", []Section{b})
}
