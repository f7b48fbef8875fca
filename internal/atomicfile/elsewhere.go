//go:build !linux && !darwin

package atomicfile

import (
	"io/fs"
	"os"
)

func changeTime(fs.FileInfo) int64 { return 0 } // not told, or each system in its own way

func mountPoint(string) bool { return false } // not told

func keepAttributes(*os.File, string) error { return nil }
