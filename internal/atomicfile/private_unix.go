//go:build unix

package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// private refuses a directory in which anybody else could plant something.
func private(dir fs.FileInfo) error {
	if stat, ok := dir.Sys().(*syscall.Stat_t); ok && int(stat.Uid) != os.Geteuid() {
		return errors.New("it belongs to somebody else")
	}
	if dir.Mode().Perm()&0o022 != 0 {
		return errors.New("others may write in it")
	}
	return nil
}
