package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReplace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	for _, data := range []string{"new", "longer than before", "", "x"} {
		if err := Replace(path, []byte(data)); err != nil {
			t.Fatal(err)
		}
		holds(t, path, data)
	}
	onlyEntry(t, path)
}

func TestReplaceRelativePath(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := Replace("file", []byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := Replace(filepath.Join("a", "b", "file"), []byte("y")); err != nil {
		t.Fatal(err)
	}
	holds(t, "file", "x")
	holds(t, filepath.Join("a", "b", "file"), "y")
}

func TestReplaceRefuses(t *testing.T) {
	dir := t.TempDir()
	locked := filepath.Join(dir, "locked")
	if err := os.WriteFile(locked, []byte("old"), 0o400); err != nil {
		t.Fatal(err)
	}
	if err := Replace(locked, []byte("new")); !errors.Is(err, ErrReadOnly) {
		t.Errorf("read-only file: %v", err)
	}
	holds(t, locked, "old")
	onlyEntry(t, locked)

	if err := Replace(dir, []byte("new")); !errors.Is(err, ErrNotRegular) || !strings.Contains(err.Error(), dir) {
		t.Errorf("directory: %v", err)
	}
	if err := Replace(filepath.Join(locked, "file"), []byte("new")); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("file in a file: %v", err)
	}
	if err := Replace("", nil); err == nil {
		t.Error("no error without a path")
	}
}

func TestReplaceLeavesNothingBehind(t *testing.T) {
	// A name that the file system does not take: the rename must fail.
	dir := t.TempDir()
	if err := Replace(filepath.Join(dir, strings.Repeat("x", 300)), []byte("x")); err == nil {
		t.Fatal("no error")
	}
	// The name of a directory: not even that is made.
	if err := Replace(filepath.Join(dir, "dir")+string(filepath.Separator), []byte("x")); !errors.Is(err, ErrNotRegular) {
		t.Errorf("got %v", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("left %v, %v", entries, err)
	}
}

func holds(t *testing.T, path, want string) {
	t.Helper()
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("%s holds %q, want %q; %v", path, got, want, err)
	}
}

// onlyEntry holds that no temporary file was left.
func onlyEntry(t *testing.T, path string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 || entries[0].Name() != filepath.Base(path) {
		t.Errorf("beside %s: %v, %v", path, entries, err)
	}
}

func TestCheckSaysBeforehandWhatReplaceWouldSay(t *testing.T) {
	dir := t.TempDir()
	locked := filepath.Join(dir, "locked")
	if err := os.WriteFile(locked, []byte("x"), 0o400); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]error{
		dir: ErrNotRegular, locked: ErrReadOnly, filepath.Join(dir, "new"): nil, filepath.Join(dir, "new", "deep"): nil,
	} {
		if err := Check(path); !errors.Is(err, want) {
			t.Errorf("Check(%s): %v", path, err)
		}
	}
}
