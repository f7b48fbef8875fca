//go:build unix && !(darwin || dragonfly || freebsd || netbsd || openbsd)

package terminal

import "golang.org/x/sys/unix"

// The requests for a terminal's modes, and what stands there for a key that is none.
const (
	getModes = unix.TCGETS
	setModes = unix.TCSETS
	noKey    = 0
)
