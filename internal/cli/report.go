package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
	"unicode"
	"unicode/utf16"

	"aws-sso-config-generator/internal/atomicfile"
	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/inventory"
)

// A report is what --report writes. Its names are a promise; arrays are never
// null.
type report struct {
	Version  int             `json:"version"`
	Sessions []sessionReport `json:"sessions"`
}

// A sessionReport is what became of one session.
type sessionReport struct {
	Session  string    `json:"session"`
	Error    string    `json:"error"` // why its profiles are not written; "": they are
	StartURL string    `json:"start_url"`
	FoundAt  time.Time `json:"found_at"` // when the oldest part of it was read
	Accounts int       `json:"accounts"` // that were read
	Roles    int       `json:"roles"`

	Failures []failure `json:"failures"`

	LastRun *time.Time         `json:"last_run"` // that Changes is about; null: there was none
	Changes *inventory.Changes `json:"changes"`

	Profiles profileReport `json:"profiles"`
	Faults   []faultReport `json:"faults"` // of the file, for any of its readers
}

// A faultReport is something that not every reader takes for what it was meant.
type faultReport struct {
	Line int    `json:"line"`
	Text string `json:"text"`
}

// A failure is an account that could not be read.
type failure struct {
	AccountID   string `json:"account_id"`
	AccountName string `json:"account_name"`
	Reason      string `json:"reason"`
}

// profileReport is what happened to the profiles of the file, by name.
type profileReport struct {
	File           string                 `json:"file"` // "-": standard output
	Added          []string               `json:"added"`
	Changed        []string               `json:"changed"`
	Removed        []string               `json:"removed"`
	Unchanged      []string               `json:"unchanged"`
	Kept           []string               `json:"kept"` // of accounts that could not be read, or of roles that are gone with --no-prune
	Renamed        []awsconfig.Rename     `json:"renamed"`
	Adopted        []awsconfig.Rename     `json:"adopted"`
	Theirs         []awsconfig.Difference `json:"theirs"`    // keys that only the person changed
	Conflicts      []awsconfig.Difference `json:"conflicts"` // keys that both changed
	LeftOut        []string               `json:"left_out"`
	InOtherSession []string               `json:"in_other_session"`
}

// errReport says what was being done.
var errReport = errors.New("--report")

// checkReport finds what would keep the report from being written, and what must
// not be lost to it: a file that is no report.
func (a *app) checkReport(path string, runs []*run) error {
	if path == "" || path == "-" {
		return nil
	}
	for _, r := range runs {
		switch absolute(path) {
		case absolute(r.target.path):
			return usagef("%w %s: that is the config file", errReport, path)
		case absolute(r.template):
			return usagef("%w %s: that is the file of --template", errReport, path)
		}
	}
	if err := atomicfile.Check(path); err != nil {
		return usagef("%w: %w", errReport, err)
	}
	if data, err := os.ReadFile(path); err == nil && len(data) > 0 && !isReport(data) {
		return usagef("%w %s: there is a file that is no report", errReport, path)
	}
	return nil
}

// isReport says that data may be what an earlier run wrote there.
func isReport(data []byte) bool {
	var r report
	return json.Unmarshal(data, &r) == nil && r.Version > 0 && len(r.Sessions) > 0
}

func absolute(path string) string {
	if absolute, err := filepath.Abs(path); err == nil && path != "" {
		return absolute
	}
	return path
}

// writeReport writes down for programs what the runs said to people.
func (a *app) writeReport(path string, runs []*run) error {
	if path == "" {
		return nil
	}
	out := report{Version: 1, Sessions: []sessionReport{}}
	for _, r := range runs {
		out.Sessions = append(out.Sessions, r.inReport())
	}
	data, err := json.MarshalIndent(out, "", "  ")
	if err == nil {
		data = append(escaped(data), '\n')
		if path == "-" {
			_, err = a.Stdout.Write(data)
		} else {
			err = atomicfile.Replace(path, data)
		}
	}
	if err != nil {
		if !runs[0].shows() {
			err = fmt.Errorf("%w; the profiles are written", err)
		}
		return fmt.Errorf("%w: write the report: %w", errReport, err)
	}
	return nil
}

// inReport is what the report says of a run.
func (r *run) inReport() sessionReport {
	found, result := r.found, r.written.Result
	out := sessionReport{
		Session: r.sessionName, StartURL: r.session.StartURL,
		Accounts: len(found.Accounts), Roles: found.Roles(), Failures: []failure{}, Changes: r.changes, Faults: []faultReport{},
		Profiles: profileReport{
			File: r.target.name(), Added: list(result.Added), Changed: list(result.Changed), Removed: list(result.Removed), Unchanged: list(result.Unchanged),
			Kept: list(result.Kept), Renamed: list(result.Renamed), Adopted: list(result.Adopted), Theirs: list(result.Theirs), Conflicts: list(result.Conflicts), LeftOut: list(slices.Concat(result.LeftOut, result.Astray)), InOtherSession: list(result.InOtherBlock),
		},
	}
	if r.err != nil && !errors.Is(r.err, errPartial) {
		out.Error = r.err.Error()
	}
	if m := r.memory; m != nil {
		last := m.last().At
		if r.changes != nil {
			out.LastRun = &last
		}
		if out.FoundAt = last; !m.used {
			out.FoundAt = m.at
		}
	}
	for _, f := range found.Failures {
		out.Failures = append(out.Failures, failure{f.ID, f.Name, f.Err.Error()})
	}
	for _, fault := range r.written.faults {
		out.Faults = append(out.Faults, faultReport{fault.Line, fault.String()})
	}
	return out
}

// escaped is JSON without what a terminal would obey or hide.
func escaped(data []byte) []byte {
	var b bytes.Buffer
	for _, r := range string(data) {
		if r == '\n' || unicode.IsPrint(r) {
			b.WriteRune(r)
		} else {
			for _, unit := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&b, `\u%04x`, unit)
			}
		}
	}
	return b.Bytes()
}

func list[T any](items []T) []T { return append([]T{}, items...) }
