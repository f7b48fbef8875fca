package awsconfig

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whoever is killed, at any moment: the base is that of what the file holds.
func TestHistoryOfAKilledRun(t *testing.T) {
	old := []Section{profileOf("a", "region=old", "output=json"), profileOf("gone", "region=old", "output=json")}
	next := []Section{profileOf("a", "region=new", "output=json"), profileOf("new", "region=new", "output=text")}
	before, after := blockText("corp", old...), blockText("corp", next...)
	replace := strings.NewReplacer
	for name, test := range map[string]struct {
		renamed bool
		edit    *strings.Replacer // by the person, before the next run
		want    []Section
		unknown bool
	}{
		"before the rename":                       {false, replace(), old, false},
		"after the rename":                        {true, replace(), next, false},
		"before, and a note above the block":      {false, replace("# BEGIN", "# note\n# BEGIN"), old, false},
		"after, and a note above the block":       {true, replace("# BEGIN", "# note\n# BEGIN"), next, false},
		"before, and a key of their own":          {false, replace("output", "region2 = new\noutput"), old, false},
		"after, and a key that was ours":          {true, replace("region = new\noutput = json\n[", "region = old\noutput = json\n["), next, false},
		"before, and a key that we wanted":        {false, replace("region = old\noutput = json\n[", "region = new\noutput = json\n["), old, false},
		"after, and our profile deleted":          {true, replace("[profile new]\nregion = new\noutput = text\n", ""), next, false},
		"before, and exactly what we wanted":      {false, replace(before, "# note\n"+after), next, false},
		"before, and half of what we wanted":      {false, replace("region = old\noutput = json\n[", "region = new\noutput = json\n[", "profile gone]\nregion = old\n", "profile gone]\n"), nil, true},
		"after, and then the block in two pieces": {true, replace("# END", "# BEGIN"), nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPast(t)
			p.writes("other", old, "other")
			p.writes("corp", old, before)
			p.must(p.Record(p.now(), "corp", next, []byte(after)))
			file := before
			if test.renamed {
				file = after
			}
			p.put(Contents{[]byte(test.edit.Replace(file)), true})

			p.History = NewHistory(p.dir, p.path)
			p.hasBase("other", old)
			if test.unknown {
				if base, err := p.Base("corp", p.now()); base != nil || !errors.Is(err, ErrHistory) {
					t.Errorf("%v, %v", base, err)
				}
			} else {
				p.hasBase("corp", test.want)
			}
			versions, _, err := p.Versions(p.now())
			p.must(err)
			if want := 3; len(versions) != want && test.renamed || len(versions) > want {
				t.Errorf("%d versions", len(versions))
			}
			// The next run decides it for good.
			p.writes("corp", next, "healed")
			p.hasBase("corp", next)
			p.hasBase("other", old)
		})
	}
}

func TestHistoryThatCannotBeUsed(t *testing.T) {
	base := []Section{profileOf("a", "region=x")}
	index := func(p *past, old, replacement string) {
		data, err := os.ReadFile(p.index())
		p.must(err)
		changed := bytes.Replace(data, []byte(old), []byte(replacement), 1)
		if bytes.Equal(changed, data) {
			p.Fatalf("no %s in %s", old, data)
		}
		p.must(os.WriteFile(p.index(), changed, 0o600))
	}
	for name, damage := range map[string]func(*past){
		"empty":            func(p *past) { p.must(os.Truncate(p.index(), 0)) },
		"other format":     func(p *past) { index(p, `"format": 1`, `"format": 2`) },
		"of another file":  func(p *past) { index(p, p.path, p.path+"x") },
		"digest is a path": func(p *past) { index(p, `"corp": "`, `"corp": "../`) },
		"bad session":      func(p *past) { index(p, `"corp": "`, `"co rp": "`) },
		"bad file":         func(p *past) { index(p, `"file": "`, `"file": "../`) },
		"numbers":          func(p *past) { index(p, `"number": 2`, `"number": 1`) },
		"mode":             func(p *past) { index(p, `"mode": `, `"mode": 9999`) },
		"size":             func(p *past) { index(p, `"size": `, `"size": -1`) },
		"exists":           func(p *past) { index(p, `"exists": true`, `"exists": false`) },
		"next of nothing": func(p *past) {
			p.must(os.WriteFile(p.index(), fmt.Appendf(nil, `{"format":1,"path":%q,"now":{"file":""},"next":{"file":""}}`, p.path), 0o600))
		},
		"larger than sense": func(p *past) { p.must(os.Truncate(p.index(), indexLimit+1)) },
	} {
		t.Run(name, func(t *testing.T) {
			p := newPast(t)
			p.writes("corp", base, "one")
			p.writes("corp", base, "two")
			damage(p)
			if _, err := p.Base("corp", p.now()); !errors.Is(err, ErrHistory) || !strings.Contains(err.Error(), p.dir) {
				t.Errorf("base: %v", err)
			}
			if _, _, err := p.Versions(p.now()); !errors.Is(err, ErrHistory) {
				t.Errorf("versions: %v", err)
			}
			if _, err := p.Read(1); !errors.Is(err, ErrHistory) {
				t.Errorf("read: %v", err)
			}
			p.writes("corp", base, "three") // begins anew
			p.hasBase("corp", base)
			p.hasVersions("two")
		})
	}

	p := newPast(t)
	p.writes("corp", base, "one")
	p.writes("corp", base, "two")
	for _, kind := range []string{"base.gz", "config"} {
		found, err := filepath.Glob(filepath.Join(p.dir, "*."+kind))
		p.must(err)
		for _, path := range found {
			p.must(os.WriteFile(path, []byte("other"), 0o600))
		}
	}
	if _, err := p.Base("corp", p.now()); !errors.Is(err, ErrHistory) {
		t.Errorf("damaged base: %v", err)
	}
	if _, err := p.Read(2); !errors.Is(err, ErrHistory) {
		t.Errorf("damaged version: %v", err)
	}
	p.writes("corp", base, "three") // is written anew
	p.hasBase("corp", base)
}

// A history that would be wrong after a write forbids it; where there is none,
// nothing can become wrong.
func TestHistoryThatCannotBeBroughtUpToDate(t *testing.T) {
	p := newPast(t)
	p.must(os.Mkdir(filepath.Dir(p.dir), 0o700))
	p.must(os.WriteFile(p.dir, nil, 0o600))
	if err := p.Record(p.now(), "corp", nil, []byte("one")); !errors.Is(err, ErrHistory) || errors.Is(err, ErrBehind) {
		t.Errorf("a file in its place: %v", err)
	}
	p.must(p.Written())
	p.must(os.Remove(p.dir))
	if err := p.Record(p.now(), "bad name", nil, []byte("one")); !errors.Is(err, ErrHistory) || errors.Is(err, ErrBehind) {
		t.Errorf("bad name: %v", err)
	}
	p.writes("corp", nil, "one")
	if err := p.Record(p.now(), "bad name", nil, []byte("two")); !errors.Is(err, ErrBehind) {
		t.Errorf("bad name: %v", err)
	}
	index := p.index()
	p.must(os.Remove(index))
	p.must(os.Mkdir(index, 0o700))
	if err := p.Record(p.now(), "corp", nil, []byte("two")); !errors.Is(err, ErrBehind) {
		t.Errorf("directory in place of the index: %v", err)
	}
}
