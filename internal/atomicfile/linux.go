//go:build linux

package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// changeTime is when anything about the file was changed, in nanoseconds, which
// nobody can set.
func changeTime(info fs.FileInfo) int64 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return stat.Ctim.Nano()
	}
	return 0
}

// mountPoint says whether something is mounted at target.
func mountPoint(target string) bool {
	var stat unix.Statx_t
	err := unix.Statx(unix.AT_FDCWD, target, unix.AT_SYMLINK_NOFOLLOW, 0, &stat)
	return err == nil && stat.Attributes&unix.STATX_ATTR_MOUNT_ROOT != 0
}

// keepAttributes gives temp the access list and the label of the file at target.
// No access list is kept, too: the directory may have given one to temp. A label
// that the system does not let us set is the one that its rules want.
func keepAttributes(temp *os.File, target string) error {
	const accessList, label = "system.posix_acl_access", "security.selinux"
	fd := int(temp.Fd())
	value := make([]byte, 1<<16) // as much as there can be
	n, err := unix.Lgetxattr(target, accessList, value)
	switch {
	case err == nil:
		err = unix.Fsetxattr(fd, accessList, value[:n], 0)
	case errors.Is(err, unix.ENODATA):
		err = unix.Fremovexattr(fd, accessList)
	}
	if err != nil && !errors.Is(err, unix.ENODATA) && !errors.Is(err, errors.ErrUnsupported) {
		return fmt.Errorf("keep the access list: %w", err)
	}
	if n, err := unix.Lgetxattr(target, label, value); err == nil {
		_ = unix.Fsetxattr(fd, label, value[:n], 0)
	}
	return nil
}
