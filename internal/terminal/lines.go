package terminal

import (
	"context"
	"io"
	"strings"
	"unicode/utf8"
)

// maxLine is how much of a line is kept, in bytes. Addresses with a code in them
// have a few thousand.
const maxLine = 16 << 10

// lines is what a person types on a terminal, line by line: the answers to our
// questions, and what they paste between two of them. What is typed ahead waits for
// whoever reads next; one of us reads at a time.
type lines struct {
	keyboard // read, the system's way

	ahead []byte // is read and was not asked for
	begun []byte // has no end yet
}

// What a terminal does with these keys itself, unless it is told to cut no lines.
const (
	keyEnd       = 'D' & 0x1f // Ctrl-D
	keyEraseLine = 'U' & 0x1f // Ctrl-U
	keyErase     = 0x7f
	keyBackspace = '\b'
)

// next is the next line, without the space around it. It returns io.EOF when the
// input ends or the person presses Ctrl-D, and the cause of ctx's end; only the
// latter takes nothing from what is typed later.
func (l *lines) next(ctx context.Context) (string, error) {
	for {
		for len(l.ahead) > 0 {
			key := l.ahead[0]
			l.ahead = l.ahead[1:]
			switch key {
			case '\n':
				line := l.begun
				l.begun = nil
				return plain(line), nil
			case keyEnd:
				l.begun = nil
				return "", io.EOF
			}
			l.press(key)
		}
		typed, err := l.read(ctx)
		if err != nil {
			return "", err
		}
		l.ahead = typed
	}
}

// keys is what was typed and nobody has taken, as it came, or what is typed next.
func (l *lines) keys(ctx context.Context) ([]byte, error) {
	if typed := l.ahead; len(typed) > 0 {
		l.ahead = nil
		return typed, nil
	}
	return l.read(ctx)
}

// press edits the line that has begun.
func (l *lines) press(key byte) {
	switch key {
	case keyErase, keyBackspace:
		_, size := utf8.DecodeLastRune(l.begun)
		l.begun = l.begun[:len(l.begun)-size]
	case keyEraseLine:
		l.begun = nil
	default:
		if len(l.begun) < maxLine {
			l.begun = append(l.begun, key)
		}
	}
}

// pasteMarks are what some terminals put around a paste (mode 2004).
var pasteMarks = strings.NewReplacer("\x1b[200~", "", "\x1b[201~", "")

func plain(line []byte) string { return strings.TrimSpace(pasteMarks.Replace(string(line))) }

// forget drops the line that has begun and reports whether there was one.
func (l *lines) forget() bool {
	begun := len(l.begun) > 0
	l.begun = nil
	return begun
}
