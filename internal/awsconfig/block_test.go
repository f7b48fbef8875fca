package awsconfig

import (
	"errors"
	"strings"
	"testing"
)

func TestCheckRefuses(t *testing.T) {
	const (
		b1, e1 = "# BEGIN aws-sso-config-generator one (generated)\n", "# END aws-sso-config-generator one\n"
		b2, e2 = "# BEGIN aws-sso-config-generator two\n", "# END aws-sso-config-generator two\n"
	)
	for name, tt := range map[string]struct {
		text  string
		want  error
		parts []string // of the message
	}{
		"END missing":                     {"a\n" + b1 + "[profile x]\n", ErrDamagedBlock, []string{"line 2", "one", "END"}},
		"BEGIN doubled":                   {b1 + b1 + e1, ErrDamagedBlock, []string{"line 2", "line 1", "one"}},
		"END without BEGIN":               {"a\n\n" + e1, ErrDamagedBlock, []string{"line 3", "one", "BEGIN"}},
		"END doubled":                     {b1 + e1 + e1, ErrDamagedBlock, []string{"line 3", "one", "BEGIN"}},
		"nested":                          {b1 + b2 + e2 + e1, ErrDamagedBlock, []string{"line 2", "line 1", "one", "two"}},
		"interleaved":                     {b1 + b2 + e1 + e2, ErrDamagedBlock, []string{"line 2", "line 1", "one", "two"}},
		"two blocks":                      {b1 + e1 + "\n" + b1 + e1, ErrDamagedBlock, []string{"line 4", "line 1", "one"}},
		"END of another session":          {b1 + e2, ErrDamagedBlock, []string{"line 2", "line 1", "one", "two"}},
		"END of a longer name":            {b1 + "# END aws-sso-config-generator one2\n", ErrDamagedBlock, []string{"line 2", "one2"}},
		"BEGIN without name":              {"# BEGIN aws-sso-config-generator\n" + e1, ErrDamagedBlock, []string{"line 1", "without the name"}},
		"BEGIN without name, with space":  {"# BEGIN aws-sso-config-generator  \n" + e1, ErrDamagedBlock, []string{"line 1"}},
		"BEGIN with the sentence alone":   {"# BEGIN aws-sso-config-generator (generated; changes)\n" + e1, ErrDamagedBlock, []string{"line 1"}},
		"END without name":                {b1 + "# END aws-sso-config-generator\r\n", ErrDamagedBlock, []string{"line 2", "without the name"}},
		"line numbers, CRLF":              {"a\r\nb\r\n" + e1, ErrDamagedBlock, []string{"line 3"}},
		"line numbers, lone CR":           {"a\rb\r" + e1, ErrDamagedBlock, []string{"line 3"}},
		"byte order mark before END":      {"\ufeff" + e1, ErrDamagedBlock, []string{"line 1"}},
		"latin-1 in a comment":            {"a\n# caf\xe9\n", ErrNotUTF8, []string{"line 2"}},
		"NUL":                             {"a\nb\n\x00", ErrNotUTF8, []string{"line 3"}},
		"UTF-16":                          {"\xff\xfe[\x00d\x00", ErrNotUTF8, []string{"line 1"}},
		"not UTF-8 in front of a damage":  {"\xff\n" + e1, ErrNotUTF8, []string{"line 1"}},
		"truncated rune before line end":  {"a\n\xe2\x82\nb\n", ErrNotUTF8, []string{"line 2"}},
		"surrogate half encoded as UTF-8": {"\xed\xa0\x80\n", ErrNotUTF8, []string{"line 1"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := Parse([]byte(tt.text))
			_, err := f.Merge("one", profiles("x"), Options{})
			if !errors.Is(err, tt.want) {
				t.Fatalf("error %v, want %v", err, tt.want)
			}
			for _, part := range tt.parts {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error %q does not say %q", err, part)
				}
			}
			if string(f.Bytes()) != tt.text {
				t.Errorf("changed to %q", f.Bytes())
			}
		})
	}
}

func TestWholeBlocksAreAccepted(t *testing.T) {
	for _, text := range []string{
		"", "\n", "\ufeff", "junk", "# Grüße", "[unclosed",
		"# BEGIN aws-sso-config-generators\n", "# BEGINaws-sso-config-generator x\n", "; BEGIN aws-sso-config-generator x\n",
		"a = # BEGIN aws-sso-config-generator x\n",
		"# BEGIN aws-sso-config-generator prod\n# END aws-sso-config-generator prod\n# BEGIN aws-sso-config-generator prod2\n# END aws-sso-config-generator prod2",
		"\t# BEGIN aws-sso-config-generator\tprod\t(x)\r\n# END aws-sso-config-generator prod and more\r\n",
	} {
		if _, err := Parse([]byte(text)).blocks(); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}
