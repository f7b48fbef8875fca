package profile

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"text/template"
	"text/template/parse"
	"unicode/utf8"
)

// TemplateFields are what a name template can use. AccountName and RoleName are
// the other names, where there are some. AccountName is the account id where there
// is no name; where another account has the same one, the id stands behind it.
type TemplateFields struct {
	AccountID   string
	AccountName string
	Email       string // may be empty
	RoleName    string // may be empty
	Session     string
	Region      string // of the profile; may be empty
}

var fieldNames = []string{"AccountID", "AccountName", "Email", "RoleName", "Session", "Region"}

// A NameTemplate makes profile names (text/template). It reads no environment and
// no files, and its work is bounded, whoever wrote it.
type NameTemplate struct{ parsed *template.Template }

// What a template may be, work with, and give at most.
const (
	maxTemplate = 4_000 // bytes
	maxText     = 500   // bytes of a field, and of what a function gives
	maxName     = 200   // characters
)

// errEmptyName says that a template gave a text in which nothing is left that a
// profile name can hold.
var errEmptyName = errors.New("the template gives an empty name")

// examples are what a template is tried on.
var examples = []TemplateFields{
	{"111122223333", "example", "example@example.com", "AdministratorAccess", "my-sso", "us-east-1"},
	{"444455556666", "Data Platform (prod)", "aws+data-prod@example.com", "AWSReadOnlyAccess", "my-sso", ""},
}

// exampleAlias is the other name of one of them, and of all accounts that a template
// may name itself.
func exampleAlias(id string) string {
	if id == examples[1].AccountID {
		return ""
	}
	return "alias"
}

// ParseNameTemplate parses a template and tries it on examples, so that mistakes
// show before anybody signs in. What it gives for accounts and roles is made safe
// for every reader; its own text must be so.
func ParseNameTemplate(text string) (*NameTemplate, error) {
	text = strings.TrimSpace(text)
	if len(text) > maxTemplate {
		return nil, fmt.Errorf("the template has more than %d bytes", maxTemplate)
	}
	parsed, err := template.New("profile name").Funcs(functions(exampleAlias)).Parse(text)
	if err != nil { // template: NAME:LINE: what is wrong
		said := strings.SplitN(err.Error(), ": ", 3)
		return nil, fmt.Errorf("the template does not parse: %s", said[len(said)-1])
	}
	if len(parsed.Templates()) > 1 {
		return nil, errors.New("the template defines another one")
	}
	if parsed.Tree == nil || len(parsed.Root.Nodes) == 0 {
		return nil, errEmptyName
	}
	if err := checkNode(parsed.Root); err != nil {
		return nil, err
	}
	t, empty := namer{parsed}, 0
	for _, fields := range examples {
		switch _, err := t.name(fields); {
		case errors.Is(err, errEmptyName): // others may have something that they have not
			empty++
		case err != nil:
			return nil, err
		}
	}
	if empty == len(examples) {
		return nil, errEmptyName
	}
	return &NameTemplate{parsed}, nil
}

// permitted are the functions of text/template whose work is bounded; printf and
// print are ours.
var permitted = map[string]bool{
	"and": true, "or": true, "not": true, "len": true,
	"eq": true, "ne": true, "lt": true, "le": true, "gt": true, "ge": true,
}

// unsafeText is what the text of a template must not have in it.
var unsafeText = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[^A-Za-z0-9_.-]+`) })

// checkNode refuses what has no place in the template of a name: text that no name
// can hold, and all that could go on for long.
func checkNode(node parse.Node) error {
	switch n := node.(type) {
	case *parse.TextNode:
		if found := unsafeText().Find(n.Text); found != nil {
			return fmt.Errorf("the template's text has %q in it, and a profile name holds letters, digits, dots, dashes and underscores", found)
		}
	case *parse.RangeNode, *parse.TemplateNode, *parse.BreakNode, *parse.ContinueNode:
		return fmt.Errorf("%s has no place in the template of a name", n)
	case *parse.IdentifierNode:
		if _, ours := functions(nil)[n.Ident]; !ours && !permitted[n.Ident] {
			return fmt.Errorf("function %q has no place in the template of a name", n.Ident)
		}
	case *parse.FieldNode:
		if !slices.Contains(fieldNames, n.Ident[0]) {
			return fmt.Errorf("the template has .%s in it, and there are %s", n.Ident[0], "."+strings.Join(fieldNames, ", ."))
		}
	case *parse.ListNode:
		if n != nil {
			return checkNodes(n.Nodes)
		}
	case *parse.ActionNode:
		return checkNode(n.Pipe)
	case *parse.IfNode:
		return checkNodes([]parse.Node{n.Pipe, n.List, n.ElseList})
	case *parse.WithNode:
		return checkNodes([]parse.Node{n.Pipe, n.List, n.ElseList})
	case *parse.PipeNode:
		return checkNodes(n.Cmds)
	case *parse.CommandNode:
		return checkNodes(n.Args)
	case *parse.ChainNode:
		return checkNode(n.Node)
	}
	return nil
}

func checkNodes[N parse.Node](nodes []N) error {
	for _, node := range nodes {
		if err := checkNode(node); err != nil {
			return err
		}
	}
	return nil
}

// A namer is a template with the other names of one plan.
type namer struct{ parsed *template.Template }

func (t *NameTemplate) namer(renames Renames) namer {
	alias := func(id string) string { return renames.Accounts[id] }
	return namer{template.Must(t.parsed.Clone()).Funcs(functions(alias))}
}

// name is the reduced result for one role.
func (n namer) name(fields TemplateFields) (string, error) {
	if max(len(fields.AccountName), len(fields.Email), len(fields.RoleName)) > maxText {
		return "", fmt.Errorf("a name or e-mail address of more than %d bytes", maxText)
	}
	var b strings.Builder
	if err := n.parsed.Execute(&b, fields); err != nil {
		return "", err
	}
	switch name := reduce(b.String()); {
	case name == "":
		return "", errEmptyName
	case reserved(name):
		return "", fmt.Errorf("the template gives %q, which is reserved", name)
	case utf8.RuneCountInString(name) > maxName:
		return "", fmt.Errorf("the template gives a name of more than %d characters", maxName)
	default:
		return name, nil
	}
}
