package cli

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/terminal"
)

// present prints what was not to be written into files: the diff, or all of it.
func (a *app) present(runs []*run) error {
	presented := make(map[*target]bool)
	for _, r := range runs {
		t := r.target
		if t.shown == nil || presented[t] {
			continue
		}
		presented[t] = true
		if r.shows() {
			if err := a.showDiff(t.name(), t.before.Bytes, t.shown.Bytes()); err != nil {
				return err
			}
		} else if _, err := t.out.Write(t.shown.Bytes()); err != nil {
			return &fileError{"write the config file", err}
		}
	}
	return nil
}

// errOutdated says that --check found something to change.
var errOutdated = errors.New("the config file is not up to date")

// outdated is what --check says.
func outdated(runs []*run) error {
	for _, r := range runs {
		if t := r.target; r.checkOnly && t.shown != nil && !bytes.Equal(t.before.Bytes, t.shown.Bytes()) {
			return errOutdated
		}
	}
	return nil
}

// showDiff prints what is different, as data.
func (a *app) showDiff(name string, before, after []byte) error {
	if _, err := a.Stdout.Write(a.readable(awsconfig.Diff(name, before, after))); err != nil {
		return fmt.Errorf("show the difference: %w", err)
	}
	return nil
}

// readable makes a diff coloured and harmless on a terminal. Elsewhere it stays
// as it is, byte for byte.
func (a *app) readable(diff []byte) []byte {
	if !terminal.Is(a.Stdout) {
		return diff
	}
	coloured := terminal.Coloured(a.Stdout, a.Getenv)
	// Where every line ends so, it says nothing.
	hidden := "\n"
	if bytes.Count(diff, []byte("\r\n"))+bytes.Count(diff, []byte("\n@@ "))+2 == bytes.Count(diff, []byte("\n")) {
		hidden = "\r\n"
	}
	var b bytes.Buffer
	number := 0
	for line := range strings.Lines(string(diff)) {
		number++
		text := printableWithTabs(strings.TrimSuffix(strings.TrimSuffix(line, hidden), "\n"))
		code := map[byte]string{'+': terminal.Green, '-': terminal.Red, '@': terminal.Cyan}[line[0]]
		if coloured && code != "" && number > 2 { // the first two are names
			text = terminal.Paint(code, text)
		}
		b.WriteString(text + "\n")
	}
	return b.Bytes()
}

func printableWithTabs(text string) string {
	columns := strings.Split(text, "\t")
	for i, column := range columns {
		columns[i] = terminal.Printable(column)
	}
	return strings.Join(columns, "\t")
}
