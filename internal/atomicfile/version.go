package atomicfile

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// A Version says what a file was when it was read: where the path led, which
// file that was, when it was changed, what was in it; or that there was none.
// The zero Version is no file's.
//
// The content is part of it because times are not enough: a file system may give
// the same time to all that happens within some milliseconds, or two seconds.
type Version struct {
	target string
	dir    fs.FileInfo // nil: not there
	file   fs.FileInfo // nil: not there
	sum    [sha256.Size]byte
}

// Exists says whether there was a file.
func (v Version) Exists() bool { return v.file != nil }

// Holds says whether there was a file with just these bytes.
func (v Version) Holds(data []byte) bool { return v.file != nil && v.sum == sha256.Sum256(data) }

// Read reads the file at path, to which symbolic links may lead. One that does
// not exist has no bytes, and a Version that says so. What is not a regular file
// is refused, and not waited for.
//
// A program that writes in place shows us half of its work. Who writes back what
// came of that is stopped: the Version is then not that of the finished file.
func Read(path string) ([]byte, Version, error) {
	file, v, err := open(path)
	if file == nil {
		return nil, v, err
	}
	defer func() { _ = file.Close() }()
	const most = 64 << 20 // bytes that are believed before they are seen
	data := bytes.NewBuffer(make([]byte, 0, min(v.file.Size(), most)+bytes.MinRead))
	if _, err := data.ReadFrom(file); err != nil {
		return nil, Version{}, err
	}
	v.sum = sha256.Sum256(data.Bytes())
	return data.Bytes(), v, nil
}

// look is Read for who has the bytes already.
func look(path string) (Version, error) {
	file, v, err := open(path)
	if file == nil {
		return v, err
	}
	defer func() { _ = file.Close() }()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return Version{}, err
	}
	sum.Sum(v.sum[:0])
	return v, nil
}

// open opens the file at path for reading, and says all of its version but the
// sum. There is no *os.File where there is no file.
func open(path string) (*os.File, Version, error) {
	target, existing, err := resolve(path)
	if err != nil {
		return nil, Version{}, err
	}
	v := Version{target: target}
	if v.dir, err = os.Stat(directory(target)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, Version{}, err
	}
	if existing == nil {
		return nil, v, nil
	}
	if !existing.Mode().IsRegular() { // opening a device can be felt
		return nil, Version{}, fmt.Errorf("%s: %w", target, ErrNotRegular)
	}
	file, err := os.OpenFile(target, os.O_RDONLY|carefully, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, v, nil
	}
	if err != nil {
		return nil, Version{}, err
	}
	v.file, err = file.Stat()
	if err == nil && !v.file.Mode().IsRegular() {
		err = fmt.Errorf("%s: %w", target, ErrNotRegular)
	}
	if err != nil {
		_ = file.Close()
		return nil, Version{}, err
	}
	return file, v, nil
}

// unchanged says whether the path still has this version.
func (v Version) unchanged(path string) error {
	now, err := look(path)
	switch {
	case err != nil: // what could be read then, and cannot now, was changed
		return fmt.Errorf("%s: %w: %w", path, ErrChanged, err)
	case !v.same(now):
		return fmt.Errorf("%s: %w", path, ErrChanged)
	}
	return nil
}

func (v Version) same(w Version) bool {
	// A directory that is made meanwhile changes nothing; another one does.
	if v.target != w.target || v.dir != nil && !os.SameFile(v.dir, w.dir) {
		return false
	}
	if v.file == nil || w.file == nil {
		return v.file == nil && w.file == nil
	}
	return os.SameFile(v.file, w.file) && v.file.Mode() == w.file.Mode() && v.file.Size() == w.file.Size() &&
		v.file.ModTime().Equal(w.file.ModTime()) && changeTime(v.file) == changeTime(w.file) && v.sum == w.sum
}
