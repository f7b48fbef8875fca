package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrPlace says that others could have planted something in a directory.
var ErrPlace = errors.New("it is not safe there")

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
// a link to another one.
func ReplacePrivate(root *os.Root, name string, data []byte) error {
	path := filepath.Join(root.Name(), name)
	if err := RegularPrivate(root, name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w", path, err)
	}
	return Replace(path, data)
}
