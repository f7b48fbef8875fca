//go:build unix

package atomicfile

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestReadFollowsLinks(t *testing.T) {
	dir := t.TempDir()
	for link, to := range map[string]string{
		"relative": "real/one", "absolute": filepath.Join(dir, "real", "one"), "chain": "chain2", "chain2": "./relative",
		"folder": "real", "through": "folder/../real/one", "dangling": "real/none", "dangling-chain": "dangling", "self": "self", "a": "b", "b": "a",
	} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "real"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "real", "one"), "one")
	for link, want := range map[string]string{"relative": "one", "absolute": "one", "chain": "one", "through": "one", "dangling": "", "dangling-chain": ""} {
		data, v, err := Read(filepath.Join(dir, link))
		if string(data) != want || v.Exists() != (want != "") || err != nil {
			t.Errorf("%s: %q, %v, %v", link, data, v.Exists(), err)
		}
		if err := v.unchanged(filepath.Join(dir, link)); err != nil {
			t.Error(err)
		}
	}
	for _, link := range []string{"self", "a"} {
		if _, _, err := Read(filepath.Join(dir, link)); err == nil {
			t.Errorf("%s: no error", link)
		}
	}
}

// None of these may be waited for.
func TestReadRefusesPipesAndDevices(t *testing.T) {
	dir := t.TempDir()
	fifo, link := filepath.Join(dir, "fifo"), filepath.Join(dir, "link")
	if err := errors.Join(syscall.Mkfifo(fifo, 0o600), os.Symlink("fifo", link)); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{fifo, link, os.DevNull, dir} {
		if _, _, err := Read(path); !errors.Is(err, ErrNotRegular) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestReadUnreadable(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may read anything")
	}
	path := filepath.Join(t.TempDir(), "file")
	write(t, path, "x")
	if err := os.Chmod(path, 0o200); err != nil {
		t.Fatal(err)
	}
	if _, v, err := Read(path); !errors.Is(err, os.ErrPermission) || v.Exists() {
		t.Errorf("%v, %v", v.Exists(), err)
	}
}

func TestReplaceVersionNoticesOnUnix(t *testing.T) {
	noticed(t, []change{
		{"becomes a pipe", "ours", func(path, _ string) error { return errors.Join(os.Remove(path), syscall.Mkfifo(path, 0o600)) }},
		{"appears as a pipe", "", func(path, _ string) error { return syscall.Mkfifo(path, 0o600) }},
		{"appears as a dangling link", "", func(path, _ string) error { return os.Symlink("nothing", path) }},
		{"becomes a link to itself", "ours", func(path, _ string) error { return errors.Join(os.Remove(path), os.Symlink("file", path)) }},
		{"becomes a link to where it went", "ours", func(path, elsewhere string) error {
			moved := filepath.Join(elsewhere, "moved")
			return errors.Join(os.Rename(path, moved), os.Symlink(moved, path))
		}},
		{"gets another name", "ours", func(path, elsewhere string) error { return os.Link(path, filepath.Join(elsewhere, "name")) }},
		{"gets another mode", "ours", func(path, _ string) error { return os.Chmod(path, 0o640) }},
		{"is in another directory", "ours", func(path, elsewhere string) error {
			dir := filepath.Dir(path)
			return errors.Join(os.Rename(dir, filepath.Join(elsewhere, "away")), os.Mkdir(dir, 0o700),
				os.WriteFile(path, []byte("ours"), 0o600))
		}},
		{"would be in another directory", "", func(path, elsewhere string) error {
			dir := filepath.Dir(path)
			return errors.Join(os.Rename(dir, filepath.Join(elsewhere, "away")), os.Mkdir(dir, 0o700))
		}},
	})
}

func TestReplaceVersionNoticesLinksLedElsewhere(t *testing.T) {
	for from, to := range map[string]string{"one": "two", "two": "none", "none": "one", "gone": "none", "folder/one": "one"} {
		t.Run(from+" "+to, func(t *testing.T) {
			dir := t.TempDir()
			link := filepath.Join(dir, "link")
			if err := errors.Join(os.Symlink(".", filepath.Join(dir, "folder")), os.Symlink(from, link)); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(dir, "one"), "same")
			write(t, filepath.Join(dir, "two"), "same")
			_, v, err := Read(link)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(os.Remove(link), os.Symlink(to, link)); err != nil {
				t.Fatal(err)
			}
			before := picture(t, dir)
			if err := ReplaceVersion(link, []byte("new"), v); !errors.Is(err, ErrChanged) {
				t.Errorf("got %v", err)
			}
			if after := picture(t, dir); after != before {
				t.Errorf("before:\n%safter:\n%s", before, after)
			}
		})
	}
}
