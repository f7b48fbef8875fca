//go:build unix

package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// inherit gives what root makes in somebody's directory to whom the directory
// belongs, who could not open it otherwise.
func inherit(path string, dir fs.FileInfo) {
	if stat, ok := dir.Sys().(*syscall.Stat_t); ok && isRoot() {
		_ = os.Lchown(path, int(stat.Uid), int(stat.Gid))
	}
}

// private refuses a directory in which anybody else could plant something.
func private(dir fs.FileInfo) error {
	if stat, ok := dir.Sys().(*syscall.Stat_t); ok && int(stat.Uid) != os.Geteuid() {
		return errSomebodyElse
	}
	if writable(dir) {
		return errors.New("others may write in it")
	}
	return nil
}

// owned refuses what belongs to somebody else. Root may use anybody's.
func owned(info fs.FileInfo) error {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && int(stat.Uid) != os.Geteuid() && !isRoot() {
		return errSomebodyElse
	}
	return nil
}

// planted says that a file belongs neither to us nor to whom its directory belongs,
// for root, too.
func planted(file, dir fs.FileInfo) bool {
	theirs, ok := file.Sys().(*syscall.Stat_t)
	owner, known := dir.Sys().(*syscall.Stat_t)
	return ok && known && theirs.Uid != owner.Uid && int(theirs.Uid) != os.Geteuid()
}

func isRoot() bool { return os.Geteuid() == 0 }

// writable says that others than its owner can plant something in a directory.
func writable(dir fs.FileInfo) bool { return dir.Mode().Perm()&0o022 != 0 }

// exposed says that others than its owner can open a file.
func exposed(info fs.FileInfo) bool { return info.Mode().Perm()&0o077 != 0 }
