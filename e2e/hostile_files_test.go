package e2e

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"aws-sso-config-generator/internal/awsconfig"
)

var update = flag.Bool("update", false, "write docs/readers.md")

// ours are the profiles that the test merges into every file, with their
// accounts.
var ours = map[string]string{"new": "111122223333", "dev": "444455556666"}

// A hostileFile is one of what other tools and people have made of theirs,
// before and after our merge.
type hostileFile struct {
	name          string
	before, after string // paths
	data, merged  []byte
	result        awsconfig.Result
	err           error           // of the merge
	replaced      map[string]bool // profiles in our block before
}

var fileReaders = []string{"AWS CLI", "Go SDK", "JS SDK"} // as awsconfig.Reader counts

// The real readers read every hostile file as it is and after our merge: what
// they know of the person's profiles is the same, ours are there for whoever
// could read the file before, and none of it surprises the linter.
func TestHostileFiles(t *testing.T) {
	t.Parallel()
	files := hostileFiles(t)
	aws := awsCLI()
	if aws == "" {
		lack(t, "AWS CLI 2")
	}
	commands := [][]string{
		{botocorePython(t, aws), filepath.Join("testdata", "read_files.py")},
		strings.Fields(helper("read-files")),
		{tool(t, "node"), filepath.Join("js", "read_files.js")},
	}
	readings := make([]map[string]reading, len(commands))
	for i, command := range commands {
		readings[i] = readFiles(t, files, command)
	}
	for _, f := range files {
		t.Run(f.name, func(t *testing.T) {
			for reader := range readings {
				before, after := readings[reader][f.before], readings[reader][f.after]
				f.checkLint(t, reader, f.data, before)
				if f.err == nil {
					f.checkLint(t, reader, f.merged, after)
					f.checkMerge(t, awsconfig.Reader(reader), before, after)
				}
			}
		})
	}
	checkReadersPage(t, files, readings)
}

func hostileFiles(t *testing.T) []*hostileFile {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("..", "internal", "awsconfig", "testdata", "hostile", "*"))
	if err != nil || len(paths) == 0 {
		t.Fatal(err, paths)
	}
	dir := t.TempDir()
	sections := []awsconfig.Section{{Kind: awsconfig.SSOSession, Name: "prod", Keys: []awsconfig.Key{
		{Name: "sso_start_url", Value: "https://example.awsapps.com/start"}, {Name: "sso_region", Value: "eu-west-1"},
	}}}
	for _, name := range []string{"new", "dev"} {
		sections = append(sections, awsconfig.Section{Kind: awsconfig.Profile, Name: name, Keys: []awsconfig.Key{
			{Name: "sso_session", Value: "prod"}, {Name: "sso_account_id", Value: ours[name]}, {Name: "sso_role_name", Value: "Reader"},
		}})
	}
	var files []*hostileFile
	for _, path := range paths {
		f := &hostileFile{name: filepath.Base(path), replaced: map[string]bool{}}
		if f.data, err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
		file := awsconfig.Parse(bytes.Clone(f.data))
		if old, err := file.Profiles("prod"); err == nil {
			for _, s := range old {
				f.replaced[s.Name] = true
			}
		}
		f.result, f.err = file.Merge("prod", sections, awsconfig.Options{})
		f.merged = file.Bytes()
		f.before, f.after = filepath.Join(dir, f.name+".before"), filepath.Join(dir, f.name+".after")
		for path, data := range map[string][]byte{f.before: f.data, f.after: f.merged} {
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		files = append(files, f)
	}
	return files
}

// readFiles starts a reader, once for all files.
func readFiles(t *testing.T, files []*hostileFile, command []string) map[string]reading {
	t.Helper()
	var paths []string
	for _, f := range files {
		paths = append(paths, f.before, f.after)
	}
	input, err := json.Marshal(paths)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Env = append(os.Environ(), "LANG=C.UTF-8", "LC_ALL=C.UTF-8", "AWS_PROFILE=default")
	cmd.Stdin = bytes.NewReader(input)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("%q: %v\n%s", command, err, &stderr)
	}
	var readings map[string]reading
	if err := json.Unmarshal(output, &readings); err != nil {
		t.Fatalf("%q: %v\n%s", command, err, output)
	}
	return readings
}

// checkLint compares the linter's word with the reader's deed.
func (f *hostileFile) checkLint(t *testing.T, reader int, data []byte, got reading) {
	t.Helper()
	said := slices.ContainsFunc(awsconfig.Lint(data), func(fault awsconfig.Fault) bool {
		return fault.Losses[reader] == awsconfig.LosesFile
	})
	if lost := got.Lost != ""; lost != said {
		t.Errorf("the %s loses %q: %t (%s), but the linter says %t", fileReaders[reader], data, lost, got.Lost, said)
	}
}

// checkMerge compares what a reader said before and after the merge, unless the
// linter warns of the merge.
func (f *hostileFile) checkMerge(t *testing.T, reader awsconfig.Reader, before, after reading) {
	t.Helper()
	warned := slices.ContainsFunc(awsconfig.NewFaults(f.data, f.merged), func(fault awsconfig.Fault) bool {
		return fault.Losses[reader] == awsconfig.LosesFile
	})
	if before.Lost != "" || warned {
		return
	}
	for name, want := range before.Profiles {
		if got, ok := after.Profiles[name]; !f.replaced[name] && (!ok || !maps.Equal(got, want)) {
			t.Errorf("%s: after the merge, profile %q is %v (%t), not %v\n%q", reader, name, got, ok, want, f.merged)
		}
	}
	for _, name := range slices.Concat(f.result.Added, f.result.Changed, f.result.Unchanged) {
		if got := after.Profiles[name]; got["sso_account_id"] != ours[name] || got["sso_session"] != "prod" {
			t.Errorf("%s: our profile %s is %v, %s\n%q", reader, name, got, after.Lost, f.merged)
		}
	}
}

// checkReadersPage holds docs/readers.md to what the readers said.
func checkReadersPage(t *testing.T, files []*hostileFile, readings []map[string]reading) {
	t.Helper()
	page := filepath.Join("..", "docs", "readers.md")
	old, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	intro, _, _ := strings.Cut(string(old), "\n| file |")
	var text strings.Builder
	text.WriteString(intro + "\n| file | AWS CLI | Go SDK | JS SDK | our merge |\n|---|---|---|---|---|\n")
	for _, f := range files {
		fmt.Fprintf(&text, "| %s |", f.name)
		for _, all := range readings {
			fmt.Fprintf(&text, " %s |", all[f.before])
		}
		fmt.Fprintf(&text, " %s |\n", f.outcome())
	}
	if *update {
		if err := os.WriteFile(page, []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	} else if text.String() != string(old) {
		t.Errorf("docs/readers.md is not what the readers say; go test -run TestHostileFiles -update writes\n%s", &text)
	}
}

// outcome is what the merge did, for the table.
func (f *hostileFile) outcome() string {
	if f.err != nil {
		return "refuses: " + cell(f.err.Error())
	}
	var parts []string
	for _, part := range []struct {
		says  string
		names []string
	}{
		{"adds", f.result.Added},
		{"changes", f.result.Changed},
		{"keeps", f.result.Unchanged},
		{"removes", f.result.Removed},
		{"leaves to the person", f.result.LeftOut},
		{"leaves to the other block", f.result.InOtherBlock},
	} {
		if len(part.names) > 0 {
			parts = append(parts, part.says+" "+strings.Join(part.names, ", "))
		}
	}
	return strings.Join(parts, "; ")
}

// String is a cell of the table: the profiles, with their regions.
func (r reading) String() string {
	if r.Lost != "" {
		return "**" + cell(r.Lost) + "**"
	}
	var profiles []string
	for _, name := range slices.Sorted(maps.Keys(r.Profiles)) {
		keys := r.Profiles[name]
		profile := "`" + cell(name) + "`"
		switch {
		case keys["error"] != "":
			profile += " (" + cell(keys["error"]) + ")"
		case keys["region"] != "":
			profile += " " + cell(keys["region"])
		}
		profiles = append(profiles, profile)
	}
	if len(profiles) == 0 {
		return "no profile"
	}
	return strings.Join(profiles, ", ")
}

// cell makes a text fit for a table.
func cell(text string) string {
	text = strconv.Quote(text)
	text = text[1 : len(text)-1]
	return strings.NewReplacer(`\"`, `"`, "|", `\|`, "<", `\<`).Replace(text)
}
