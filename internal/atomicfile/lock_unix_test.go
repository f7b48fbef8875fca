//go:build unix

package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func TestLockIsPrivate(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0))
	path := filepath.Join(t.TempDir(), "deep", "config")
	free(t, path)
	hasMode(t, filepath.Dir(path), fs.ModeDir|0o700)
	hasMode(t, lockOf(path), 0o600)
}

// Whoever comes through a link waits for whoever does not.
func TestLockFollowsLinks(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "real", "config"), filepath.Join(dir, "link")
	if err := errors.Join(os.Symlink("real/config", link), os.Symlink("real", filepath.Join(dir, "folder"))); err != nil {
		t.Fatal(err)
	}
	unlock, err := Lock(t.Context(), link) // dangling as yet
	if err != nil {
		t.Fatal(err)
	}
	held(t, target)
	held(t, filepath.Join(dir, "folder", "config"))
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	free(t, target)
	onlyEntry(t, lockOf(target))
}

func TestLockIsNotFooled(t *testing.T) {
	for name, plant := range map[string]func(lock, elsewhere string) error{
		"link to a file": func(lock, elsewhere string) error {
			return errors.Join(os.WriteFile(elsewhere, []byte("theirs"), 0o644), os.Symlink(elsewhere, lock))
		},
		"dangling link": func(lock, elsewhere string) error { return os.Symlink(elsewhere, lock) },
		"pipe":          func(lock, _ string) error { return syscall.Mkfifo(lock, 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			path, elsewhere := filepath.Join(t.TempDir(), "config"), filepath.Join(t.TempDir(), "elsewhere")
			if err := plant(lockOf(path), elsewhere); err != nil {
				t.Fatal(err)
			}
			before := picture(t, filepath.Dir(path), filepath.Dir(elsewhere))
			if _, err := Lock(t.Context(), path); !errors.Is(err, ErrNotRegular) || !strings.Contains(err.Error(), lockOf(path)) {
				t.Errorf("got %v", err)
			}
			if after := picture(t, filepath.Dir(path), filepath.Dir(elsewhere)); after != before {
				t.Errorf("before:\n%safter:\n%s", before, after)
			}
		})
	}
}

// Who waits for a link's lock gets that of the file that it leads to in the end.
func TestLockWhenALinkIsLedElsewhere(t *testing.T) {
	dir := t.TempDir()
	link, one, two := filepath.Join(dir, "link"), filepath.Join(dir, "one"), filepath.Join(dir, "two")
	if err := os.Symlink("one", link); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		unlock, err := Lock(t.Context(), one)
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Second, func() {
			if err := errors.Join(os.Remove(link), os.Symlink("two", link), unlock()); err != nil {
				t.Error(err)
			}
		})
		unlock2, err := Lock(t.Context(), link)
		if err != nil {
			t.Fatal(err)
		}
		free(t, one)
		held(t, two)
		if err := unlock2(); err != nil {
			t.Error(err)
		}
	})
}

func TestLockInAReadOnlyDirectory(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may write anywhere")
	}
	path := filepath.Join(t.TempDir(), "config")
	if err := os.Chmod(filepath.Dir(path), 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(filepath.Dir(path), 0o700) })
	for _, path := range []string{path, filepath.Join(filepath.Dir(path), "new", "config")} {
		if _, err := Lock(t.Context(), path); !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), filepath.Dir(path)) {
			t.Errorf("got %v", err)
		}
	}
}

// What root makes under sudo must not keep its user out.
func TestLockOfRootIsTheOwners(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root may give files away")
	}
	path, none := filepath.Join(t.TempDir(), "config"), filepath.Join(t.TempDir(), "config")
	write(t, path, "")
	if err := errors.Join(os.Chown(path, 1234, 5678), os.Chown(filepath.Dir(none), 1234, 5678)); err != nil {
		t.Fatal(err)
	}
	free(t, path)
	free(t, none)
	hasOwner(t, lockOf(path), 1234, 5678)
	hasOwner(t, lockOf(none), 1234, 5678)
}
