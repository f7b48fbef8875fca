package awsconfig

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// checkLint compares what Lint says with what the readers do.
func checkLint(t rapid.TB, data []byte) {
	t.Helper()
	faults := Lint(data)
	var worst Losses
	for _, f := range faults {
		for reader, loss := range f.Losses {
			worst[reader] = max(worst[reader], loss)
		}
		if f.String() == "" || f.Line < 1 || f.First > f.Line {
			t.Fatalf("fault %+v", f)
		}
	}
	for _, f := range NewFaults(data, data) {
		t.Fatalf("new in the same text: %s", f)
	}
	var read [3]reading
	var lost [3]bool
	python, err := readAsBotocore(data)
	read[AWSCLI], lost[AWSCLI] = python, err != nil
	read[GoSDK], lost[GoSDK] = readAsGoSDK(data)
	read[JavaScriptSDK], lost[JavaScriptSDK] = readAsJavaScriptSDK(data)
	for reader := range read {
		if lost[reader] != (worst[reader] == LosesFile) {
			t.Fatalf("%s loses %q: %t (%v), but Lint says\n%s", Reader(reader), data, lost[reader], err, list(faults))
		}
	}
	// After these, each reader is in a section of its own.
	blurred := func(f Fault) bool {
		return f.Kind == DuplicateSection || f.Kind == DuplicateProfile || f.Kind == IndentedHeader
	}
	if !utf8.Valid(data) || bytes.ContainsAny(data, "\x00\x01") || slices.ContainsFunc(faults, blurred) {
		return
	}
	for one := range read {
		for two := range read[:one] {
			if worst[one] != LosesNothing || worst[two] != LosesNothing {
				continue
			}
			if diff := gocmp.Diff(read[two], read[one], gocmp.AllowUnexported(id{})); diff != "" {
				t.Fatalf("%s (-) and %s (+) read %q otherwise:\n%s\nLint says\n%s", Reader(two), Reader(one), data, diff, list(faults))
			}
		}
	}
}

// list is one fault a line.
func list(faults []Fault) string {
	var text strings.Builder
	for _, f := range faults {
		text.WriteString(f.String() + "\n")
	}
	return text.String()
}

func FuzzLint(f *testing.F) {
	for _, text := range odd {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if !strings.Contains(string(data), "constructor") { // which the model does not know
			checkLint(t, data)
		}
	})
}

func TestLintKnowsWhatReadersDo(t *testing.T) {
	line := rapid.Custom(func(t *rapid.T) string {
		space := rapid.SampledFrom([]string{"", "", "", " ", "  ", "\t", "   "})
		header := rapid.SampledFrom([]string{
			"[profile a]", "[profile b]", "[profile c]", `[profile "a"]`, "[profile 'b']", "[default]", "[profile default]", "[DEFAULT]", "[ profile a ]", "[profile  c]",
			"[profile\td]", "[sso-session a]", "[sso-session 'x y']", "[services a]", "[plugins]", "[x]", "[profile a", "[profile]", "[]", "[[profile a]]", "[profile a]]", "[profile a] x",
			"[profile a#b]", "[profile a #b]", "[profile.a]", "[Profile a]", "[profiles a]", "[profile é]", "[profile __proto__]", "[__proto__]", `[profile "__proto__"]`, "[sso-session.b]", "[profile e]", "[profile f]",
		})
		key := rapid.SampledFrom([]string{"region", "output", "s3", "a", "Region", "__proto__", "", "x y", "é"})
		value := rapid.SampledFrom([]string{"", "", "v", "w", "v w", `"v"`, `"v" "w"`, `"`, "'", "v # c", "v;c", "# c", "v\t; c", "a = b", "[x]", "a:b", "\u00a0", "\ufeff", "v\u2028x", "v\vx=y", "\x1cv", "\u0085", "é"})
		separator := rapid.SampledFrom([]string{"=", " = ", " = ", " =", "= ", ":", " : ", ""})
		text := ""
		switch rapid.IntRange(0, 9).Draw(t, "form") {
		case 0, 1, 2:
			text = space.Draw(t, "indent") + header.Draw(t, "header") + rapid.SampledFrom([]string{"", "", "", " # c", ";c", " ; c", "#c"}).Draw(t, "comment")
		case 3, 4, 5, 6:
			text = space.Draw(t, "indent") + key.Draw(t, "key") + separator.Draw(t, "separator") + value.Draw(t, "value")
		case 7:
			text = space.Draw(t, "indent") + rapid.SampledFrom([]string{"# c", "; c = d", "", "\ufeff", "#", "# [profile a]"}).Draw(t, "comment")
		case 8:
			text = "  " + rapid.SampledFrom([]string{"n = 1", "m = 2", "o=", "p : q", "junk", "n = 1 # c", "n = 'q'", "N = 3"}).Draw(t, "nested")
		case 9:
			text = rapid.SampledFrom([]string{"a1 = b", "a2 = b", "a3 = b", "a4 =", "a5 = b", "a6 = b"}).Draw(t, "plain")
		}
		return text + rapid.SampledFrom([]string{"\n", "\n", "\n", "\r\n"}).Draw(t, "end")
	})
	rapid.Check(t, func(t *rapid.T) {
		checkLint(t, []byte(strings.Join(rapid.SliceOfN(line, 0, 8).Draw(t, "lines"), "")))
	})
}
