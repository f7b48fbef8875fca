package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// ErrPlace says that others could have planted something in a directory.
var ErrPlace = errors.New("it is not safe there")

var errSomebodyElse = errors.New("it belongs to somebody else")

// ErrTooLarge says that a file in a private directory has more bytes than
// anything that we would have put there.
var ErrTooLarge = errors.New("too large")

// OpenPrivate opens a directory that is ours alone: what is in it was not
// planted by anybody else, links among it. One in which others may write is
// refused. (The directory itself may be behind links: the person's own.)
func OpenPrivate(dir string) (*os.Root, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	info, err := root.Stat(".")
	if err == nil {
		err = private(info)
	}
	if err != nil {
		_ = root.Close()
		return nil, fmt.Errorf("directory %s: %w: %w", dir, ErrPlace, err)
	}
	return root, nil
}

// ReadPrivate reads a file of a private directory, of at most limit bytes.
func ReadPrivate(root *os.Root, name string, limit int) ([]byte, error) {
	if err := RegularPrivate(root, name); err != nil {
		return nil, err
	}
	file, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(file, int64(limit)+1))
	if err == nil && len(data) > limit {
		err = fmt.Errorf("%w: more than %d MB", ErrTooLarge, limit>>20)
	}
	return data, errors.Join(err, file.Close())
}

// RegularPrivate refuses links, pipes, and whatever else we would not have made
// in a private directory.
func RegularPrivate(root *os.Root, name string) error {
	info, err := root.Lstat(name)
	if err == nil && !info.Mode().IsRegular() {
		return ErrNotRegular
	}
	return err
}

// ReplacePrivate is Replace for a file of a private directory, which must not be
// a link to another one. The new file would have owner and mode of the old one: what
// somebody else put there is refused, and what others may read is taken from them.
func ReplacePrivate(root *os.Root, name string, data []byte) error {
	path := filepath.Join(root.Name(), name)
	_, err := tighten(root, name)
	if err == nil {
		err = RegularPrivate(root, name)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w", path, err)
	}
	return Replace(path, data)
}

// OpenShared opens a directory that a person's other programs write to as well,
// and makes it fit for secrets: where others may write, that is taken from them,
// which tightened says. One that belongs to somebody else is refused, but not for
// root, as in a container that is given the directory of the person outside.
func OpenShared(dir string) (root *os.Root, tightened bool, err error) {
	root, err = os.OpenRoot(dir)
	if err != nil {
		return nil, false, err
	}
	info, err := root.Stat(".")
	if err == nil {
		err = owned(info)
	}
	if err == nil && writable(info) {
		tightened, err = without(root, ".", info, 0o022)
	}
	if err != nil {
		_ = root.Close()
		return nil, false, fmt.Errorf("directory %s: %w: %w", dir, ErrPlace, err)
	}
	return root, tightened, nil
}

// ReadShared reads a file of a shared directory, of at most limit bytes, and makes
// it private: where others may read or write, that is taken from them, which
// tightened says. What somebody else put there is refused.
func ReadShared(root *os.Root, name string, limit int) (data []byte, tightened bool, err error) {
	if tightened, err = tighten(root, name); err != nil {
		return nil, false, err
	}
	data, err = ReadPrivate(root, name, limit)
	return data, tightened, err
}

// tighten makes a file private, if it is one, and refuses what somebody else put
// there.
func tighten(root *os.Root, name string) (tightened bool, err error) {
	info, err := root.Lstat(name)
	if err != nil || !info.Mode().IsRegular() {
		return false, err
	}
	dir, err := root.Stat(".")
	if err == nil && planted(info, dir) {
		err = fmt.Errorf("%w: %w", ErrPlace, errSomebodyElse)
	}
	if err != nil {
		return false, err
	}
	if !exposed(info) {
		return false, nil
	}
	return without(root, name, info, 0o077)
}

// without takes permissions from a file, and says whether that made a difference. On
// a file system that is read-only nobody can plant anything, and on one that has no
// permissions, as some that Windows shares, they mean nothing.
func without(root *os.Root, name string, info fs.FileInfo, permissions fs.FileMode) (taken bool, err error) {
	err = root.Chmod(name, info.Mode().Perm()&^permissions)
	if errors.Is(err, syscall.EROFS) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	now, err := root.Lstat(name)
	return err == nil && now.Mode() != info.Mode(), err
}
