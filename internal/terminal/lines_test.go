package terminal_test

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"aws-sso-config-generator/internal/terminal"
)

func TestLinesAsTheyAreTyped(t *testing.T) {
	const end = "<Ctrl-D>"
	for typed, want := range map[string]string{
		"one\ntwo\n":                             "one|two",
		"\n \n":                                  "|",
		"  spaces \r\n":                          "spaces",
		"wrong\x7f\x7f\x7f\x7f\x7fright\n":       "right",
		"a\x7f\x7f\x7fb\n":                       "b",
		"Zoë\x7fe\b\b\n":                         "Z",
		"all of this\x15that\n":                  "that",
		"one\n\x04two\n":                         "one|" + end + "|two",
		"one\ndropped\x04two\n":                  "one|" + end + "|two",
		"\x1b[200~http://127.0.0.1/\x1b[201~\n":  "http://127.0.0.1/",
		strings.Repeat("x", 6000) + "\n":         strings.Repeat("x", 6000),
		strings.Repeat("x", 1<<20) + "\nnext\n":  strings.Repeat("x", 16<<10) + "|next",
		"no end":                                 end,
		"\xff\xfe\x7f\x7f\x7fbroken UTF-8\xff\n": "broken UTF-8\xff",
	} {
		keyboard, hand, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			_, _ = hand.WriteString(typed)
			_ = hand.Close()
		}()
		next, got := terminal.Lines(keyboard), []string{}
		for range strings.Count(want, "|") + 1 {
			line, err := next(t.Context())
			if errors.Is(err, io.EOF) {
				line = end
			} else if err != nil {
				t.Error(err)
			}
			got = append(got, line)
		}
		if joined := strings.Join(got, "|"); joined != want {
			t.Errorf("%.80q: %.80q, want %.80q", typed, joined, want)
		}
		_ = keyboard.Close()
	}
}

// Somebody waits for a line and gives up. What is typed then is the next one's.
func TestALineThatNobodyWaitsForIsTheNextOnes(t *testing.T) {
	keyboard, hand, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer keyboard.Close()
	defer hand.Close()
	next := terminal.Lines(keyboard)
	enough := errors.New("enough")
	for _, answer := range []string{"one", "two"} {
		ctx, giveUp := context.WithCancelCause(t.Context())
		given := make(chan error)
		go func() {
			_, err := next(ctx)
			given <- err
		}()
		giveUp(enough)
		if err := <-given; !errors.Is(err, enough) {
			t.Errorf("gave up with %v", err)
		}
		_, _ = hand.WriteString(answer + "\n")
		if line, err := next(t.Context()); err != nil || line != answer {
			t.Errorf("%q, %v; want %q", line, err, answer)
		}
	}
}
