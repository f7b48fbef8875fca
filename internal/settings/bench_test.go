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
