package main_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "aws-sso-config-generator"

// walls says which of our packages each package may import; docs/design.md draws
// it. Arrows point down only.
var walls = map[string][]string{
	"":                        {"internal/cli"},
	"internal/cli":            {"internal/settings", "internal/signin", "internal/inventory", "internal/profile", "internal/emulator", "internal/identitycenter", "internal/awsconfig", "internal/terminal", "internal/atomicfile"},
	"internal/settings":       {"internal/profile", "internal/identitycenter", "internal/awsconfig", "internal/atomicfile"},
	"internal/signin":         {"internal/identitycenter", "internal/atomicfile"},
	"internal/inventory":      {"internal/identitycenter", "internal/atomicfile"},
	"internal/profile":        {"internal/inventory", "internal/awsconfig"},
	"internal/awsconfig":      {"internal/atomicfile"},
	"internal/identitycenter": {},
	"internal/emulator":       {}, // the independent witness of the protocol
	"internal/terminal":       {},
	"internal/atomicfile":     {},
}

// doors says which packages alone may import something from outside.
var doors = map[string][]string{
	"github.com/aws/":             {"internal/identitycenter"},
	"github.com/goccy/go-yaml":    {"internal/settings"},
	"github.com/invopop/":         {}, // generates the schema, in a test
	"github.com/santhosh-tekuri/": {}, // checks it, in a test
	"github.com/spf13/":           {"internal/cli"},
	"golang.org/x/term":           {"internal/terminal"},
	"os/exec":                     {"internal/cli"},
	"os/signal":                   {"internal/cli"},
	"golang.org/x/oauth2":         {"internal/identitycenter", "internal/signin"},
	"golang.org/x/sys":            {"internal/atomicfile", "internal/terminal"},
}

func TestArrowsPointDownOnly(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-f", `{{.ImportPath}}:{{join .Imports " "}}`, "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for line := range strings.Lines(string(out)) {
		path, imports, _ := strings.Cut(strings.TrimSpace(line), ":")
		room := strings.TrimPrefix(strings.TrimPrefix(path, module), "/")
		allowed, known := walls[room]
		if !known {
			t.Errorf("package %s has no place in the house: give it one here and in docs/design.md", path)
			continue
		}
		seen++
		for imported := range strings.FieldsSeq(imports) {
			if ours, ok := strings.CutPrefix(imported, module+"/"); ok && !slices.Contains(allowed, ours) {
				t.Errorf("%s imports %s", path, imported)
			}
			for prefix, rooms := range doors {
				if strings.HasPrefix(imported, prefix) && !slices.Contains(rooms, room) {
					t.Errorf("%s imports %s; only %v may", path, imported, rooms)
				}
			}
		}
	}
	if seen != len(walls) {
		t.Errorf("%d packages, %d in the table", seen, len(walls))
	}
}
