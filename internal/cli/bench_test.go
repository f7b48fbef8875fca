package cli_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"aws-sso-config-generator/internal/emulator"
)

// BenchmarkStart runs the built program up to its first word, beside a program
// that does nothing but say hello.
func BenchmarkStart(b *testing.B) {
	dir := b.TempDir()
	hello := filepath.Join(dir, "hello.go")
	if err := os.WriteFile(hello, []byte("package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(\"hello\") }\n"), 0o600); err != nil {
		b.Fatal(err)
	}
	for _, program := range []struct{ name, source, argument string }{
		{"hello world", hello, ""}, {"version", "../..", "version"}, {"help", "../..", "--help"},
	} {
		b.Run(program.name, func(b *testing.B) {
			binary := built(b, dir, program.source)
			for b.Loop() {
				if out, err := exec.CommandContext(b.Context(), binary, program.argument).Output(); err != nil || len(out) == 0 {
					b.Fatal(err)
				}
			}
			info, err := os.Stat(binary)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(info.Size())/1e6, "MB")
		})
	}
}

// BenchmarkSettings runs the built program without settings, and with a file of 200
// lines: what these add to a start.
func BenchmarkSettings(b *testing.B) {
	binary := built(b, b.TempDir(), "../..")
	one, err := os.ReadFile("../settings/testdata/acme.yaml")
	if err != nil {
		b.Fatal(err)
	}
	_, session, _ := bytes.Cut(one, []byte("sessions:\n"))
	file := []byte("sessions:\n")
	for i := 0; bytes.Count(file, []byte("\n")) < 200; i++ {
		file = append(file, bytes.Replace(session, []byte("acme"), fmt.Appendf(nil, "acme%d", i), 1)...)
	}
	path := filepath.Join(b.TempDir(), "config.yaml")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		b.Fatal(err)
	}
	for _, bench := range []struct {
		name      string
		arguments []string
	}{
		{"without", []string{"settings", "show"}},
		{"200 lines", []string{"settings", "show", "--settings", path, "--session", "acme0"}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			home := "HOME=" + b.TempDir()
			for b.Loop() {
				run := exec.CommandContext(b.Context(), binary, bench.arguments...)
				run.Env = []string{home}
				if out, err := run.CombinedOutput(); err != nil || len(out) == 0 {
					b.Fatalf("%v\n%s", err, out)
				}
			}
		})
	}
}

// built is a program as it is released.
func built(b *testing.B, dir, source string) string {
	b.Helper()
	binary := filepath.Join(dir, "program")
	build := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-ldflags=-s -w", "-o", binary, source)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	return binary
}

// BenchmarkStoredToken runs the built program with somebody signed in, and
// measures the time from its start to the arrival of its first question at the
// access portal. No question goes to the service that signs people in.
func BenchmarkStoredToken(b *testing.B) {
	for _, accounts := range []int{2, 300} { // with a profile for each in the file
		b.Run(fmt.Sprint(accounts), func(b *testing.B) {
			binary, home := built(b, b.TempDir(), "../.."), b.TempDir()
			arrived := make(chan time.Time, 10_000)
			e := emulator.New(emulator.Config{AutoApprove: true, Organization: emulator.Organize(1, accounts, 1), Interval: time.Second})
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/assignment/accounts" {
					arrived <- time.Now()
				}
				e.ServeHTTP(w, r)
			}))
			defer server.Close()
			run := func() {
				cmd := exec.CommandContext(b.Context(), binary, "--start-url", emulator.DefaultStartURL, "--sso-region", emulator.DefaultRegion, "--device-code", "--no-browser")
				cmd.Env = []string{"HOME=" + home, "AWS_ENDPOINT_URL=" + server.URL}
				if out, err := cmd.CombinedOutput(); err != nil {
					b.Fatalf("%v\n%s", err, out)
				}
			}
			run()
			for len(arrived) > 0 {
				<-arrived
			}
			before := e.Stats().Requests
			var total time.Duration
			for b.Loop() {
				start := time.Now()
				run()
				total += (<-arrived).Sub(start)
				for len(arrived) > 0 { // further pages
					<-arrived
				}
			}
			after := e.Stats().Requests
			for _, operation := range []string{"RegisterClient", "StartDeviceAuthorization", "CreateToken"} {
				if after[operation] != before[operation] {
					b.Errorf("%s was asked", operation)
				}
			}
			b.ReportMetric(float64(total.Microseconds())/1e3/float64(b.N), "ms-to-portal")
		})
	}
}
