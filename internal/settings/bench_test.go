package settings_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"aws-sso-config-generator/internal/settings"
)

// Eight organizations in 200 lines.
func large(tb testing.TB) []byte {
	tb.Helper()
	one, err := os.ReadFile("testdata/acme.yaml")
	if err != nil {
		tb.Fatal(err)
	}
	_, session, _ := bytes.Cut(one, []byte("sessions:\n"))
	file := []byte("sessions:\n")
	for i := 0; bytes.Count(file, []byte("\n")) < 200; i++ {
		file = append(file, bytes.Replace(session, []byte("acme"), fmt.Appendf(nil, "acme%d", i), 1)...)
	}
	return file
}

// BenchmarkLoad is what a settings file of 200 lines adds to every start.
func BenchmarkLoad(b *testing.B) {
	path := filepath.Join(b.TempDir(), "config.yaml")
	if err := os.WriteFile(path, large(b), 0o600); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if s, err := settings.Load(path); err != nil || len(s.Sessions) < 8 {
			b.Fatal(s, err)
		}
	}
}

// BenchmarkParseRenames is linear in what a large organization writes down.
func BenchmarkParseRenames(b *testing.B) {
	for _, accounts := range []int{500, 5000} {
		b.Run(fmt.Sprintf("%d accounts", accounts), func(b *testing.B) {
			var file strings.Builder
			file.WriteString("sessions:\n  - name: acme\n    start_url: https://acme.awsapps.com/start\n    accounts:\n")
			for i := range accounts {
				fmt.Fprintf(&file, "      \"%012d\": account-%d\n", i, i)
			}
			for b.Loop() {
				if _, err := settings.Parse("config.yaml", []byte(file.String())); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkHostile is what a megabyte costs at worst, that somebody has for a team's
// file.
func BenchmarkHostile(b *testing.B) {
	fill := func(text string) string { return strings.Repeat(text, (1<<20-200)/len(text)) }
	var keys strings.Builder
	for i := 0; keys.Len() < 1<<20-200; i++ {
		fmt.Fprintf(&keys, "a%d: 1\n", i)
	}
	for _, c := range []struct{ what, text string }{
		{"one line", fill("a")},
		{"many lines", fill("a\n")},
		{"keys", keys.String()},
		{"a key again", fill("a: b\n")},
		{"lists", fill("- a\n")},
		{"lists in lists", fill("- ")},
		{"brackets", fill("[")},
		{"braces", fill("{a: ")},
		{"items", "[" + fill("a,") + "]"},
		{"comments", fill("#\n")},
		{"quotes", fill("'a' ")},
		{"an open quote", "a: \"" + fill("a\n")},
		{"escapes", "a: \"" + fill("\\n") + "\""},
		{"text behind a bar", "a: |\n" + fill(" a\n")},
		{"folded text", "a: >\n" + fill(" a\n")},
		{"colons", fill("a: ")},
		{"spaces", fill(" ")},
		{"sessions", "sessions:\n" + fill("- name: a\n")},
		{"legacy sessions", "sessions:\n" + legacySessions()},
		{"a glob", acme + "include: [{account: '" + fill("{a,") + "'}]"},
		{"stars", acme + "include: [{account: '" + fill("*") + "'}]"},
		{"a template", acme + "profile_name: '" + fill("{{.RoleName}}") + "'"},
		{"nested templates", acme + "profile_name: '" + fill("{{with .RoleName}}") + "'"},
		{"a wrong key", fill("a") + ": b"},
	} {
		b.Run(c.what, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = settings.Parse("config.team.yaml", []byte(c.text))
			}
		})
	}
}

func legacySessions() string {
	var text strings.Builder
	for i := 0; text.Len() < 1<<20-200; i++ {
		fmt.Fprintf(&text, "- {name: a%d, layout: legacy, start_url: https://a%d.awsapps.com/start}\n", i, i)
	}
	return text.String()
}

// BenchmarkHostileTeam is Load with a megabyte of the team's, and one of one's own.
func BenchmarkHostileTeam(b *testing.B) {
	path := filepath.Join(b.TempDir(), "config.yaml")
	for _, path := range []string{path, settings.TeamFile(path)} {
		if err := os.WriteFile(path, []byte("sessions:\n"+legacySessions()), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if _, err := settings.Load(path); err != nil {
			b.Fatal(err)
		}
	}
}
