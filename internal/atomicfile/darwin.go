//go:build darwin

package atomicfile

import (
	"io/fs"
	"os"
	"syscall"
)

// changeTime is when anything about the file was changed, in nanoseconds, which
// nobody can set.
func changeTime(info fs.FileInfo) int64 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return stat.Ctimespec.Nano()
	}
	return 0
}

func mountPoint(string) bool { return false } // a file cannot be one

func keepAttributes(*os.File, string) error { return nil }
