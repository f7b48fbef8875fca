//go:build unix

package atomicfile

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestReplaceKeepsMode(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0o077)) // no mask may take bits away
	for _, mode := range []fs.FileMode{0o600, 0o644, 0o660, 0o755, 0o200} {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if err := Replace(path, []byte("x")); err != nil {
			t.Fatal(err)
		}
		hasMode(t, path, mode)
	}
}

func TestReplaceMakesPrivateFiles(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0))
	dir := t.TempDir()
	path := filepath.Join(dir, "a", "b", "file")
	if err := Replace(path, []byte("x")); err != nil {
		t.Fatal(err)
	}
	hasMode(t, path, 0o600)
	hasMode(t, filepath.Join(dir, "a", "b"), fs.ModeDir|0o700)
	hasMode(t, filepath.Join(dir, "a"), fs.ModeDir|0o700)
}

func TestReplaceKeepsOwner(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root may give files away")
	}
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(path, 1234, 5678); err != nil {
		t.Fatal(err)
	}
	if err := Replace(path, []byte("x")); err != nil {
		t.Fatal(err)
	}
	hasOwner(t, path, 1234, 5678)
	hasMode(t, path, 0o640)
}

func TestReplaceFollowsLinks(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "real", "deep"), 0o755); err != nil {
		t.Fatal(err)
	}
	path := func(elem ...string) string { return filepath.Join(append([]string{dir}, elem...)...) }
	for link, to := range map[string]string{
		"absolute":   path("real", "one"),
		"relative":   "real/two",
		"chain":      "chain2",
		"chain2":     "./real/../real/three",
		"dangling":   "fresh/dir/four",
		"deep":       "real/deep",
		"through":    "deep/../five", // five is in real, not beside the link
		"real/eight": "six",
		"folder":     "real",
		"in-folder":  "folder/eight", // six is in real: relative to the link, not to us
	} {
		if err := os.Symlink(to, path(link)); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{
		"absolute": path("real", "one"), "relative": path("real", "two"), "chain": path("real", "three"),
		"dangling": path("fresh", "dir", "four"), "through": path("real", "five"), "in-folder": path("real", "six"),
	} {
		for _, data := range []string{"new in " + link, "again in " + link} {
			if err := Replace(path(link), []byte(data)); err != nil {
				t.Errorf("%s: %v", link, err)
				continue
			}
			holds(t, target, data)
			if info, err := os.Lstat(target); err != nil || !info.Mode().IsRegular() {
				t.Errorf("%s: its target is %v, %v", link, info, err)
			}
		}
	}
	for _, link := range []string{"absolute", "relative", "chain", "chain2", "dangling", "through", "real/eight", "folder", "in-folder"} {
		if info, err := os.Lstat(path(link)); err != nil || info.Mode()&fs.ModeSymlink == 0 {
			t.Errorf("%s is no longer a link: %v, %v", link, info, err)
		}
	}
}

func TestReplaceRefusesWhatLinksLeadTo(t *testing.T) {
	dir := t.TempDir()
	fifo, locked := filepath.Join(dir, "fifo"), filepath.Join(dir, "locked")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(locked, nil, 0o444); err != nil {
		t.Fatal(err)
	}
	for target, want := range map[string]error{dir: ErrNotRegular, fifo: ErrNotRegular, os.DevNull: ErrNotRegular, locked: ErrReadOnly} {
		link := filepath.Join(t.TempDir(), "link")
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{target, link} {
			if err := Replace(path, []byte("x")); !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", path, err, want)
			}
		}
		onlyEntry(t, link)
	}
}

func TestReplaceRefusesLoops(t *testing.T) {
	dir := t.TempDir()
	for link, to := range map[string]string{"self": "self", "a": "b", "b": "a"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	for _, link := range []string{"self", "a"} {
		if err := Replace(filepath.Join(dir, link), nil); err == nil || !strings.Contains(err.Error(), "loop") {
			t.Errorf("%s: %v", link, err)
		}
	}
}

func TestReplaceInALockedDirectory(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may write anywhere")
	}
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Dir(path), 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(filepath.Dir(path), 0o700) })
	if err := Replace(path, []byte("new")); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("error %v", err)
	}
	holds(t, path, "old")
}

// Readers see the old bytes or the new ones, never a part. (Windows does not
// rename over a file that somebody holds open.)
func TestReplaceIsAtomic(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	a, b := bytes.Repeat([]byte("a"), 1<<16), bytes.Repeat([]byte("b"), 1<<17)
	if err := Replace(path, a); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		var err error
		for i := range 20 {
			err = errors.Join(err, Replace(path, [][]byte{b, a}[i%2]))
		}
		done <- err
	}()
	for {
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			return
		default:
			if data, err := os.ReadFile(path); err != nil || !bytes.Equal(data, a) && !bytes.Equal(data, b) {
				t.Errorf("read %d bytes, %v", len(data), err)
			}
		}
	}
}

func hasMode(t *testing.T, path string, want fs.FileMode) {
	t.Helper()
	if info, err := os.Stat(path); err != nil || info.Mode() != want {
		t.Errorf("%s has mode %v, want %v; %v", path, info.Mode(), want, err)
	}
}

func hasOwner(t *testing.T, path string, uid, gid uint32) {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	if stat := info.Sys().(*syscall.Stat_t); stat.Uid != uid || stat.Gid != gid {
		t.Errorf("%s has owner %d:%d", path, stat.Uid, stat.Gid)
	}
}
