package cli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
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
			binary := filepath.Join(dir, "program")
			build := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-ldflags=-s -w", "-o", binary, program.source)
			build.Env = append(os.Environ(), "CGO_ENABLED=0")
			if out, err := build.CombinedOutput(); err != nil {
				b.Fatalf("%v\n%s", err, out)
			}
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
