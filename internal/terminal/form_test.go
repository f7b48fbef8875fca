package terminal_test

import (
	"strings"
	"testing"

	"aws-sso-config-generator/internal/terminal"
)

// Terminals send more than characters, and not always at once.
func TestKeys(t *testing.T) {
	for _, c := range []struct{ typed, want, rest string }{
		{"a\x1b[A\x1bOBé\x7f\r\n", "a|up|down|é|backspace|enter|enter", ""},
		{"\x1b[3~\x1b[1;5Cx", "delete|\x1b[1;5C|x", ""},
		{"a\x1b", "a", "\x1b"},
		{"\x1b[", "", "\x1b["},
		{"\x1b[1", "", "\x1b[1"},
		{"\xc3", "", "\xc3"},
		{"\x1bé!", "\x1bé|!", ""},
		{"\xffa", "\xff|a", ""},
		{"日本", "日|本", ""},
	} {
		keys, rest := terminal.Keys(c.typed)
		if got := strings.Join(keys, "|"); got != c.want || rest != c.rest {
			t.Errorf("%q: %q and %q, want %q and %q", c.typed, got, rest, c.want, c.rest)
		}
	}
}

func TestRoom(t *testing.T) {
	for _, c := range []struct {
		text    string
		columns int
		want    string
	}{
		{"short", 5, "short"},
		{"longer", 5, "lo..."},
		{"日本語", 6, "日本語"},
		{"日本語", 5, "日..."},
		{"e\u0301e\u0301", 2, "e\u0301e\u0301"},
	} {
		if got := terminal.Clip(c.text, c.columns); got != c.want {
			t.Errorf("%q in %d: %q", c.text, c.columns, got)
		}
	}
	if got := strings.Join(terminal.Wrap("one two  three averyverylongword x", 9), "|"); got != "one two|three|averyverylongword|x" {
		t.Errorf("wrapped: %s", got)
	}
}
