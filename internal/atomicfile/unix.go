//go:build unix

package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// carefully opens a file that may have been changed for a link, which is not
// followed, or for a pipe, which is not waited for.
const carefully = syscall.O_NOFOLLOW | syscall.O_NONBLOCK

// keepOwner gives file the owner of existing. Root under sudo can; others may
// not, and own the new file then, but may keep a group that they are in.
func keepOwner(file *os.File, existing fs.FileInfo) {
	if stat, ok := existing.Sys().(*syscall.Stat_t); ok {
		if file.Chown(int(stat.Uid), int(stat.Gid)) != nil {
			_ = file.Chown(-1, int(stat.Gid))
		}
	}
}

// links is how many names a file has.
func links(info fs.FileInfo) uint64 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(stat.Nlink) //nolint:unconvert // its type is not the same everywhere
	}
	return 1
}

// syncDir makes a rename in dir outlast a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync directory: %w", err)
	}
	err = d.Sync()
	_ = d.Close()
	// Some network file systems cannot sync a directory.
	if err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return fmt.Errorf("sync directory: %w", err)
	}
	return nil
}
