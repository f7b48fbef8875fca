package cli_test

import (
	"cmp"
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

// settingsOf makes an example of settings the settings of the commands below it, with
// an emulator for each of its organizations: keys alone are those of a session.
func settingsOf(body string, number int) (commands, file string) {
	if !strings.Contains(body, "sessions:") {
		body = "sessions:\n  - name: acme\n    start_url: https://acme.awsapps.com/start\n" + regexp.MustCompile("(?m)^").ReplaceAllString(strings.TrimSpace(body), "    ") + "\n"
	}
	for _, session := range regexp.MustCompile(`start_url: (\S+)(?:\n    sso_region: (\S+))?`).FindAllStringSubmatch(body, -1) {
		commands += fmt.Sprintf("emulator --https ca.pem --auto-approve --accounts 3 --start-url %s --sso-region %s\n", session[1], cmp.Or(session[2], "us-east-1"))
	}
	name := fmt.Sprintf("settings-%d.yaml", number)
	commands += fmt.Sprintf(`env AWS_SSO_CONFIG_GENERATOR_START_URL=
env AWS_SSO_CONFIG_GENERATOR_SSO_REGION=
env AWS_SSO_CONFIG_GENERATOR_SETTINGS=%s
env HOME=$WORK/home-%d
mkdir $HOME
exec aws-sso-config-generator
`, name, number)
	return commands, "-- " + name + " --\n" + body
}

func docScript(text string) string {
	commands, files := "", ""
	for number, block := range fence.FindAllStringSubmatch(text, -1) {
		language, body := block[1], block[2]
		switch {
		case language == "json" && strings.Contains(body, "["):
			files += "-- organization.json --\n" + body
			commands += "emulator --auto-approve --organization organization.json\n"
		case language == "json":
			files += "-- names.json --\n" + body
		case language == "yaml":
			more, file := settingsOf(body, number)
			commands += more
			files += file
		case language == "sh":
			for line := range strings.Lines(body) {
				line, _, _ = strings.Cut(strings.TrimSpace(line), "  #")
				switch {
				case strings.HasPrefix(line, "aws-sso-config-generator emulator"):
					commands += strings.TrimPrefix(line, "aws-sso-config-generator ") + "\n"
				case line == "aws-sso-config-generator init": // Enter for everything but the last question
					commands += "stdin answers\nexec " + line + "\n"
					files += "-- answers --\n" + strings.Repeat("\n", 7) + "yes\n"
				case strings.HasPrefix(line, "aws-sso-config-generator init --from https://"):
					commands += "exec aws-sso-config-generator init --yes --from " + filepath.Base(line) + "\n"
				case strings.HasPrefix(line, "aws-sso-config-generator") && strings.Contains(line, ">"):
					commands += "exec sh -c '" + line + "'\n"
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
