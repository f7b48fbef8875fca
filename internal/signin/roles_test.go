package signin

import (
	"maps"
	"os"
	"path/filepath"
	"testing"
)

// The name is the one that the AWS CLI 2.36 gives the file.
func TestCredentialsOfRolesAreFoundAndForgotten(t *testing.T) {
	dir := t.TempDir()
	corp := Session{Name: "corp", StartURL: "https://d-1234567890.awsapps.com/start"}
	if got := corp.roleFile("111111111111", "R"); len(got) != 45 || got[:8] != "e9f09b0e" {
		t.Error(got)
	}
	legacy := Session{StartURL: corp.StartURL}
	others := []string{(Session{Name: "other"}).roleFile("111111111111", "R"), legacy.roleFile("111111111111", "R"), "session.db"}
	for _, name := range append(others, corp.roleFile("111111111111", "R"), corp.roleFile("000000000001", "Dev")) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("{}"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	n, err := (Cache{Dir: dir, Roles: dir}).Forget(t.Context(), corp, maps.All(map[string]string{"111111111111": "R", "000000000001": "Dev", "000000000002": "Gone"}))
	if n != 2 || err != nil {
		t.Errorf("deleted %d, %v", n, err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != len(others) {
		t.Errorf("%v, %v", left, err)
	}
	if n, err := (Cache{Dir: dir, Roles: filepath.Join(dir, "none")}).Forget(t.Context(), corp, maps.All(map[string]string{"111111111111": "R"})); n != 0 || err != nil {
		t.Errorf("no directory: %d, %v", n, err)
	}
}
