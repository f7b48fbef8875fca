//go:build unix

package inventory_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"aws-sso-config-generator/internal/inventory"
)

func TestStoreFollowsNoLinks(t *testing.T) {
	s, dir := newStore(t)
	j := begin(t, s, inventory.Snapshot{})
	listed(t, j, three)
	must(t, j.Finish())
	must(t, begin(t, s, inventory.Snapshot{}).Close())
	outside := filepath.Join(t.TempDir(), "outside")
	for _, ext := range []string{".json", ".progress", ".lock"} {
		for _, target := range []string{outside, "inside"} {
			path := file(t, dir, ext)
			must(t, os.Remove(path))
			must(t, os.Symlink(target, path))
			must(t, os.WriteFile(filepath.Join(dir, "inside"), []byte("inside"), 0o600))
			must(t, os.WriteFile(outside, []byte("outside"), 0o600))

			_, lastErr := s.Last()
			_, progressErr := s.Progress()
			if errors.Is(lastErr, inventory.ErrSnapshot) != (ext == ".json") || errors.Is(progressErr, inventory.ErrSnapshot) != (ext == ".progress") {
				t.Errorf("%s: last %v, progress %v", ext, lastErr, progressErr)
			}
			j, beginErr := s.Begin(inventory.Snapshot{})
			listed(t, j, three)
			finishErr := j.Finish()
			if (beginErr != nil) != (ext == ".lock") || (finishErr != nil) != (ext == ".json") {
				t.Errorf("%s: begin %v, finish %v", ext, beginErr, finishErr)
			}
			j.Close()
			for path, want := range map[string]string{outside: "outside", filepath.Join(dir, "inside"): "inside"} {
				if data, err := os.ReadFile(path); err != nil || string(data) != want {
					t.Errorf("%s: %s is %q, %v", ext, path, data, err)
				}
			}
			os.Remove(path)
			must(t, os.WriteFile(path, nil, 0o600))
			j = begin(t, s, inventory.Snapshot{})
			listed(t, j, three)
			must(t, j.Finish())
			must(t, begin(t, s, inventory.Snapshot{}).Close())
		}
	}
}

func TestStoreRefusesADirectoryOfOthers(t *testing.T) {
	s, dir := newStore(t)
	must(t, os.MkdirAll(dir, 0o700))
	refused := func(t *testing.T) {
		t.Helper()
		j, err := s.Begin(inventory.Snapshot{})
		if err == nil {
			t.Error("begun")
		}
		j.Close()
		if _, err := s.Last(); !errors.Is(err, inventory.ErrSnapshot) {
			t.Errorf("last: %v", err)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("left %v, %v", left, err)
		}
	}
	for _, mode := range []os.FileMode{0o720, 0o702, 0o777, 0o777 | os.ModeSticky} {
		must(t, os.Chmod(dir, mode))
		refused(t)
	}
	must(t, os.Chmod(dir, 0o755))
	must(t, begin(t, s, inventory.Snapshot{}).Close())

	if os.Getuid() != 0 {
		t.Skip("only root can give a directory away")
	}
	must(t, os.RemoveAll(dir))
	must(t, os.Mkdir(dir, 0o700))
	must(t, os.Chown(dir, 1234, 1234))
	refused(t)
}
