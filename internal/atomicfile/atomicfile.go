// Package atomicfile hides what it takes to replace a file without ever
// showing anybody half of it: following symbolic links, keeping mode and owner,
// writing beside, syncing, renaming.
//
// Its one invariant: whatever happens, the path holds either all of the old
// bytes or all of the new ones.
package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Reasons for which Replace refuses a file.
var (
	ErrNotRegular = errors.New("not a regular file")
	ErrReadOnly   = errors.New("file is read-only")
)

// Replace puts data in the file at path. A path that is a symbolic link stays
// one: the file that it leads to is replaced. An existing file keeps its mode
// and, where we may set it, its owner; a new one is private (0600), and so are
// the directories that it needs (0700).
func Replace(path string, data []byte) error {
	target, existing, err := resolve(path)
	if err != nil {
		return err
	}
	return replace(target, existing, data)
}

// Check reports what would keep Replace from its work. It tries whether a file
// can be made beside the one at path, and leaves nothing behind.
func Check(path string) error {
	target, existing, err := resolve(path)
	if err != nil {
		return err
	}
	if err := check(target, existing); err != nil {
		return err
	}
	temp, err := createTemp(nearest(directory(target)))
	if err != nil {
		return err
	}
	return errors.Join(temp.Close(), os.Remove(temp.Name()))
}

// nearest is dir, or the directory above it that exists and that dir would be
// made in.
func nearest(dir string) string {
	for {
		_, err := os.Stat(dir)
		above := directory(filepath.FromSlash(strings.TrimRight(filepath.ToSlash(dir), "/")))
		if !errors.Is(err, fs.ErrNotExist) || above == dir {
			return dir
		}
		dir = above
	}
}

// directory is where target is. Unlike filepath.Dir it keeps "x/..", which leads
// elsewhere when x is a link.
func directory(target string) string {
	dir, _ := filepath.Split(target)
	if dir == "" {
		return "."
	}
	return dir
}

// createTemp opens with O_EXCL: it cannot be led elsewhere by a planted link.
func createTemp(dir string) (*os.File, error) {
	return os.CreateTemp(dir, ".aws-sso-config-generator-*")
}

// check refuses what is no file, and a file that was locked on purpose: root
// could write it all the same.
func check(target string, existing fs.FileInfo) error {
	switch {
	case existing == nil:
		return nil
	case !existing.Mode().IsRegular():
		return fmt.Errorf("%s: %w", target, ErrNotRegular)
	case existing.Mode()&0o200 == 0:
		return fmt.Errorf("%s: %w", target, ErrReadOnly)
	}
	return nil
}

// resolve follows the symbolic links at the end of path. It says what is there,
// nil if nothing is.
func resolve(path string) (string, fs.FileInfo, error) {
	if strings.HasSuffix(path, "/") || strings.HasSuffix(path, string(filepath.Separator)) {
		return "", nil, fmt.Errorf("%s: %w", path, ErrNotRegular)
	}
	for range 40 { // as many links as Linux follows
		info, err := os.Lstat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return path, nil, nil
		case err != nil:
			return "", nil, err
		case info.Mode()&fs.ModeSymlink == 0:
			return path, info, nil
		}
		link, err := os.Readlink(path)
		if err != nil {
			return "", nil, err
		}
		if !filepath.IsAbs(link) {
			link = filepath.FromSlash(directory(path)+"/") + link // not filepath.Join: see directory
		}
		path = link
	}
	return "", nil, fmt.Errorf("%s: too many symbolic links: do they form a loop?", path)
}

func replace(target string, existing fs.FileInfo, data []byte) (err error) {
	dir := directory(target)
	if err := check(target, existing); err != nil {
		return err
	}
	if existing == nil {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}

	temp, err := createTemp(dir)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = temp.Close()
			_ = os.Remove(temp.Name())
		}
	}()
	if existing != nil {
		keepOwner(temp, existing)
		if err := temp.Chmod(existing.Mode().Perm()); err != nil {
			return err
		}
	}
	if _, err := temp.Write(data); err != nil {
		return err
	}
	if err := temp.Sync(); err != nil {
		return err
	}
	if err := temp.Close(); err != nil {
		return err
	}
	if err := os.Rename(temp.Name(), target); err != nil {
		return err
	}
	return syncDir(dir)
}
