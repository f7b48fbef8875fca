package awsconfig

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// hostileFiles are the files of testdata/hostile by name: what other tools and
// people have made of theirs.
func hostileFiles(t *testing.T) (names []string, files map[string][]byte) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", "hostile", "*"))
	if err != nil || len(paths) < 60 {
		t.Fatalf("%d files, %v", len(paths), err)
	}
	files = make(map[string][]byte)
	for _, path := range paths {
		name := filepath.Base(path)
		names = append(names, name)
		files[name] = []byte(read(t, path))
	}
	return names, files
}

// ourSections are what we merge into each.
func ourSections() []Section {
	return []Section{
		{Kind: SSOSession, Name: "prod", Keys: []Key{{"sso_start_url", "https://example.awsapps.com/start"}, {"sso_region", "eu-west-1"}}},
		{Kind: Profile, Name: "new", Keys: []Key{{"sso_session", "prod"}, {"sso_account_id", "111122223333"}, {"sso_role_name", "Reader"}, {"region", "eu-west-1"}}},
		{Kind: Profile, Name: "dev", Keys: []Key{{"sso_session", "prod"}, {"sso_account_id", "444455556666"}, {"sso_role_name", "Admin"}}},
	}
}

func TestHostileFilesStayAsTheyAre(t *testing.T) {
	names, files := hostileFiles(t)
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			data := files[name]
			f := Parse(bytes.Clone(data))
			if !bytes.Equal(f.Bytes(), data) {
				t.Fatalf("became %q", f.Bytes())
			}
			_, err := f.Merge("prod", ourSections(), Options{})
			if err != nil {
				if !bytes.Equal(f.Bytes(), data) {
					t.Errorf("%v, but became %q", err, f.Bytes())
				}
				if !errors.Is(err, ErrDamagedBlock) && !errors.Is(err, ErrNotUTF8) && !errors.Is(err, ErrSessionConflict) {
					t.Errorf("error %v is of no kind", err)
				}
				return
			}
			merged := bytes.Clone(f.Bytes())
			before, after, had := foreign(data)
			mergedBefore, mergedAfter, has := foreign(merged)
			rest, kept := bytes.CutPrefix(mergedBefore, before)
			if !has || !kept || len(bytes.Trim(rest, "\r\n")) > 0 || had && len(rest) > 0 || !bytes.Equal(mergedAfter, after) {
				t.Errorf("outside of the block, %q became %q", data, merged)
			}
			if got, err := apply(string(data), string(Diff("config", data, merged))); err != nil || got != string(merged) {
				t.Errorf("the diff makes %q of it, %v", got, err)
			}
			result, err := f.Merge("prod", ourSections(), Options{})
			if err != nil || !bytes.Equal(f.Bytes(), merged) || len(result.Added)+len(result.Changed)+len(result.Removed) > 0 {
				t.Errorf("second merge: %v, %+v, %q became %q", err, result, merged, f.Bytes())
			}
		})
	}
}

// A merge makes nothing worse, but for what is known here.
func TestMergeAddsNoFaults(t *testing.T) {
	known := map[string][]FaultKind{
		// With our first section, the AWS CLI begins to look at what counts in all.
		"capital-default-nested-junk": {NestedLine},
	}
	names, files := hostileFiles(t)
	for _, name := range names {
		f := Parse(bytes.Clone(files[name]))
		if _, err := f.Merge("prod", ourSections(), Options{}); err != nil {
			continue
		}
		var kinds []FaultKind
		for _, fault := range NewFaults(files[name], f.Bytes()) {
			t.Logf("%s: %s", name, fault)
			kinds = append(kinds, fault.Kind)
		}
		if !slices.Equal(kinds, known[name]) {
			t.Errorf("%s: new faults %q, want %q", name, kinds, known[name])
		}
	}
}

// The golden file lists the faults of every hostile file, and every kind of
// fault is in it.
func TestLintOfHostileFiles(t *testing.T) {
	names, files := hostileFiles(t)
	var text strings.Builder
	missing := make(map[FaultKind]bool)
	for kind := range rules {
		missing[kind] = true
	}
	for _, name := range names {
		fmt.Fprintf(&text, "%s\n", name)
		for _, f := range Lint(files[name]) {
			fmt.Fprintf(&text, "\t%-17s %s\n", f.Kind, f)
			delete(missing, f.Kind)
		}
	}
	for kind := range missing {
		t.Errorf("no file has a fault of kind %s", kind)
	}
	path := filepath.Join("testdata", "hostile.golden")
	if *update {
		if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := text.String(), read(t, path); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestHostileFilesAreReadAsLintSays(t *testing.T) {
	names, files := hostileFiles(t)
	for _, name := range names {
		if name != "javascript-constructor" { // which the model does not know
			checkLint(t, files[name])
		}
	}
}
