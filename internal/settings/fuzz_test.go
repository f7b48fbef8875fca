package settings_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"aws-sso-config-generator/internal/settings"
)

func addFiles(f *testing.F) {
	f.Helper()
	every, err := os.ReadFile("testdata/acme.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(every)
	for _, text := range valid {
		f.Add([]byte(text))
	}
	for _, r := range refusals {
		if len(r.yaml) < 1000 {
			f.Add([]byte(r.yaml))
		}
	}
}

// FuzzParse: every file is settings that can be written and read again, or one line
// that says what is wrong in one of its lines.
func FuzzParse(f *testing.F) {
	addFiles(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := settings.Parse("c.yaml", data)
		if err != nil {
			wrong, ok := errors.AsType[*settings.Error](err)
			if !ok || strings.ContainsAny(err.Error(), "\n\r") || wrong.Line > 1+strings.Count(string(data), "\n") {
				t.Errorf("%#v", err)
			}
			return
		}
		for i := range s.Sessions {
			if _, err := s.Sessions[i].Rules(); err != nil {
				t.Error(err)
			}
			if !strings.HasPrefix(s.Sessions[i].Out, "~/") {
				s.Sessions[i].Out = ""
			}
		}
		printed := settings.Print(s)
		again, err := settings.Parse("printed.yaml", printed)
		if err != nil {
			t.Fatalf("%v\n%s", err, printed)
		}
		if diff := cmp.Diff(s, again, said, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s\n%s", diff, printed)
		}
		if twice := settings.Print(again); !bytes.Equal(twice, printed) {
			t.Errorf("%s\n\n%s", printed, twice)
		}
	})
}

// FuzzRead: what we take a file for is what a whole YAML parser takes it for, if it
// takes it at all.
func FuzzRead(f *testing.F) {
	addFiles(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := settings.Tree(data)
		if err != nil || strings.Contains(string(data), "\r") || strings.HasPrefix(string(data), "\ufeff") {
			return
		}
		file, err := parser.ParseBytes(data, 0)
		if err != nil {
			return
		}
		var want any
		if len(file.Docs) > 0 {
			want = plainly(file.Docs[0].Body)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", data, diff)
		}
	})
}

// plainly is a syntax tree as [settings.Tree] has it.
func plainly(n ast.Node) any {
	switch n := n.(type) {
	case nil, *ast.NullNode:
		return nil
	case *ast.SequenceNode:
		all := []any{}
		for _, item := range n.Values {
			all = append(all, plainly(item))
		}
		return all
	case *ast.MappingNode:
		all := map[string]any{}
		for _, e := range n.Values {
			all[e.Key.GetToken().Value] = plainly(e.Value)
		}
		return all
	case *ast.LiteralNode:
		return n.Value.Value
	}
	return n.GetToken().Value
}
