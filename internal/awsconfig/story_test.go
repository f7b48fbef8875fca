package awsconfig

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// The mistakes that other tools have made with this file, one by one.
func TestMistakesOfOtherTools(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("symbolic links and modes")
	}
	dir := t.TempDir()
	dotfiles, path := filepath.Join(dir, "dotfiles", "aws"), filepath.Join(dir, "config")
	const mine = `[profile prod-admin-of-mine]
credential_process = /opt/tools/get --color=#fff;bold ; and a comment
region = eu-west-1
`
	if err := os.Mkdir(filepath.Dir(dotfiles), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dotfiles, []byte(mine), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("dotfiles/aws", path); err != nil {
		t.Fatal(err)
	}
	written := make(map[string][]Section)
	generate := func(path string, names ...string) error {
		t.Helper()
		f, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Merge("prod", profiles(names...), Options{Base: written[path]}); err != nil {
			return err
		}
		written[path] = profiles(names...)
		return f.Save(path)
	}

	for _, names := range [][]string{{"prod-admin", "prod-read"}, {"prod-read"}, {"prod-read"}} {
		if err := generate(path, names...); err != nil {
			t.Fatal(err)
		}
	}
	// A profile with the prefix of ours, written by hand, is pruned; a value is cut at # or ;.
	if got, want := read(t, path), mine+"\n"+begin+"[profile prod-read]\nregion = eu-west-1\n"+end; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	// A rename puts a file where the link was.
	if link, err := os.Readlink(path); err != nil || link != "dotfiles/aws" {
		t.Errorf("the link leads to %q, %v", link, err)
	}
	// Files become readable for everybody.
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	private := filepath.Join(dir, "new", "config")
	if err := generate(private, "dev"); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(private); err != nil || info.Mode() != 0o600 {
		t.Errorf("mode of a new file: %v, %v", info.Mode(), err)
	}
	if info, err := os.Stat(filepath.Dir(private)); err != nil || info.Mode() != fs.ModeDir|0o700 {
		t.Errorf("mode of a new directory: %v, %v", info.Mode(), err)
	}
	// Without END, all that follows is dropped.
	broken := strings.Replace(read(t, path), end, "", 1) + "[profile precious]\n"
	if err := os.WriteFile(path, []byte(broken), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := generate(path, "prod-read"); err == nil || read(t, path) != broken {
		t.Errorf("error %v, file %q", err, read(t, path))
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
