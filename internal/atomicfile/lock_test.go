package atomicfile

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gofrs/flock"
)

func lockOf(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".aws-sso-config-generator.lock")
}

func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b", "config")
	for range 2 {
		unlock, err := Lock(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		held(t, path)
		free(t, filepath.Join(filepath.Dir(path), "other"))
		for range 2 { // twice is as good as once
			if err := unlock(); err != nil {
				t.Fatal(err)
			}
		}
		free(t, path)
	}
	holds(t, lockOf(path), "")
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("locking made the file: %v", err)
	}
}

// held and free say whether somebody has the lock.
func held(t *testing.T, path string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
	defer cancel()
	if _, err := Lock(ctx, path); !errors.Is(err, ErrLocked) {
		t.Errorf("%s is not locked: %v", path, err)
	}
}

func free(t *testing.T, path string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 100*patience)
	defer cancel()
	unlock, err := Lock(ctx, path)
	if err != nil {
		t.Fatalf("%s is locked: %v", path, err)
	}
	if err := unlock(); err != nil {
		t.Error(err)
	}
}

func TestLockWaitsUntilCtxEnds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	synctest.Test(t, func(t *testing.T) {
		unlock, err := Lock(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err = Lock(ctx, path)
		if waited := time.Since(start); waited != 10*time.Second || !errors.Is(err, ErrLocked) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("after %v: %v", waited, err)
		}

		interrupt := errors.New("interrupt")
		ctx, stop := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { stop(interrupt) })
		if _, err := Lock(ctx, path); !errors.Is(err, ErrLocked) || !errors.Is(err, interrupt) || !strings.Contains(err.Error(), path) {
			t.Errorf("interrupted: %v", err)
		}
		if _, err := Lock(ctx, filepath.Join(filepath.Dir(path), "new", "file")); !errors.Is(err, interrupt) || errors.Is(err, ErrLocked) {
			t.Errorf("over before it began: %v", err)
		}
		onlyEntry(t, lockOf(path))

		start = time.Now()
		time.AfterFunc(time.Minute, func() {
			if err := unlock(); err != nil {
				t.Error(err)
			}
		})
		again, err := Lock(t.Context(), path)
		if waited := time.Since(start); waited < time.Minute || waited > time.Minute+patience || err != nil {
			t.Errorf("after %v: %v", waited, err)
		}
		if err := again(); err != nil {
			t.Error(err)
		}
	})
}

func TestLockRefuses(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	write(t, file, "")
	if err := os.Mkdir(lockOf(file), 0o700); err != nil {
		t.Fatal(err)
	}
	before := picture(t, dir)
	for _, path := range []string{file, dir, "", file + string(filepath.Separator)} {
		if _, err := Lock(t.Context(), path); !errors.Is(err, ErrNotRegular) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := Lock(t.Context(), filepath.Join(file, "deep", "config")); err == nil {
		t.Error("a file is no directory")
	}
	if after := picture(t, dir); after != before {
		t.Errorf("before:\n%safter:\n%s", before, after)
	}
}

// Somebody tidied up while we waited: what we have is nobody else's lock.
func TestLockKnowsARemovedFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "lock")
	owner, err := os.Stat(filepath.Dir(name))
	if err != nil {
		t.Fatal(err)
	}
	lock := flock.New(name)
	if locked, err := lock.TryLock(); !locked || err != nil {
		t.Fatal(locked, err)
	}
	defer lock.Close()
	if valid, err := acquire(t.Context(), lock, owner); !valid || err != nil {
		t.Errorf("%v, %v", valid, err)
	}
	if err := os.Remove(name); err != nil {
		t.Skip("this system does not remove a file that is open")
	}
	if valid, err := acquire(t.Context(), lock, owner); valid || err != nil {
		t.Errorf("%v, %v", valid, err)
	}
}
