package atomicfile

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestPrivateFiles(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	root, err := OpenPrivate(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if _, err := ReadPrivate(root, "file", 4); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if err := ReplacePrivate(root, "file", []byte("four")); err != nil {
		t.Fatal(err)
	}
	if data, err := ReadPrivate(root, "file", 4); err != nil || string(data) != "four" {
		t.Errorf("%q, %v", data, err)
	}
	if _, err := ReadPrivate(root, "file", 3); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
	if err := os.Mkdir(filepath.Join(dir, "dir"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadPrivate(root, "dir", 4); !errors.Is(err, ErrNotRegular) {
		t.Errorf("directory: %v", err)
	}
	if _, err := ReadPrivate(root, filepath.Join("..", filepath.Base(dir), "file"), 4); err == nil {
		t.Error("left the directory")
	}
	if runtime.GOOS == "windows" {
		return
	}
	if err := os.Symlink("file", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadPrivate(root, "link", 4); !errors.Is(err, ErrNotRegular) {
		t.Errorf("link: %v", err)
	}
	if err := ReplacePrivate(root, "link", []byte("new")); !errors.Is(err, ErrNotRegular) {
		t.Errorf("replace link: %v", err)
	}
	holds(t, filepath.Join(dir, "file"), "four")
	for _, mode := range []os.FileMode{0o720, 0o702, 0o777 | os.ModeSticky} {
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenPrivate(dir); err == nil {
			t.Errorf("opened with mode %v", mode)
		}
	}
}
