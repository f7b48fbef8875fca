package awsconfig

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"aws-sso-config-generator/internal/atomicfile"
)

func TestLoadAndSave(t *testing.T) {
	path := filepath.Join(t.TempDir(), ".aws", "config")
	f, err := Load(path)
	if err != nil || len(f.Bytes()) > 0 {
		t.Fatalf("a file that does not exist: %q, %v", f.Bytes(), err)
	}
	if err := f.Save(path); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Error("saving nothing made a file")
	}

	if _, err := f.Merge("prod", profiles("dev"), Options{}); err != nil {
		t.Fatal(err)
	}
	if !f.Exists() {
		err = f.Save(path)
	}
	if err != nil {
		t.Fatal(err)
	}
	f, err = Load(path)
	if err != nil || !f.Exists() || string(f.Bytes()) != begin+devA+end {
		t.Fatalf("read %q, %v", f.Bytes(), err)
	}

	before := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
	if err := os.Chtimes(path, before, before); err != nil {
		t.Fatal(err)
	}
	if f, err = Load(path); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Merge("prod", profiles("dev"), Options{}); err != nil {
		t.Fatal(err)
	}
	if err := f.Save(path); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || !info.ModTime().Equal(before) {
		t.Errorf("saving the same bytes wrote the file: %v, %v", info.ModTime(), err)
	}

	// Somebody writes meanwhile: as many bytes, but others.
	theirs := begin + "[profile dev]\nregion = eu-west-2\n" + end
	if err := os.WriteFile(path, []byte(theirs), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Merge("prod", profiles("new"), Options{}); err != nil {
		t.Fatal(err)
	}
	if err := f.Save(path); !errors.Is(err, atomicfile.ErrChanged) {
		t.Errorf("save over what was not read: %v", err)
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != theirs {
		t.Errorf("wrote %q, %v", data, err)
	}
}

func TestLoadAndSaveRefuseADirectory(t *testing.T) {
	dir := t.TempDir()
	if _, err := Load(dir); err == nil {
		t.Error("loaded a directory")
	}
	if err := Parse([]byte("x")).Save(dir); !errors.Is(err, atomicfile.ErrNotRegular) {
		t.Errorf("save over a directory: %v", err)
	}
	if _, err := Load(filepath.Join(dir, "x\x00y")); err == nil {
		t.Error("loaded an impossible path")
	}
	if err := Parse([]byte("x")).Save(filepath.Join(dir, "x\x00y")); err == nil {
		t.Error("saved to an impossible path")
	}
}

func TestZeroFile(t *testing.T) {
	var f File
	if len(f.Bytes()) != 0 || len(f.sections) != 0 {
		t.Error("the zero File is not an empty one")
	}
	if _, err := f.Merge("prod", profiles("dev"), Options{}); err != nil || string(f.Bytes()) != begin+devA+end {
		t.Errorf("merged to %q, %v", f.Bytes(), err)
	}
}
