package awsconfig

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// manyProfiles are n profiles as the main job writes them.
func manyProfiles(n int) []Section {
	sections := []Section{{Kind: SSOSession, Name: "prod", Keys: []Key{
		{"sso_start_url", "https://example.awsapps.com/start"}, {"sso_region", "eu-central-1"},
	}}}
	for i := range n {
		sections = append(sections, Section{Kind: Profile, Name: fmt.Sprintf("account-%05d-Administrator", i), Keys: []Key{
			{"sso_session", "prod"},
			{"sso_account_id", fmt.Sprintf("%012d", i)},
			{"sso_role_name", "Administrator"},
			{"region", "eu-central-1"},
		}})
	}
	return sections
}

// handWritten is a file of about that many lines.
func handWritten(lines int) []byte {
	var text strings.Builder
	for i := range lines / 5 {
		fmt.Fprintf(&text, "# number %d\n[profile hand-%d]\nregion = eu-west-1\noutput = json\n\n", i, i)
	}
	return []byte(text.String())
}

// BenchmarkMerge reads a file and merges profiles into it: for the first time, with
// nothing new, and with a change in each of them.
func BenchmarkMerge(b *testing.B) {
	for _, size := range []struct{ profiles, lines int }{{2_000, 10_000}, {10_000, 10_000}, {10_000, 100_000}} {
		sections, data := manyProfiles(size.profiles), handWritten(size.lines)
		merged := Parse(data)
		if _, err := merged.Merge("prod", sections, Options{}); err != nil {
			b.Fatal(err)
		}
		changed := slices.Clone(sections)
		for i, s := range changed[1:] {
			changed[i+1].Keys = slices.Concat(s.Keys[:len(s.Keys)-1], []Key{{s.Keys[len(s.Keys)-1].Name, "another"}})
		}
		for _, run := range []struct {
			name     string
			before   []byte
			sections []Section
		}{{"new", data, sections}, {"same", merged.Bytes(), sections}, {"changed", merged.Bytes(), changed}} {
			b.Run(fmt.Sprintf("%s/profiles=%d/lines=%d", run.name, size.profiles, size.lines), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := Parse(run.before).Merge("prod", run.sections, Options{Base: sections}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkWrite is all that a run does to the file: it is read, merged, compared
// for --dry-run, checked for its readers, noted in the history and replaced on disk.
func BenchmarkWrite(b *testing.B) {
	for _, lines := range []int{10_000, 100_000} {
		sections, data := manyProfiles(lines/10), handWritten(lines)
		b.Run(fmt.Sprintf("profiles=%d/lines=%d", lines/10, lines), func(b *testing.B) {
			dir := b.TempDir()
			path := filepath.Join(dir, "config")
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				if err := os.WriteFile(path, data, 0o600); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				f, err := Load(path)
				if err != nil {
					b.Fatal(err)
				}
				before := Contents{f.Bytes(), f.Exists()}
				if _, err := f.Merge("prod", sections, Options{}); err != nil {
					b.Fatal(err)
				}
				if len(Diff("config", before.Bytes, f.Bytes())) == 0 || len(Lint(f.Bytes())) > 0 {
					b.Fatal("no difference, or a fault")
				}
				h := NewHistory(filepath.Join(dir, "state"), path)
				if err := errors.Join(h.Record(before, "prod", sections, f.Bytes()), f.Save(path), h.Written()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	data := bytes.Repeat(handWritten(10_000), 375) // about 50 MB
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := Parse(data).blocks(); err != nil {
			b.Fatal(err)
		}
	}
}
