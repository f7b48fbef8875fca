package cli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var fence = regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```$")

// docScripts turns the examples of the docs into scripts, one for each page: every
// command line of ours is run against an emulator, with the JSON examples as the
// files that the command lines name.
func docScripts(t *testing.T) []string {
	t.Helper()
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	var scripts []string
	for _, page := range append(pages, "../../README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		script := docScript(string(text))
		if script == "" {
			continue
		}
		name := filepath.Join(t.TempDir(), "docs_"+strings.TrimSuffix(filepath.Base(page), ".md")+".txtar")
		if err := os.WriteFile(name, []byte(script), 0o600); err != nil {
			t.Fatal(err)
		}
		scripts = append(scripts, name)
	}
	return scripts
}

func docScript(text string) string {
	commands, files := "", ""
	for _, block := range fence.FindAllStringSubmatch(text, -1) {
		language, body := block[1], block[2]
		switch {
		case language == "json" && strings.Contains(body, "["):
			files += "-- organization.json --\n" + body
			commands += "emulator --auto-approve --organization organization.json\n"
		case language == "json":
			files += "-- names.json --\n" + body
		case language == "sh":
			for line := range strings.Lines(body) {
				line, _, _ = strings.Cut(strings.TrimSpace(line), "  #")
				switch {
				case strings.HasPrefix(line, "aws-sso-config-generator emulator"):
					commands += strings.TrimPrefix(line, "aws-sso-config-generator ") + "\n"
				case strings.HasPrefix(line, "aws-sso-config-generator"):
					commands += "exec " + line + "\n"
				}
			}
		}
	}
	if commands == "" {
		return ""
	}
	return fmt.Sprintf("emulator --auto-approve --accounts 3 --interval 1s\n%s%s", commands, files)
}
