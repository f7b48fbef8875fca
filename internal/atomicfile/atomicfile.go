// Package atomicfile hides what it takes to change a file that other programs
// read and write, too: following symbolic links, keeping mode and owner, writing
// beside, syncing, renaming, noticing what others did, waiting for our own kind.
//
// Its one invariant: whatever happens, the path holds either all of the old
// bytes or all of the new ones.
//
// # What a kill leaves
//
// The new bytes are in a file of their own until one rename puts them in the
// place of the old ones. Killed before that, the old file is as it was, and
// there may be a temporary file beside it, which a later Replace removes. Killed
// after it, the new file is whole.
//
// # What a power cut leaves
//
// The content is synced before the rename: otherwise a file system may note the
// name first, and the path would lead to a file without its content. The
// directory is synced after it (and so are the directories that had to be made):
// otherwise the file system may still forget the rename, and the old bytes would
// come back after Replace said that they are gone. What a power cut can leave is
// thus the same as what a kill can. Go's Sync asks the disk itself for it, on
// macOS, too.
//
// # What the new file keeps
//
// It has the mode of the old one and, where we may set them, its owner and
// group. On Linux it also has the old one's access list (POSIX ACL), without
// which its group bits would mean something else, and its SELinux label. Other
// extended attributes, macOS's access lists and flags, Windows's access lists
// and alternate streams are not carried over: the new file has what its
// directory gives to new files.
package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Reasons for which a file is refused.
var (
	ErrNotRegular = errors.New("not a regular file")
	ErrReadOnly   = errors.New("file is read-only")

	// ErrHardLink: the file has more names than this one, and they would lead to
	// the old bytes for ever. Only Unix tells us.
	ErrHardLink = errors.New("file has other names (hard links), which a new file would not have")

	// ErrMountPoint: nothing can take the place of the file, because something is
	// mounted there, as when a container is given a single file. Only Linux tells us.
	ErrMountPoint = errors.New("file is a mount point, and cannot be replaced: mount its directory instead")

	// ErrChanged: the file is not the one that was read. Nothing was written.
	ErrChanged = errors.New("file was changed by somebody else meanwhile")
)

// Replace puts data in the file at path. A path that is a symbolic link stays
// one: the file that it leads to is replaced. An existing file keeps its mode
// and, where we may set it, its owner; a new one is private (0600), and so are
// the directories that it needs (0700). What root makes new belongs to the owner of
// its directory.
//
// After an error the file is as it was, but for one: a directory that cannot be
// synced says so when the new file is in place.
func Replace(path string, data []byte) error {
	target, existing, err := resolve(path)
	if err != nil {
		return err
	}
	return replace(target, existing, data, func() error { return nil })
}

// ReplaceVersion is Replace for who has read the file: if it is no longer that
// version, because somebody wrote, replaced, made or removed it, or led the path
// elsewhere, it stays as it is, and the error wraps ErrChanged.
//
// That is looked at last before the rename. What a program without our Lock does
// in the microseconds between the two is not seen: no system has a rename with a
// condition.
func ReplaceVersion(path string, data []byte, v Version) error {
	// Once before there is anything to clean up, and once when it counts.
	if err := v.unchanged(path); err != nil {
		return err
	}
	target, existing, err := resolve(path)
	if err != nil {
		return err
	}
	return replace(target, existing, data, func() error { return v.unchanged(path) })
}

// RemoveVersion removes a file if it is still that version, as ReplaceVersion
// replaces it. A link that leads to it stays.
func RemoveVersion(path string, v Version) error {
	if err := v.unchanged(path); err != nil {
		return err
	}
	target, existing, err := resolve(path)
	if err != nil || existing == nil {
		return err
	}
	if err := check(target, existing); err != nil {
		return err
	}
	if err := os.Remove(target); err != nil {
		return err
	}
	return syncDir(directory(target))
}

// Check reports what would keep Replace from its work. It tries whether a file
// can be made beside the one at path, and leaves nothing behind. A disk that is
// full later, or a directory that is gone then, it cannot know.
func Check(path string) error { return CheckRoom(path, 0) }

// CheckRoom is Check for who needs to be sure of room for so many bytes.
func CheckRoom(path string, size int) error {
	target, existing, err := resolve(path)
	if err != nil {
		return err
	}
	if err := check(target, existing); err != nil {
		return err
	}
	dir, err := nearest(directory(target))
	if err != nil {
		return err
	}
	temp, err := createTemp(dir)
	if err != nil {
		return besides(target, err)
	}
	if _, err = temp.Write(make([]byte, size)); err != nil {
		err = besides(target, err)
	}
	return errors.Join(err, temp.Close(), os.Remove(temp.Name()))
}

// check refuses what is no file, what a rename would break or cannot do, and a
// file that was locked on purpose: root could write it all the same.
func check(target string, existing fs.FileInfo) error {
	var err error
	switch {
	case existing == nil:
	case !existing.Mode().IsRegular():
		err = ErrNotRegular
	case existing.Mode()&0o200 == 0:
		err = ErrReadOnly
	case links(existing) > 1:
		err = ErrHardLink
	case mountPoint(target):
		err = ErrMountPoint
	}
	if err != nil {
		return fmt.Errorf("%s: %w", target, err)
	}
	return nil
}

// replace has the steps whose order the package's comment explains. What
// unchanged says, just before the rename, is the last word.
func replace(target string, existing fs.FileInfo, data []byte, unchanged func() error) error {
	if err := check(target, existing); err != nil {
		return err
	}
	dir := directory(target)
	if existing == nil {
		if err := makeDir(dir); err != nil {
			return err
		}
	}
	temp, err := createTemp(dir)
	if err != nil {
		return besides(target, err)
	}
	sweep(dir, temp)
	if existing == nil {
		if info, err := os.Stat(dir); err == nil {
			inherit(temp.Name(), info)
		}
	}
	err = errors.Join(fill(temp, target, existing, data), temp.Close())
	if err != nil {
		err = besides(target, err)
	} else {
		err = unchanged()
	}
	if err == nil {
		err = os.Rename(temp.Name(), target)
	}
	if err != nil {
		_ = os.Remove(temp.Name())
		return err
	}
	return syncDir(dir)
}

// fill makes temp what the file is going to be. Its content comes last: nobody
// reads it there who may not read the old one.
func fill(temp *os.File, target string, existing fs.FileInfo, data []byte) error {
	if existing != nil {
		keepOwner(temp, existing)
		if err := keepAttributes(temp, target); err != nil {
			return err
		}
		if err := temp.Chmod(existing.Mode().Perm()); err != nil {
			return err
		}
	}
	if _, err := temp.Write(data); err != nil {
		return err
	}
	return temp.Sync()
}

// besides says of which file an error with a temporary one is, whose name tells
// nobody anything.
func besides(target string, err error) error {
	if failed, ok := errors.AsType[*fs.PathError](err); ok {
		err = failed.Err
	}
	return fmt.Errorf("write a new file beside %s: %w", target, err)
}
