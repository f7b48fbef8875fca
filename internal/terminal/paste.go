package terminal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
)

// Paste takes what the person pastes while something else goes on, until end is called
// or ctx ends; the invitation says what. Take reports whether a line was what is waited
// for. No line is repeated: there may be a code in it. Without a terminal that is ours to
// read, nothing is read.
func (t *Terminal) Paste(ctx context.Context, invitation string, take func(line string) bool) (end func()) {
	if !t.Attended() {
		return func() {}
	}
	release, ok := t.lines.takeLongLines()
	if !ok {
		return func() {}
	}
	t.Say("%s", invitation)
	ctx, cancel := context.WithCancel(ctx)
	var reading sync.WaitGroup
	reading.Go(func() {
		defer release()
		t.readPasted(ctx, take)
	})
	return func() {
		cancel()
		reading.Wait()
	}
}

// readPasted reads lines until one of them is taken, Ctrl-D is pressed, or ctx ends.
func (t *Terminal) readPasted(ctx context.Context, take func(line string) bool) {
	for {
		line, err := t.lines.next(ctx)
		if err != nil {
			if t.lines.forget() || errors.Is(err, io.EOF) {
				_, _ = fmt.Fprintln(t.screen.out) // what was typed stands in this line
			}
			return
		}
		if line != "" && take(line) {
			return
		}
	}
}
