//go:build unix

package awsconfig

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"aws-sso-config-generator/internal/atomicfile"
)

func TestHistoryFollowsNoLinks(t *testing.T) {
	p := newPast(t)
	base := []Section{profileOf("a", "region=x")}
	p.writes("corp", base, "one")
	p.writes("corp", base, "two")
	outside := filepath.Join(t.TempDir(), "outside")
	for _, pattern := range []string{"*.config", "*.base.gz", "*.history"} {
		found, err := filepath.Glob(filepath.Join(p.dir, pattern))
		if err != nil || len(found) != 1 {
			t.Fatal(found, err)
		}
		p.must(os.Rename(found[0], outside))
		p.must(os.Symlink(outside, found[0]))
		_, baseErr := p.Base("corp", p.now())
		_, readErr := p.Read(2)
		recordErr := p.Record(Contents{[]byte("one"), true}, "corp", base, []byte("new"))
		for what, err := range map[string]error{"base": baseErr, "read": readErr, "record": recordErr} {
			concerned := pattern == "*.history" || what == "record" && pattern == "*.config" || what == "record" && pattern == "*.base.gz" ||
				what == "base" && pattern == "*.base.gz" || what == "read" && pattern == "*.config"
			if errors.Is(err, atomicfile.ErrNotRegular) != concerned {
				t.Errorf("%s, %s: %v", pattern, what, err)
			}
		}
		if errors.Is(recordErr, ErrBehind) != (recordErr != nil) {
			t.Errorf("%s: %v", pattern, recordErr)
		}
		p.must(os.Remove(found[0]))
		p.must(os.Rename(outside, found[0]))
	}
}

func TestHistoryOfOthers(t *testing.T) {
	p := newPast(t)
	p.writes("corp", nil, "one")
	refused := func() {
		t.Helper()
		if _, err := p.Base("corp", p.now()); !errors.Is(err, ErrHistory) {
			t.Errorf("base: %v", err)
		}
		if err := p.Record(p.now(), "corp", nil, []byte("two")); !errors.Is(err, ErrBehind) {
			t.Errorf("record: %v", err)
		}
	}
	for _, mode := range []os.FileMode{0o720, 0o702, 0o777 | os.ModeSticky} {
		p.must(os.Chmod(p.dir, mode))
		refused()
	}
	p.must(os.Chmod(p.dir, 0o700))
	p.writes("corp", nil, "two")
	if os.Getuid() != 0 {
		t.Skip("only root can give a directory away")
	}
	p.must(os.Chown(p.dir, 1234, 1234))
	refused()
}

func TestHistoryOfAFileWithManyNames(t *testing.T) {
	p := newPast(t)
	dir := filepath.Dir(p.path)
	p.must(os.MkdirAll(filepath.Join(dir, "real", "deep"), 0o700))
	for link, to := range map[string]string{
		"folder": "real", "link": "folder/config", "chain": filepath.Join(dir, "link"), "deep": "real/deep", "up": "deep/../config",
	} {
		p.must(os.Symlink(to, filepath.Join(dir, link)))
	}
	t.Chdir(dir)
	names := []string{"real/config", "folder/config", "link", "chain", "up", "deep/../config", filepath.Join(dir, "real", "deep", "..", "config")}
	same := func() {
		t.Helper()
		for _, name := range names {
			if got, err := atomicfile.Resolved(name); err != nil || got != resolvedDir(t, dir)+"/real/config" {
				t.Errorf("%s is %s, %v", name, got, err)
			}
		}
	}
	same() // while it is not there
	p.must(os.WriteFile("real/config", nil, 0o600))
	same()
	if got, err := atomicfile.Resolved("not/there/yet"); err != nil || got != resolvedDir(t, dir)+"/not/there/yet" {
		t.Errorf("%s, %v", got, err)
	}
	p.must(os.Symlink("loop", "loop"))
	if _, err := atomicfile.Resolved("loop"); err == nil {
		t.Error("a loop leads somewhere")
	}
	if err := NewHistory(p.dir, "loop").Record(Contents{}, "corp", nil, nil); !errors.Is(err, ErrHistory) {
		t.Errorf("record: %v", err)
	}
}

func resolvedDir(t *testing.T, dir string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
