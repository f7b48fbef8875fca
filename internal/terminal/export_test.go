package terminal

import (
	"context"
	"io"
)

// Lines is the reader of lines that a person types.
func Lines(in io.Reader) func(context.Context) (string, error) {
	l := &lines{keyboard: newKeyboard(in)}
	return l.next
}

var (
	Clip = clip
	Wrap = wrap
)

// Keys cuts what was typed into keys, as the names of those that have one.
func Keys(typed string) (keys []string, rest string) {
	for typed != "" {
		key, size := cutKey([]byte(typed))
		if size == 0 {
			break
		}
		if name, ok := keyNames[key]; ok {
			key = name
		}
		keys = append(keys, key)
		typed = typed[size:]
	}
	return keys, typed
}
