package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	data, v, err := Read(path)
	if data != nil || v.Exists() || err != nil {
		t.Errorf("nothing there: %q, %v, %v", data, v.Exists(), err)
	}
	for _, text := range []string{"", "x", strings.Repeat("long\n", 1<<16)} {
		write(t, path, text)
		data, v, err := Read(path)
		if string(data) != text || data == nil || !v.Exists() || err != nil {
			t.Errorf("%d bytes: read %d, %v, %v", len(text), len(data), v.Exists(), err)
		}
		if err := v.unchanged(path); err != nil {
			t.Error(err)
		}
	}
	onlyEntry(t, path) // reading leaves no trace
}

func TestReadRefuses(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	write(t, file, "x")
	for path, want := range map[string]error{dir: ErrNotRegular, "": ErrNotRegular, file + string(filepath.Separator): ErrNotRegular} {
		if data, v, err := Read(path); data != nil || v.Exists() || !errors.Is(err, want) {
			t.Errorf("Read(%q): %q, %v, %v", path, data, v.Exists(), err)
		}
	}
}

// A run reads, writes, reads again. Who still holds the first version is stopped.
func TestReplaceVersion(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "file")
	_, none, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := ReplaceVersion(path, []byte("one"), none); err != nil {
		t.Fatal(err)
	}
	_, one, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := ReplaceVersion(path, []byte("two"), one); err != nil {
		t.Fatal(err)
	}
	for _, old := range []Version{none, one, {}} {
		err := ReplaceVersion(path, []byte("three"), old)
		if !errors.Is(err, ErrChanged) || !strings.Contains(err.Error(), path) {
			t.Errorf("an old version: %v", err)
		}
	}
	holds(t, path, "two")
	onlyEntry(t, path)
	if err := ReplaceVersion(filepath.Join(t.TempDir(), "new"), nil, Version{}); !errors.Is(err, ErrChanged) {
		t.Errorf("the zero version of no file: %v", err)
	}
}

// The directory may come into being meanwhile: Lock makes it.
func TestReplaceVersionInANewDirectory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b", "file")
	_, v, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := ReplaceVersion(path, []byte("x"), v); err != nil {
		t.Fatal(err)
	}
	holds(t, path, "x")
}

// A change is one way to come between reading and writing. It gets the path,
// and a directory for what else it needs.
type change struct {
	name, before string // "": no file yet
	do           func(path, elsewhere string) error
}

func extend(path, text string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	return errors.Join(err, file.Close())
}

// overwrite changes bytes in place and hides it: size and time stay.
func overwrite(path, text string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	return errors.Join(err, file.Close(), os.Chtimes(path, time.Now(), info.ModTime()))
}

var changes = []change{
	{"appears", "", func(path, _ string) error { return os.WriteFile(path, []byte("theirs"), 0o600) }},
	{"appears empty", "", func(path, _ string) error { return os.WriteFile(path, nil, 0o600) }},
	{"appears as a directory", "", func(path, _ string) error { return os.Mkdir(path, 0o700) }},
	{"disappears", "ours", func(path, _ string) error { return os.Remove(path) }},
	{"grows", "ours", func(path, _ string) error { return extend(path, "theirs") }},
	{"is emptied", "ours", func(path, _ string) error { return os.Truncate(path, 0) }},
	{"same size and time", "ours", func(path, _ string) error { return overwrite(path, "thei") }},
	{"replaced with the same bytes", "ours", func(path, _ string) error { return Replace(path, []byte("ours")) }},
	{"becomes a directory", "ours", func(path, _ string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) }},
	{"becomes read-only", "ours", func(path, _ string) error { return os.Chmod(path, 0o400) }},
}

func TestReplaceVersionNotices(t *testing.T) { noticed(t, changes) }

func noticed(t *testing.T, changes []change) {
	for _, c := range changes {
		t.Run(c.name, func(t *testing.T) {
			dir, elsewhere := t.TempDir(), t.TempDir()
			path := filepath.Join(dir, "file")
			if c.before != "" {
				write(t, path, c.before)
			}
			_, v, err := Read(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.do(path, elsewhere); err != nil {
				t.Fatal(err)
			}
			before := picture(t, dir, elsewhere)
			if err := ReplaceVersion(path, []byte("new"), v); !errors.Is(err, ErrChanged) {
				t.Errorf("got %v", err)
			}
			if after := picture(t, dir, elsewhere); after != before {
				t.Errorf("before:\n%safter:\n%s", before, after)
			}
		})
	}
}

// The same, but at the last moment: the new file is already there, synced.
func TestReplaceNoticesAtTheLastMoment(t *testing.T) {
	for _, c := range changes {
		t.Run(c.name, func(t *testing.T) {
			dir, elsewhere := t.TempDir(), t.TempDir()
			path := filepath.Join(dir, "file")
			if c.before != "" {
				write(t, path, c.before)
			}
			_, v, err := Read(path)
			if err != nil {
				t.Fatal(err)
			}
			before := ""
			err = replace(v.target, v.file, []byte("new"), func() error {
				temps, err := filepath.Glob(filepath.Join(dir, ".aws-*"))
				if err != nil || len(temps) != 1 {
					t.Fatalf("%v, %v", temps, err)
				}
				holds(t, temps[0], "new")
				if err := c.do(path, elsewhere); err != nil {
					t.Fatal(err)
				}
				if err := os.Rename(temps[0], filepath.Join(t.TempDir(), "away")); err != nil {
					t.Fatal(err)
				}
				before = picture(t, dir, elsewhere)
				return v.unchanged(path)
			})
			if !errors.Is(err, ErrChanged) {
				t.Errorf("got %v", err)
			}
			if after := picture(t, dir, elsewhere); after != before {
				t.Errorf("before:\n%safter:\n%s", before, after)
			}
		})
	}
}

// Where the clock of the file system is coarse, nothing but the bytes tells.
func TestReplaceVersionComparesBytes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	write(t, path, "x")
	_, v, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	other := v
	other.sum[0]++
	if !v.same(v) || v.same(other) {
		t.Errorf("same as itself: %v; as other bytes: %v", v.same(v), v.same(other))
	}
}

// picture shows all that is in some directories.
func picture(t *testing.T, dirs ...string) string {
	t.Helper()
	var s strings.Builder
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := entry.Info()
			if err != nil {
				return err
			}
			text := ""
			switch {
			case info.Mode().IsRegular():
				data, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				text = string(data)
			case info.Mode()&fs.ModeSymlink != 0:
				if text, err = os.Readlink(path); err != nil {
					return err
				}
			}
			_, err = s.WriteString(info.Mode().String() + " " + info.ModTime().String() + " " + path + ": " + text + "\n")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return s.String()
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestRemoveVersion(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("read"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, read, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := RemoveVersion(path, read); !errors.Is(err, ErrChanged) {
		t.Errorf("removed what somebody wrote: %v", err)
	}
	holds(t, path, "mine")
	if _, read, err = Read(path); err != nil {
		t.Fatal(err)
	}
	if err := RemoveVersion(path, read); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("still there: %v", err)
	}
}
