package cli_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What the security page says is done is shown by a test: the last column of its
// tables names Go tests, and scripts of this package.
func TestEveryClaimOfTheSecurityPageIsShown(t *testing.T) {
	text, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	tests := goTests(t)
	claims, shown := 0, false
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		last := strings.TrimSpace(cells[len(cells)-1])
		switch {
		case !strings.HasPrefix(line, "|"):
			shown = false
			continue
		case last == "shown by":
			shown = true
			continue
		case !shown || strings.Trim(last, "-") == "":
			continue
		}
		claims++
		names := regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(last, -1)
		if len(names) == 0 {
			t.Errorf("nothing shows %s", line)
		}
		for _, name := range names {
			if _, err := os.Stat(filepath.Join("testdata", "script", name[1]+".txtar")); err != nil && !tests[name[1]] {
				t.Errorf("there is no test and no script %s, as in %s", name[1], line)
			}
		}
	}
	if claims < 30 {
		t.Errorf("only %d claims were found", claims)
	}
}

// goTests are the names of all tests of the repository.
func goTests(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == ".git") {
			return filepath.SkipDir
		}
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, match := range regexp.MustCompile(`(?m)^func (Test[A-Z]\w*)\(t \*testing\.T\)`).FindAllSubmatch(text, -1) {
			names[string(match[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
