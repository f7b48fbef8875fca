package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"aws-sso-config-generator/internal/atomicfile"
	"aws-sso-config-generator/internal/settings"
)

// A settingsText is a settings file as it was read, to be changed.
type settingsText struct {
	path    string
	text    []byte // nil: there is none
	version atomicfile.Version
}

// errWriteSettings says what was being done.
var errWriteSettings = errors.New("write the settings")

// readSettings reads the file of the person's own settings, and makes sure that it
// could be written.
func (a *app) readSettings(o *signInOptions) (*settingsText, error) {
	path, err := a.settingsFile(o)
	if err != nil {
		return nil, err
	}
	return readText(path)
}

func readText(path string) (*settingsText, error) {
	text, version, err := atomicfile.Read(path)
	if err == nil {
		err = atomicfile.Check(path)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errWriteSettings, err)
	}
	return &settingsText{path, text, version}, nil
}

// with is the text with another session at its end.
func (t *settingsText) with(s settings.Session) ([]byte, error) {
	text, err := settings.Append(t.path, t.text, s)
	if err != nil {
		return nil, usagef("%w: %w", errSettings, err)
	}
	return text, nil
}

// save replaces the text, unless somebody else did, and puts the schema beside it,
// by which editors complete it.
func (t *settingsText) save(ctx context.Context, text []byte) error {
	if ctx.Err() != nil { // nothing is written after Ctrl-C
		return context.Cause(ctx)
	}
	if err := atomicfile.ReplaceVersion(t.path, text, t.version); err != nil {
		return fmt.Errorf("%w: %w", errWriteSettings, err)
	}
	schema := filepath.Join(filepath.Dir(t.path), settings.SchemaFile)
	old, _, err := atomicfile.Read(schema)
	ours := err == nil && (len(old) == 0 || bytes.Contains(old, []byte("Settings of "+program)))
	if ours && !bytes.Equal(old, settings.Schema) {
		_ = atomicfile.Replace(schema, settings.Schema) // editors complete a little less without
	}
	return nil
}
