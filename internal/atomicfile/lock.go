package atomicfile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// ErrLocked says that another run had the lock until nobody wanted to wait any
// longer.
var ErrLocked = errors.New("another run is writing there")

// patience between two tries: long for a computer, short for a person.
const patience = 20 * time.Millisecond

// Lock keeps other runs of this program from the file at path until unlock is
// called, or this process ends, however it does. Other programs know nothing of
// it. It waits until ctx ends; then the error wraps ErrLocked and the cause.
// unlock may be called again. A directory that does not exist is made (0700).
//
// Whoever reads, changes and replaces a file takes the lock first. A file system
// that has no locks says so with an error; ReplaceVersion notices other runs
// there, too.
//
// The lock is held on a file of its own beside the one that path leads to, since
// that one is replaced. It stays behind, empty: if it were removed, a run that
// has opened the old one and one that makes a new one could both believe that
// they have the lock. (We look for that, because people clean up; but nothing
// should hang on it.)
func Lock(ctx context.Context, path string) (unlock func() error, err error) {
	for {
		if err := context.Cause(ctx); err != nil {
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		target, existing, err := resolve(path)
		if err != nil {
			return nil, err
		}
		if existing != nil && !existing.Mode().IsRegular() {
			return nil, fmt.Errorf("%s: %w", target, ErrNotRegular)
		}
		dir := directory(target)
		if err := makeDir(dir); err != nil {
			return nil, err
		}
		owner := existing
		if existing == nil {
			if owner, err = os.Stat(dir); err != nil {
				return nil, err
			}
		}
		lock := flock.New(beside(target, "."+filepath.Base(target)+".aws-sso-config-generator.lock"),
			flock.SetFlag(os.O_CREATE|os.O_RDWR|carefully), flock.SetPermissions(0o600))
		valid, err := acquire(ctx, lock, owner)
		if err == nil && valid {
			// The path may lead elsewhere since we began to wait.
			var now string
			if now, _, err = resolve(path); err == nil && now == target {
				return lock.Close, nil
			}
		}
		if err = errors.Join(err, lock.Close()); err != nil {
			return nil, fmt.Errorf("lock %s: %w", target, err)
		}
	}
}

// acquire takes the lock, and says whether it is the one that others find.
func acquire(ctx context.Context, lock *flock.Flock, owner fs.FileInfo) (bool, error) {
	if err := createLock(lock.Path(), owner); err != nil {
		return false, err
	}
	if _, err := lock.TryLockContext(ctx, patience); err != nil {
		if ctx.Err() != nil {
			err = fmt.Errorf("%w: %w", ErrLocked, context.Cause(ctx))
		}
		return false, err
	}
	held, err := lock.Stat()
	if err != nil {
		return false, err
	}
	if !held.Mode().IsRegular() {
		return false, fmt.Errorf("%s: %w", lock.Path(), ErrNotRegular)
	}
	found, err := os.Lstat(lock.Path())
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && os.SameFile(held, found), err
}

// createLock makes the file unless there is one; a link or a pipe that somebody
// put there is refused. What root makes under sudo belongs to who owns the file,
// or the directory, who could not open it otherwise.
func createLock(name string, owner fs.FileInfo) error {
	info, err := os.Lstat(name)
	if err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s: %w", name, ErrNotRegular)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil // another run was faster
	}
	if err != nil {
		return err
	}
	keepOwner(file, owner)
	return file.Close()
}
