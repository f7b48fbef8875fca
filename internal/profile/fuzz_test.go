package profile

import (
	"slices"
	"testing"

	"aws-sso-config-generator/internal/awsconfig"
)

// Whatever a template is, and whatever it meets: it gives a name that every reader
// takes, or an error.
func FuzzNameTemplate(f *testing.F) {
	for _, text := range []string{
		"{{ .AccountName | kebab }}-{{ .RoleName | trimSuffix `Access` | lower }}",
		"{{ accountAlias .AccountID | default .Email | truncate 9 | title }}",
		"{{ if eq .Region `us-east-1` }}{{ printf `%5.2s` .RoleName }}{{ else }}{{ .AccountName | regexReplace `(a+)+$` `$1x` }}{{ end }}",
		"{{ with $x := .Session }}{{ print $x (replace `a` `bb` .RoleName | snake) }}{{ end }}",
		"{{ define `x` }}{{ template `x` }}{{ end }}{{ range 9 }}{{ break }}{{ end }}",
	} {
		f.Add(text, "Data Platform (prod)", "AdministratorAccess")
	}
	f.Fuzz(func(t *testing.T, text, accountName, roleName string) {
		parsed, err := ParseNameTemplate(text)
		if err != nil {
			return
		}
		name, err := parsed.namer(Renames{}).name(TemplateFields{AccountID: "000000000001", AccountName: accountName, Email: roleName, RoleName: roleName})
		if err == nil && (CheckName(name) != nil || awsconfig.CheckName(name) != nil || len(name) > maxName) {
			t.Errorf("%q", name)
		}
	})
}

// Whatever a glob is, it means the same with its signs in place.
func FuzzMatch(f *testing.F) {
	for _, text := range []string{"*", "a?c", "{a,b{c,d}}*", `\{[!a-z\]]`, "{*,}{*,}", "[^]]", "{[,],a}"} {
		f.Add(text, "abc")
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		g, err := parseGlob(pattern)
		if err != nil {
			return
		}
		patterns, ok := expand(string(g))
		if !ok || len(patterns) == 0 || len(patterns) > maxAlternatives || g.compiled().matches(nil) != g.all() {
			t.Fatalf("%q", patterns)
		}
		if got := g.compiled().matches([]string{folded(text)}); !got && (g.all() || slices.Contains(patterns, folded(text)) && compile(folded(text)).literal) {
			t.Errorf("%q does not mean %q", pattern, text)
		}
	})
}
