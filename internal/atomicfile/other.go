//go:build !unix

package atomicfile

import (
	"io/fs"
	"os"
)

func keepOwner(*os.File, fs.FileInfo) {} // a new file has its directory's owner and access list

func syncDir(string) error { return nil } // Windows cannot open a directory for it
