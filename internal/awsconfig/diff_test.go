package awsconfig

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestDiff(t *testing.T) {
	for name, tt := range map[string]struct {
		before []byte
		after  string
		want   string
	}{
		"equal":                {[]byte("a\n"), "a\n", ""},
		"nothing from no file": {nil, "", ""},
		"new file":             {nil, "a\nb\n", "--- /dev/null\n+++ config\n@@ -0,0 +1,2 @@\n+a\n+b\n"},
		"into an empty file":   {[]byte{}, "a\n", "--- config\n+++ config\n@@ -0,0 +1 @@\n+a\n"},
		"emptied":              {[]byte("a\n"), "", "--- config\n+++ config\n@@ -1 +0,0 @@\n-a\n"},
		"no newline before":    {[]byte("a"), "a\n", "--- config\n+++ config\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n"},
		"no newline after":     {[]byte("a\n"), "a", "--- config\n+++ config\n@@ -1 +1 @@\n-a\n+a\n\\ No newline at end of file\n"},
		"no newline at all":    {[]byte("x\na"), "y\na", "--- config\n+++ config\n@@ -1,2 +1,2 @@\n-x\n+y\n a\n\\ No newline at end of file\n"},
		"context": {
			[]byte("1\n2\n3\n4\n5\n6\n7\n8\n9\n"), "1\n2\n3\n4\nfive\n6\n7\n8\n9\n",
			"--- config\n+++ config\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n",
		},
		"two changes in one hunk": {
			[]byte("1\n2\n3\n4\n5\n6\n7\n8\n"), "one\n2\n3\n4\n5\n6\n7\neight\n",
			"--- config\n+++ config\n@@ -1,8 +1,8 @@\n-1\n+one\n 2\n 3\n 4\n 5\n 6\n 7\n-8\n+eight\n",
		},
		"two hunks": {
			[]byte("1\n2\n3\n4\n5\n6\n7\n8\n9\n"), "one\n2\n3\n4\n5\n6\n7\n8\nnine\n",
			"--- config\n+++ config\n@@ -1,4 +1,4 @@\n-1\n+one\n 2\n 3\n 4\n@@ -6,4 +6,4 @@\n 6\n 7\n 8\n-9\n+nine\n",
		},
		"line ends": {[]byte("a\r\nb\rc\n"), "a\nb\rc\n", "--- config\n+++ config\n@@ -1,2 +1,2 @@\n-a\r\n+a\n b\rc\n"},
		"renamed among lines that stand there twice": {
			[]byte("[a]\nid = 1\nrole = x\n\n[b]\nid = 1\nrole = y\n\n[c]\nid = 2\nrole = x\n\n[d]\nid = 2\nrole = y\n"),
			"[e]\nid = 1\nrole = x\n\n[f]\nid = 1\nrole = y\n\n[g]\nid = 2\nrole = x\n\n[h]\nid = 2\nrole = y\n",
			"--- config\n+++ config\n@@ -1,15 +1,15 @@\n-[a]\n+[e]\n id = 1\n role = x\n \n-[b]\n+[f]\n id = 1\n role = y\n \n-[c]\n+[g]\n id = 2\n role = x\n \n-[d]\n+[h]\n id = 2\n role = y\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := string(Diff("config", tt.before, []byte(tt.after))); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

// A name comes from the person's file system: it cannot forge a line.
func TestDiffQuotesNames(t *testing.T) {
	for name, want := range map[string]string{
		"config": "config", "my config": "my config\t", "né": "né",
		"a\n+++ b": `"a\012+++ b"`, `a"b\c`: `"a\"b\\c"`, "\x1b[1m": `"\033[1m"`,
	} {
		if got, _, _ := strings.Cut(string(Diff(name, nil, []byte("x\n"))), "\n@@"); got != "--- /dev/null\n+++ "+want {
			t.Errorf("%q: %q", name, got)
		}
	}
}

// textOfFewLines draws texts that have much in common, and lines many times.
func textOfFewLines() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		lines := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "", "d\r", "-", "+", "@@", "\\", "e\x00\xff", "[x]", "f", "g"}), 0, 30).Draw(t, "lines")
		text := strings.Join(lines, "\n")
		if rapid.Bool().Draw(t, "line end") && text != "" {
			text += "\n"
		}
		return text
	})
}

func TestDiffAppliedGivesTheTextAfter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before := textOfFewLines().Draw(t, "before")
		after := textOfFewLines().Draw(t, "after")
		if rapid.Bool().Draw(t, "similar") {
			lines := strings.SplitAfter(before, "\n")
			i := rapid.IntRange(0, len(lines)-1).Draw(t, "line")
			lines[i] = after
			after = strings.Join(lines, "")
		}
		if got, err := apply(before, string(Diff("x", []byte(before), []byte(after)))); err != nil || got != after {
			t.Fatalf("%v: %q became %q, want %q", err, before, got, after)
		}
	})
}

func FuzzDiff(f *testing.F) {
	for i, text := range odd {
		f.Add([]byte(text), []byte(odd[(i+1)%len(odd)]))
	}
	f.Fuzz(func(t *testing.T, before, after []byte) {
		if got, err := apply(string(before), string(Diff("x", before, after))); err != nil || got != string(after) {
			t.Fatalf("%v: %q became %q, want %q", err, before, got, after)
		}
	})
}

// apply is the smallest patch program: exact, and without mercy.
func apply(text, diff string) (string, error) {
	if diff == "" {
		return text, nil
	}
	lines := strings.SplitAfter(diff, "\n")[2:] // without the names
	rest := strings.SplitAfter(text, "\n")
	var result strings.Builder
	at := 0 // line of text
	for i := 0; i < len(lines) && lines[i] != ""; i++ {
		mark, line := lines[i][0], lines[i][1:]
		if i+1 < len(lines) && strings.HasPrefix(lines[i+1], `\`) {
			line = strings.TrimSuffix(line, "\n")
		}
		switch mark {
		case '@':
			var from, to string
			if _, err := fmt.Sscanf(line, "@ -%s +%s @@", &from, &to); err != nil {
				return "", err
			}
			number, count, found := strings.Cut(from, ",")
			start, err := strconv.Atoi(number)
			if err != nil {
				return "", err
			}
			if !found || count != "0" {
				start--
			}
			result.WriteString(strings.Join(rest[at:start], ""))
			at = start
		case ' ', '-':
			if rest[at] != line {
				return "", fmt.Errorf("line %d is %q, not %q", at+1, rest[at], line)
			}
			at++
			if mark == ' ' {
				result.WriteString(line)
			}
		case '+':
			result.WriteString(line)
		}
	}
	return result.String() + strings.Join(rest[at:], ""), nil
}

// The real tools take it.
func TestDiffWithPatchAndGit(t *testing.T) {
	big := handWritten(500)
	merged := func(text string, names ...string) []byte {
		f := Parse([]byte(text))
		if _, err := f.Merge("prod", profiles(names...), Options{}); err != nil {
			t.Fatal(err)
		}
		return f.Bytes()
	}
	for _, tool := range [][]string{{"patch", "-p0", "--binary", "-i"}, {"git", "apply", "-p0", "--whitespace=nowarn"}} {
		if _, err := exec.LookPath(tool[0]); err != nil {
			t.Logf("there is no %s here", tool[0])
			continue
		}
		for name, tt := range map[string]struct{ before, after []byte }{
			"new file":        {nil, merged("", "dev")},
			"new block":       {big, merged(string(big), "a", "b")},
			"no newline":      {[]byte("[x]\na = b"), merged("[x]\na = b", "a")},
			"newline removed": {[]byte("[x]\na = b\n"), []byte("[x]\na = c")},
			"CRLF":            {[]byte("[x]\r\na = b\r\n"), merged("[x]\r\na = b\r\n", "a")},
			"CR and UTF-8":    {[]byte("[x]\ra = é\n"), []byte("[x]\ra = é\rb\n\n")},
			"changed":         {merged(string(big), "a", "b", "c"), merged(string(big), "b", "d")},
			"removed":         {merged(string(big), "a"), big},
			"emptied":         {merged("", "a"), []byte{}},
		} {
			t.Run(tool[0]+"/"+name, func(t *testing.T) {
				dir := t.TempDir()
				path := filepath.Join(dir, "my config")
				if tt.before != nil {
					if err := os.WriteFile(path, tt.before, 0o600); err != nil {
						t.Fatal(err)
					}
				}
				if err := os.WriteFile(filepath.Join(dir, "diff"), Diff("my config", tt.before, tt.after), 0o600); err != nil {
					t.Fatal(err)
				}
				cmd := exec.Command(tool[0], append(tool[1:], "diff")...)
				cmd.Dir = dir
				cmd.Env = append(os.Environ(), "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir))
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
				if got := read(t, path); got != string(tt.after) {
					t.Errorf("%q became %q, want %q", tt.before, got, tt.after)
				}
			})
		}
	}
}

func BenchmarkDiff(b *testing.B) {
	mine := handWritten(100_000)
	sections := manyProfiles(10_000)
	add := func() []byte {
		f := Parse(mine)
		if _, err := f.Merge("prod", sections, Options{}); err != nil {
			b.Fatal(err)
		}
		return f.Bytes()
	}
	with := add()
	regions := bytes.ReplaceAll(with, []byte("region = eu-central-1\n"), []byte("region = us-east-1\n"))
	names := bytes.ReplaceAll(with, []byte("[profile account-"), []byte("[profile a-"))
	// Every second profile, so that no line but the header is alone.
	twice := bytes.ReplaceAll(with, []byte("1\nsso_role_name = Administrator"), []byte("0\nsso_role_name = Reader"))
	twiceNames := bytes.ReplaceAll(twice, []byte("[profile account-"), []byte("[profile a-"))
	for _, run := range []struct {
		name          string
		before, after []byte
	}{
		{"added", mine, with},
		{"removed", with, mine},
		{"one line of each", with, regions},
		{"each renamed", with, names},
		{"each renamed, two roles an account", twice, twiceNames},
		{"nothing in common", with, bytes.ReplaceAll(with, []byte("\n"), []byte(" \n"))},
	} {
		b.Run(run.name, func(b *testing.B) {
			b.ReportAllocs()
			size := 0
			for b.Loop() {
				size = len(Diff("config", run.before, run.after))
			}
			b.ReportMetric(float64(size), "diff-bytes")
		})
	}
}
