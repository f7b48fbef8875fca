package awsconfig

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDefault(t *testing.T) {
	normal := ssoProfile("default", "1", "Admin")
	text := strings.Replace(normal.write("\n"), "[profile default]", "[default]", 1)
	renamed := ssoProfile("dev", "1", "Admin")
	for name, test := range map[string]struct {
		before   string
		sections []Section
		base     []Section
		want     string
		result   Result
	}{
		"is written as such":               {"", []Section{normal}, nil, inBlock(text), Result{Added: []string{"default"}}},
		"is known again":                   {inBlock(text + "x = 1\n"), []Section{normal}, []Section{normal}, inBlock(text + "x = 1\n"), Result{Unchanged: []string{"default"}}},
		"in the person's spelling, too":    {inBlock("[profile default] # mine\n" + text[len("[default]\n"):]), []Section{normal}, nil, inBlock("[profile default] # mine\n" + text[len("[default]\n"):]), Result{Unchanged: []string{"default"}}},
		"becomes a profile with a name":    {inBlock("# mine\n" + text + "x = 1\n"), []Section{renamed}, []Section{normal}, inBlock("# mine\n" + renamed.write("\n") + "x = 1\n"), Result{Renamed: []Rename{{"default", "dev"}}}},
		"a profile becomes it":             {inBlock(renamed.write("\n") + "x = 1\n"), []Section{normal}, []Section{renamed}, inBlock(text + "x = 1\n"), Result{Renamed: []Rename{{"dev", "default"}}}},
		"the person's outside wins":        {"[default]\nregion = x\n", []Section{normal, renamed}, nil, "[default]\nregion = x\n\n" + inBlock(renamed.write("\n")), Result{Added: []string{"dev"}, LeftOut: []string{"default"}}},
		"the person's in other words, too": {"[profile default]\nregion = x\n", []Section{normal, renamed}, nil, "[profile default]\nregion = x\n\n" + inBlock(renamed.write("\n")), Result{Added: []string{"dev"}, LeftOut: []string{"default"}}},
		"the person's in the block wins":   {inBlock("[default]\nregion = x\n"), []Section{normal, renamed}, []Section{}, inBlock("[default]\nregion = x\n\n" + renamed.write("\n")), Result{Added: []string{"dev"}, LeftOut: []string{"default"}}},
	} {
		t.Run(name, func(t *testing.T) {
			mergesTwice(t, test.before, test.sections, Options{Base: test.base}, test.want, test.result)
		})
	}
	f := Parse([]byte(inBlock(text)))
	if got, found := f.Profile("default"); !found || cmp.Diff(normal, got) != "" {
		t.Error(got, found)
	}
}
