//go:build unix

package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReplaceRefusesHardLinks(t *testing.T) {
	dir := t.TempDir()
	path, other, link := filepath.Join(dir, "file"), filepath.Join(t.TempDir(), "other"), filepath.Join(dir, "link")
	write(t, path, "old")
	if err := errors.Join(os.Link(path, other), os.Symlink("file", link)); err != nil {
		t.Fatal(err)
	}
	before := picture(t, dir, filepath.Dir(other))
	for _, name := range []string{path, other, link} {
		_, v, err := Read(name) // reading is no harm
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range []error{Replace(name, []byte("new")), ReplaceVersion(name, []byte("new"), v), Check(name)} {
			if target, _, _ := resolve(name); !errors.Is(err, ErrHardLink) || !strings.Contains(err.Error(), target) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if after := picture(t, dir, filepath.Dir(other)); after != before {
		t.Errorf("before:\n%safter:\n%s", before, after)
	}
	if err := os.Remove(other); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(Check(path), Replace(path, []byte("new"))); err != nil {
		t.Errorf("its only name: %v", err)
	}
}

// The directory goes away while the new file is written, or just before: with an
// old file, nobody makes it anew.
func TestReplaceWhenTheDirectoryVanishes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "dir")
	path := filepath.Join(dir, "file")
	vanish := func() error { return os.Rename(dir, filepath.Join(t.TempDir(), "away")) }
	for _, late := range []bool{false, true} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, path, "old")
		target, existing, err := resolve(path)
		if err != nil {
			t.Fatal(err)
		}
		if late {
			err = replace(target, existing, []byte("new"), vanish)
		} else {
			err = errors.Join(vanish(), replace(target, existing, []byte("new"), func() error { return nil }))
		}
		if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), path) {
			t.Errorf("late: %v: %v", late, err)
		}
		if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("late: %v: the directory is back: %v", late, err)
		}
	}
}

// A group that we are in can be kept, even of somebody else's file.
func TestReplaceKeepsGroup(t *testing.T) {
	groups, err := os.Getgroups()
	if err != nil {
		t.Fatal(err)
	}
	for _, gid := range groups {
		path := filepath.Join(t.TempDir(), "file")
		write(t, path, "old")
		if err := os.Chown(path, -1, gid); err != nil {
			t.Fatal(err)
		}
		if err := Replace(path, []byte("new")); err != nil {
			t.Fatal(err)
		}
		hasOwner(t, path, uint32(os.Getuid()), uint32(gid))
	}
}

func TestReplaceErrorsNameTheFile(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may write anywhere")
	}
	path := filepath.Join(t.TempDir(), "file")
	write(t, path, "old")
	if err := os.Chmod(filepath.Dir(path), 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(filepath.Dir(path), 0o700) })
	for _, err := range []error{Replace(path, nil), Check(path)} {
		if err == nil || err.Error() != "write a new file beside "+path+": permission denied" {
			t.Errorf("got %v", err)
		}
	}
}
