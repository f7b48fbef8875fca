package settings_test

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"aws-sso-config-generator/internal/settings"
)

// Who adds a key to a session is told where else it belongs: the file with every key,
// what is written of it, and the table that people read.
func TestEveryKeyIsEverywhere(t *testing.T) {
	read := func(path string) string {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	every := read("testdata/acme.yaml")
	s, err := settings.Parse("acme.yaml", []byte(every))
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder // the first cells of its rows
	for row := range strings.Lines(read("../../docs/settings.md")) {
		if cell, _, found := strings.Cut(strings.TrimPrefix(row, "| "), " |"); found && strings.HasPrefix(row, "| ") {
			table.WriteString(cell + "\n")
		}
	}
	printed := string(settings.Print(s))
	for field := range reflect.TypeFor[settings.Session]().Fields() {
		key, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		if key == "" && !field.IsExported() {
			continue
		}
		line := regexp.MustCompile(`(?m)^  (  |- )` + key + `:`)
		for where, is := range map[string]bool{
			"testdata/acme.yaml": key != "" && line.MatchString(every), "what Print gives": line.MatchString(printed),
			"the table of docs/settings.md": strings.Contains(table.String(), "`"+key+"`"),
		} {
			if !is {
				t.Errorf("%s (%q) is not in %s", field.Name, key, where)
			}
		}
	}
}
