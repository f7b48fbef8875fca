package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// resolve follows the symbolic links at the end of path. It says what is there,
// nil if nothing is.
func resolve(path string) (string, fs.FileInfo, error) {
	if path == "" || strings.HasSuffix(path, "/") || strings.HasSuffix(path, string(filepath.Separator)) {
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
			link = beside(path, link)
		}
		path = link
	}
	return "", nil, fmt.Errorf("%s: too many symbolic links: do they form a loop?", path)
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

// beside is the path of a file in the directory of target. Unlike filepath.Join
// it keeps "x/..": see directory.
func beside(target, name string) string {
	return within(directory(target), name)
}

func within(dir, name string) string {
	if !os.IsPathSeparator(dir[len(dir)-1]) {
		dir += string(filepath.Separator)
	}
	return dir + name
}

// above is the directory in which dir is made.
func above(dir string) string {
	return directory(filepath.FromSlash(strings.TrimRight(filepath.ToSlash(dir), "/")))
}

// nearest is dir, or the directory above it that exists and that dir would be
// made in.
func nearest(dir string) (string, error) {
	for {
		_, err := os.Stat(dir)
		switch {
		case err == nil:
			return dir, nil
		case !errors.Is(err, fs.ErrNotExist) || above(dir) == dir:
			return "", err
		}
		dir = above(dir)
	}
}

// makeDir makes dir, and what is missing above it, so that a power cut does not
// take it away again with what is put there.
func makeDir(dir string) error {
	top, err := nearest(dir)
	if err != nil || top == dir {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	owner, err := os.Stat(top)
	if err != nil {
		return err
	}
	for dir != top {
		inherit(dir, owner)
		dir = above(dir)
		if err := syncDir(dir); err != nil {
			return err
		}
	}
	return nil
}

// Resolved is a path from the root, and behind all links, also where nothing is yet:
// one file has one, however it is called.
func Resolved(path string) (string, error) {
	if !filepath.IsAbs(path) {
		dir, err := os.Getwd()
		if err != nil {
			return "", err
		}
		path = dir + string(filepath.Separator) + path // not filepath.Join: "x/.." leads elsewhere when x is a link
	}
	for range 40 { // as many links as Linux follows
		behind, err := filepath.EvalSymlinks(path)
		if !errors.Is(err, fs.ErrNotExist) {
			return behind, err
		}
		dir, name := filepath.Split(path)
		link, err := os.Readlink(path)
		switch {
		case err != nil: // nothing is there
			if above := strings.TrimRight(dir, string(filepath.Separator)); above != "" {
				dir, err = Resolved(above)
				return filepath.Join(dir, name), err
			}
			return path, nil
		case filepath.IsAbs(link):
			path = link
		default:
			path = dir + link
		}
	}
	return "", fmt.Errorf("%s: too many symbolic links: do they form a loop?", path)
}
