//go:build unix

package terminal

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// keyboard is a terminal that is read only while somebody waits for it: what is
// typed at other times is not ours but the shell's.
type keyboard struct {
	file *os.File   // nil: there is none
	long *longLines // while a paste is waited for
}

func newKeyboard(in io.Reader) keyboard {
	file, _ := in.(*os.File)
	return keyboard{file: file}
}

// lookAgain is how often we look whether the terminal is ours.
const lookAgain = 250 * time.Millisecond

// read waits until something is typed, or ctx ends.
func (k *keyboard) read(ctx context.Context) ([]byte, error) {
	if k.file == nil { // no process has such an input
		return nil, io.EOF
	}
	ended, end, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer func() { _, _ = ended.Close(), end.Close() }()
	defer context.AfterFunc(ctx, func() { _ = end.Close() })()
	fd, bell := int(k.file.Fd()), int(ended.Fd())
	for ctx.Err() == nil {
		var ready unix.FdSet
		if max(fd, bell) >= len(ready.Bits)*unix.NFDBITS {
			return nil, unix.EMFILE // select knows no more
		}
		ready.Set(bell)
		ours := k.long.hold()
		if ours {
			ready.Set(fd)
		}
		timeout := unix.NsecToTimeval(int64(lookAgain))
		if _, err := unix.Select(max(fd, bell)+1, &ready, nil, nil, &timeout); errors.Is(err, unix.EINTR) {
			continue
		} else if err != nil {
			return nil, err
		}
		if !ours || !ready.IsSet(fd) || !k.long.hold() {
			continue
		}
		typed := make([]byte, 4096)
		n, err := unix.Read(fd, typed)
		switch {
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.EAGAIN): // it is gone again
		case err != nil:
			return nil, err
		case n == 0:
			return nil, io.EOF
		default:
			return k.long.obey(typed[:n]), nil
		}
	}
	return nil, context.Cause(ctx)
}

// takeLongLines has the terminal cut no lines until release: by itself it keeps
// 4,095 bytes of a line on Linux and 1,024 on macOS, and drops the rest. It is not
// ok to do so, nor to read at all, in the background: that would stop us.
func (k *keyboard) takeLongLines() (release func(), ok bool) { return k.take(false) }

// takeKeys has the terminal show nothing of what is typed, either, until release.
func (k *keyboard) takeKeys() (release func(), ok bool) { return k.take(true) }

func (k *keyboard) take(silent bool) (release func(), ok bool) {
	long := &longLines{fd: int(k.file.Fd()), silent: silent}
	if !long.hold() {
		return nil, false
	}
	k.long = long
	return func() {
		long.putBack()
		k.long = nil
	}, true
}

// longLines is a terminal whose lines are not cut: it hands over every key at once.
// Ctrl-C, echo and the end of lines stay as they are. Shells put modes back as they
// like when we are stopped and go on, so this is set again and again.
type longLines struct {
	fd     int
	silent bool          // and does not show it
	before *unix.Termios // to put back; nil if we have changed nothing
}

// hold makes lines long, and reports whether the terminal is ours: whether we are
// in the foreground. Nil changes nothing and owns every terminal.
func (l *longLines) hold() bool {
	if l == nil {
		return true
	}
	if !foreground(l.fd) {
		return false
	}
	modes, err := unix.IoctlGetTermios(l.fd, getModes)
	if err != nil {
		return false
	}
	if modes.Lflag&unix.ICANON == 0 {
		return true
	}
	before := *modes
	modes.Lflag &^= unix.ICANON
	if l.silent {
		modes.Lflag &^= unix.ECHO
	}
	modes.Cc[unix.VMIN], modes.Cc[unix.VTIME] = 1, 0
	modes.Cc[unix.VSUSP] = noKey // ours to obey, with the modes put back first
	if err := unix.IoctlSetTermios(l.fd, setModes, modes); err != nil {
		return false
	}
	l.before = &before
	return true
}

// putBack makes the terminal as it was.
func (l *longLines) putBack() {
	if l.before != nil && foreground(l.fd) {
		_ = unix.IoctlSetTermios(l.fd, setModes, l.before)
	}
	l.before = nil
}

// obey stops our job if one of the keys is Ctrl-Z, and returns the others. (To
// catch the signal instead is no way: Go never lets go of SIGTSTP again.)
func (l *longLines) obey(typed []byte) []byte {
	if l == nil || l.before == nil {
		return typed
	}
	stop := l.before.Cc[unix.VSUSP]
	if stop == noKey || !bytes.Contains(typed, []byte{stop}) {
		return typed
	}
	l.putBack()
	_ = unix.Kill(0, unix.SIGTSTP)
	<-time.After(lookAgain) // by then we have been stopped, and are back
	return bytes.ReplaceAll(typed, []byte{stop}, nil)
}

// foreground reports whether the terminal is that of our job.
func foreground(fd int) bool {
	theirs, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP)
	if err != nil {
		return false
	}
	ours, err := unix.Getpgid(0)
	return err == nil && theirs == ours
}
