package terminal

import (
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// A form asks one question on some lines of the terminal, which it draws anew with
// every key. It asks the terminal itself nothing, and leaves one line with the answer.
//
// We draw it ourselves: a library for it would be a fifth of the program, take part in
// every start, and read the keyboard past our [lines].
type form struct {
	*Terminal
	Question
	typed  []rune // so far
	cursor int    // in it
	chosen int    // of the choices
	wrong  error  // with the answer that Enter was pressed for

	stale bool   // what is drawn
	size  [2]int // columns and rows, when it was drawn
	drawn []int  // columns of the lines that were drawn, until that with the cursor
	at    int    // column of the cursor
}

// askByForm asks with a form; the keys are ours.
func (t *Terminal) askByForm(ctx context.Context, q Question) (string, error) {
	f := &form{Terminal: t, Question: q, stale: true}
	if len(q.Choices) > 0 {
		f.chosen = q.chosen(q.Initial)
	} else {
		f.typed, f.Initial = []rune(q.Initial), "" // it is there to be changed
		f.cursor = len(f.typed)
	}
	answer, err := f.run(ctx)
	f.erase()
	if err == nil {
		t.Say("%s", q.said(answer))
		t.sayPreview(q, answer)
	}
	return answer, err
}

const (
	lookAtSize = 200 * time.Millisecond // people resize windows
	afterEsc   = 50 * time.Millisecond  // in which the rest of a key comes
)

// run draws and obeys keys until there is an answer.
func (f *form) run(ctx context.Context) (string, error) {
	var keys []byte
	for {
		f.draw()
		more, err := f.next(ctx, lookAtSize)
		if err != nil {
			return "", err
		}
		for keys = append(keys, more...); len(keys) > 0; {
			key, size := cutKey(keys)
			if size == 0 {
				if more, err = f.next(ctx, afterEsc); err != nil {
					return "", err
				}
				if len(more) > 0 {
					keys = append(keys, more...)
					continue
				}
				key, size = string(keys), len(keys)
			}
			keys = keys[size:]
			f.stale = true
			answer, done, err := f.press(key)
			if done || err != nil {
				f.lines.ahead = append(keys, f.lines.ahead...)
				return answer, err
			}
		}
	}
}

// next is what is typed within a time, if anything is.
func (f *form) next(ctx context.Context, within time.Duration) ([]byte, error) {
	soon, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	typed, err := f.lines.keys(soon)
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil && soon.Err() != nil:
		return nil, nil
	case errors.Is(err, io.EOF):
		return nil, ErrNoAnswer
	case err == nil && len(typed) == 0: // we were stopped, and are back elsewhere on the screen
		f.drawn, f.stale = nil, true
	}
	return typed, err
}

// What keys are called that are more than a character, by what terminals send
// (ECMA-48 5.4, and xterm's and the VT220's keys).
var keyNames = map[string]string{
	"\x1b[A": "up", "\x1bOA": "up", "\x1b[B": "down", "\x1bOB": "down",
	"\x1b[C": "right", "\x1bOC": "right", "\x1b[D": "left", "\x1bOD": "left",
	"\x1b[H": "home", "\x1bOH": "home", "\x1b[1~": "home", "\x1b[7~": "home", "\x01": "home",
	"\x1b[F": "end", "\x1bOF": "end", "\x1b[4~": "end", "\x1b[8~": "end", "\x05": "end",
	"\x1b[3~": "delete", "\x7f": "backspace", "\b": "backspace",
	"\r": "enter", "\n": "enter", "\t": "tab", "\x1b[Z": "back", "\x1b": "esc",
	"\x03": "stop", "\x04": "end of input", "\x15": "erase line", "\x17": "erase word", "\x0b": "erase rest",
}

// cutKey is the first key of what was typed, as the terminal sent it, and its size
// in bytes: 0 if there may be more to come.
func cutKey(typed []byte) (key string, size int) {
	switch {
	case typed[0] != '\x1b':
		if !utf8.FullRune(typed) {
			return "", 0
		}
		_, size = utf8.DecodeRune(typed)
	case len(typed) == 1:
		return "", 0
	case typed[1] == '[' || typed[1] == 'O':
		end := slices.IndexFunc(typed[2:], func(b byte) bool { return b >= '@' && b <= '~' })
		if end < 0 {
			return "", 0
		}
		size = 2 + end + 1
	default: // Alt and a key
		_, size = utf8.DecodeRune(typed[1:])
		size++
	}
	return string(typed[:size]), size
}

// press obeys one key.
func (f *form) press(key string) (answer string, done bool, err error) {
	name := keyNames[key]
	switch name {
	case "esc", "stop":
		return "", false, ErrStopped
	case "back":
		if f.GoesBack {
			return "", false, BackError(1)
		}
		return "", false, nil
	case "end of input":
		if len(f.typed) == 0 {
			return "", false, ErrNoAnswer
		}
		return "", false, nil
	case "enter":
		answer, f.wrong = f.answer()
		return answer, f.wrong == nil, nil
	}
	f.wrong = nil
	if len(f.Choices) > 0 {
		f.choose(name, key)
	} else {
		f.edit(name, key)
	}
	return "", false, nil
}

// answer is what Enter gives.
func (f *form) answer() (string, error) {
	if len(f.Choices) > 0 {
		return f.take(f.Choices[f.chosen].Value)
	}
	return f.take(strings.TrimSpace(string(f.typed)))
}

// choose obeys a key that moves among the choices.
func (f *form) choose(name, key string) {
	switch {
	case name == "up" && f.chosen > 0:
		f.chosen--
	case name == "down" && f.chosen < len(f.Choices)-1:
		f.chosen++
	case name == "tab":
		f.chosen = (f.chosen + 1) % len(f.Choices)
	case name == "home":
		f.chosen = 0
	case name == "end":
		f.chosen = len(f.Choices) - 1
	case name == "":
		for i, c := range f.Choices {
			if key == strconv.Itoa(i+1) || strings.HasPrefix(c.Value, strings.ToLower(key)) {
				f.chosen = i
				return
			}
		}
	}
}

// edit obeys a key that edits a text.
func (f *form) edit(name, key string) {
	from, to := f.cursor, f.cursor // what goes
	switch name {
	case "left":
		f.cursor = max(0, f.cursor-1)
		return
	case "right":
		f.cursor = min(len(f.typed), f.cursor+1)
		return
	case "home":
		f.cursor = 0
		return
	case "end":
		f.cursor = len(f.typed)
		return
	case "backspace":
		from = max(0, from-1)
	case "delete":
		to = min(len(f.typed), to+1)
	case "erase line":
		from, to = 0, len(f.typed)
	case "erase rest":
		to = len(f.typed)
	case "erase word":
		before := strings.TrimRight(string(f.typed[:from]), " ")
		from = len([]rune(before[:strings.LastIndexByte(before, ' ')+1]))
	case "":
		if r, size := utf8.DecodeRuneInString(key); size == len(key) && unicode.IsPrint(r) && r != utf8.RuneError && len(f.typed) < maxLine {
			f.typed = slices.Insert(f.typed, from, r)
			f.cursor++
		}
		return
	default:
		return
	}
	f.typed = slices.Delete(f.typed, from, to)
	f.cursor = from
}
