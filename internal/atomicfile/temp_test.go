package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func TestReplaceSweepsWhatKilledRunsLeft(t *testing.T) {
	dir := t.TempDir()
	old := time.Now().Add(-61 * time.Minute)
	for name, at := range map[string]time.Time{
		".aws-sso-config-generator-123":         old,
		".aws-sso-config-generator-4294967295":  old,
		".aws-sso-config-generator-1":           time.Now().Add(-59 * time.Minute), // may be at work
		".aws-sso-config-generator-2":           time.Now().Add(time.Hour),         // a clock that was wrong
		".aws-sso-config-generator-":            old,
		".aws-sso-config-generator-notes":       old,
		".aws-sso-config-generator-1.bak":       old,
		"x.aws-sso-config-generator-1":          old,
		".config.aws-sso-config-generator.lock": old,
		"config":                                old,
	} {
		write(t, filepath.Join(dir, name), "x")
		if err := os.Chtimes(filepath.Join(dir, name), at, at); err != nil {
			t.Fatal(err)
		}
	}
	folder := filepath.Join(dir, ".aws-sso-config-generator-3")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(folder, old, old); err != nil {
		t.Fatal(err)
	}
	before := names(t, dir)
	if err := Check(filepath.Join(dir, "config")); err != nil {
		t.Fatal(err)
	}
	if after := names(t, dir); !slices.Equal(after, before) {
		t.Errorf("Check left %v", after)
	}
	if err := Replace(filepath.Join(dir, "config"), []byte("y")); err != nil {
		t.Fatal(err)
	}
	want := slices.DeleteFunc(before, func(name string) bool {
		return name == ".aws-sso-config-generator-123" || name == ".aws-sso-config-generator-4294967295"
	})
	if after := names(t, dir); !slices.Equal(after, want) {
		t.Errorf("left %v", after)
	}
}

// A run was suspended, and another one swept its file away: it says so.
func TestReplaceWhenItsTemporaryFileIsGone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	write(t, path, "old")
	target, existing, err := resolve(path)
	if err != nil {
		t.Fatal(err)
	}
	err = replace(target, existing, []byte("new"), func() error {
		temps, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".aws-*"))
		if err != nil || len(temps) != 1 {
			t.Fatalf("%v, %v", temps, err)
		}
		return os.Remove(temps[0])
	})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	holds(t, path, "old")
	onlyEntry(t, path)
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func TestReplaceRemovesItsTemporaryFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	write(t, path, "old")
	target, existing, err := resolve(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := replace(target, existing, []byte("new"), func() error { return ErrChanged }); !errors.Is(err, ErrChanged) {
		t.Errorf("got %v", err)
	}
	holds(t, path, "old")
	onlyEntry(t, path)
}
