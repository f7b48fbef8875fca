//go:build !unix

package atomicfile

import "io/fs"

// A file's access list is that of its directory, in the person's profile.

func inherit(string, fs.FileInfo) {}

func private(fs.FileInfo) error { return nil }

func owned(fs.FileInfo) error { return nil }

func planted(_, _ fs.FileInfo) bool { return false }

func writable(fs.FileInfo) bool { return false }

func exposed(fs.FileInfo) bool { return false }
