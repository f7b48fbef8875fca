//go:build unix

package signin

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"aws-sso-config-generator/internal/emulator"
)

// In the place of the session's file there is something else. It neither holds us
// up nor leads us to another file, and what it leads to stays as it is.
func TestWhatIsNoTokenFile(t *testing.T) {
	for name, plant := range map[string]func(path, elsewhere string) error{
		"a link":            func(path, elsewhere string) error { return os.Symlink(elsewhere, path) },
		"a link to nothing": func(path, elsewhere string) error { return os.Symlink(elsewhere+".new", path) },
		"a link beside": func(path, elsewhere string) error {
			data, err := os.ReadFile(elsewhere)
			return errors.Join(err, os.WriteFile(path+".other", data, 0o600), os.Symlink(filepath.Base(path)+".other", path))
		},
		"a link to itself": func(path, _ string) error { return os.Symlink(path, path) },
		"a device":         func(path, _ string) error { return os.Symlink("/dev/zero", path) },
		"a directory":      func(path, _ string) error { return os.Mkdir(path, 0o700) },
		"a pipe":           func(path, _ string) error { return syscall.Mkfifo(path, 0o600) },
		"a link to a pipe": func(path, elsewhere string) error {
			return errors.Join(syscall.Mkfifo(elsewhere+".pipe", 0o600), os.Symlink(elsewhere+".pipe", path))
		},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T) {
				d := newDesk(t, emulator.Config{})
				l := d.signIn(corp, true)
				before, elsewhere := d.read(corp), filepath.Join(t.TempDir(), "elsewhere")
				if err := errors.Join(os.Rename(d.cache.Path(corp), elsewhere), plant(d.cache.Path(corp), elsewhere)); err != nil {
					t.Fatal(err)
				}
				if l, err := d.token(corp, ""); !errors.Is(err, ErrCache) || l != (Login{}) {
					t.Errorf("read: %v, %v", l, err)
				}
				l.Token.AccessToken = "new"
				if err := d.cache.Keep(t.Context(), corp, l, ""); !errors.Is(err, ErrCache) {
					t.Errorf("keep: %v", err)
				}
				if after, err := os.ReadFile(elsewhere); err != nil || string(after) != before {
					t.Errorf("where it leads: %s, %v", after, err)
				}
				if _, err := os.Lstat(elsewhere + ".new"); !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("where it led to nothing: %v", err)
				}
			})
		})
	}
}

// Whatever the mask is, and whoever made the file, nobody else can open it. One with a
// second name is left alone.
func TestATokenFileIsMadePrivate(t *testing.T) {
	inWorld(t, func(t *testing.T) {
		defer syscall.Umask(syscall.Umask(0))
		d := newDesk(t, emulator.Config{})
		l := d.signIn(corp, true)
		private := func(when string) {
			t.Helper()
			if info, err := os.Stat(d.cache.Path(corp)); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v, %v", when, info.Mode(), err)
			}
		}
		private("new, without a mask")
		for _, mode := range []fs.FileMode{0o644, 0o640, 0o604, 0o666, 0o602} {
			for when, use := range map[string]func() error{
				"read": func() error { _, err := d.token(corp, ""); return err },
				"keep": func() error { return d.cache.Keep(t.Context(), corp, l, "") },
			} {
				d.told = nil
				if err := errors.Join(os.Chmod(d.cache.Path(corp), mode), use()); err != nil {
					t.Error(err)
				}
				private(when)
				if len(d.told) != 1 || !strings.HasSuffix(d.told[0].Error(), "others could open this file, and cannot any more") {
					t.Errorf("%s, %v: told %v", when, mode, d.told)
				}
			}
		}
		if err := os.Link(d.cache.Path(corp), d.cache.Path(corp)+".other"); err != nil {
			t.Fatal(err)
		}
		if err := d.cache.Keep(t.Context(), corp, l, ""); !errors.Is(err, ErrCache) {
			t.Errorf("with two names: %v", err)
		}
	})
}
