//go:build !unix

package atomicfile

import (
	"io/fs"
	"os"
)

const carefully = 0 // no pipes among the files

func keepOwner(*os.File, fs.FileInfo) {} // a new file has its directory's owner and access list

func links(fs.FileInfo) uint64 { return 1 } // not told

func syncDir(string) error { return nil } // Windows cannot open a directory for it
