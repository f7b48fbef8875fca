package profile

import (
	"errors"
	"strings"
	"text/template"
)

// TemplateFields are what a name template can use. AccountName and RoleName are
// the renamed ones; AccountName is the account id where there is no name.
type TemplateFields struct {
	AccountID   string
	AccountName string
	Email       string // may be empty
	RoleName    string
	Session     string
	Region      string // may be empty
}

// A NameTemplate makes profile names (text/template). It reads no environment
// and no files.
type NameTemplate struct{ parsed *template.Template }

// templateFunctions take the text last, so that they can stand in a pipeline.
var templateFunctions = template.FuncMap{
	"lower":      strings.ToLower,
	"upper":      strings.ToUpper,
	"kebab":      func(text string) string { return strings.ToLower(reduce(text)) },
	"snake":      func(text string) string { return strings.ReplaceAll(strings.ToLower(reduce(text)), "-", "_") },
	"replace":    func(old, with, text string) string { return strings.ReplaceAll(text, old, with) },
	"trimPrefix": func(prefix, text string) string { return strings.TrimPrefix(text, prefix) },
	"trimSuffix": func(suffix, text string) string { return strings.TrimSuffix(text, suffix) },
}

// errEmptyName says that a template gave a text in which nothing is left that a
// profile name can hold.
var errEmptyName = errors.New("the template gives an empty name")

// ParseNameTemplate parses a template and tries it on an example, so that
// mistakes show before anybody signs in.
func ParseNameTemplate(text string) (*NameTemplate, error) {
	parsed, err := template.New("profile name").Funcs(templateFunctions).Option("missingkey=error").Parse(text)
	if err != nil {
		return nil, err
	}
	t := &NameTemplate{parsed}
	_, err = t.name(TemplateFields{
		AccountID: "111122223333", AccountName: "example", Email: "example@example.com",
		RoleName: "AdministratorAccess", Session: "my-sso", Region: "us-east-1",
	})
	return t, err
}

// name is the reduced result for one role.
func (t *NameTemplate) name(fields TemplateFields) (string, error) {
	var b strings.Builder
	if err := t.parsed.Execute(&b, fields); err != nil {
		return "", err
	}
	name := reduce(b.String())
	if name == "" {
		return "", errEmptyName
	}
	return name, nil
}
