package awsconfig

import (
	"bytes"
	"strings"
	"testing"
)

func TestFaultsAreSentences(t *testing.T) {
	for text, want := range map[string]string{
		"[profile dev]\na = b\n[profile dev]\nc = d\n": "line 3: second [profile dev]; the AWS CLI refuses the whole file (first in line 1)",
		"[profile dev]\nnote = \"\n":                   `line 2: a lone quote as a value in "note = \""; the AWS SDK for Go panics`,
		"[default]\n\x1b]0;x\a = \"v\"\n": `line 2: quotes around the value of \x1b]0;x\a in [default], which the AWS SDK for Go alone strips; ` +
			"the AWS CLI and the AWS SDK for JavaScript read this key otherwise, or not at all",
		strings.Repeat("x", 1000): `line 1: "` + strings.Repeat("x", 80) + `…" before the first section; ` +
			"the AWS CLI refuses the whole file, the AWS SDK for Go and the AWS SDK for JavaScript read this key otherwise, or not at all",
	} {
		if got := strings.TrimSuffix(list(Lint([]byte(text))), "\n"); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestNewFaults(t *testing.T) {
	const before = "[profile a]\njunk\njunk\n[profile a]\nX = y\n"
	for after, want := range map[string]string{
		before:                   "",
		"# moved\n\n" + before:   "",
		"[profile a]\njunk\n":    "",
		"":                       "",
		before + "junk\n":        `line 6: no = in "junk"`,
		before + "X = y\n":       "line 6: second x in [profile a]\nline 6: capitals in X in [profile a]",
		before + "[profile a]\n": "line 6: second [profile a]\nline 6: [profile a] has no keys with = and a value",
	} {
		var got []string
		for _, f := range NewFaults([]byte(before), []byte(after)) {
			sentence, _, _ := strings.Cut(f.String(), ";")
			got = append(got, sentence)
		}
		if strings.Join(got, "\n") != want {
			t.Errorf("%q: got %q, want %q", after, got, want)
		}
	}
}

// Whatever we write has no fault.
func TestOurBlocksHaveNoFaults(t *testing.T) {
	f := Parse(handWritten(100))
	if _, err := f.Merge("prod", manyProfiles(100), Options{}); err != nil {
		t.Fatal(err)
	}
	if faults := Lint(f.Bytes()); len(faults) > 0 {
		t.Error(list(faults))
	}
}

func BenchmarkLint(b *testing.B) {
	f := Parse(handWritten(100_000))
	if _, err := f.Merge("prod", manyProfiles(10_000), Options{}); err != nil {
		b.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"no faults":   f.Bytes(),
		"odd spaces":  []byte("[profile x]\n" + strings.Repeat("\u00a0", 1_000_000) + "a = b\n"),
		"many faults": bytes.ReplaceAll(f.Bytes(), []byte("eu-"), []byte("# ")),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			faults := 0
			for b.Loop() {
				faults = len(Lint(data))
			}
			b.ReportMetric(float64(faults), "faults")
		})
	}
}
