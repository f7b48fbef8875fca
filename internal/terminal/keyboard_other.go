//go:build !unix

package terminal

import (
	"context"
	"io"
)

// keyboard is a terminal whose reads cannot be called off: one that nobody waits
// for any more stays, and what it brings is the next one's.
type keyboard struct {
	in      io.Reader
	pending chan typed // nil: there is none
}

type typed struct {
	keys []byte
	err  error
}

func newKeyboard(in io.Reader) keyboard { return keyboard{in: in} }

// read waits until something is typed, or ctx ends.
func (k *keyboard) read(ctx context.Context) ([]byte, error) {
	if k.pending == nil {
		pending := make(chan typed, 1)
		go func() {
			keys := make([]byte, 4096)
			n, err := k.in.Read(keys)
			if n > 0 {
				err = nil
			}
			pending <- typed{keys[:n], err}
		}()
		k.pending = pending
	}
	select {
	case t := <-k.pending:
		k.pending = nil
		return t.keys, t.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// takeLongLines changes nothing here.
func (*keyboard) takeLongLines() (release func(), ok bool) { return func() {}, true }

// takeKeys is not possible here: a read that waits for a line would get in between.
func (*keyboard) takeKeys() (release func(), ok bool) { return nil, false }
