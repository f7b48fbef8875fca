package e2e

import (
	"encoding/json"
	"maps"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// facts are what a reader of the config file knows of one profile.
type facts struct {
	AccountID   string `json:"accountId"`
	RoleName    string `json:"roleName"`
	StartURL    string `json:"startUrl"`
	Region      string `json:"region"`
	Credentials bool   `json:"credentials"` // it got role credentials from the service
}

// Whoever reads the file that we wrote sees the same profiles in it, and the
// SDKs get role credentials for each.
func TestReaders(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		organization func(*home) []string // emulator flags
		args         []string
		roles        map[[2]string]int // account id and role name; nil: three in each of 30 accounts
	}{
		{"ordinary", ordinaryOrganization, nil, nil},
		{"ordinary legacy", ordinaryOrganization, []string{"--layout", "legacy"}, nil},
		{"hostile", hostileOrganization, nil, hostileRoles()},
		{"hostile legacy", hostileOrganization, []string{"--layout", "legacy"}, hostileRoles()},
		{"hostile with a template", hostileOrganization, []string{"--profile-name", "{{ .AccountName | truncate 60 }}.{{ .RoleName }}"}, hostileRoles()},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHome(t)
			h.emulate(append(c.organization(h), "--auto-approve")...)
			if said := h.generate(c.args...); strings.ContainsAny(said, "\x1b\x07\r\u202e") {
				t.Errorf("not fit for a terminal: %q", said)
			}
			written := h.written()
			checkRoles(t, written, c.roles)
			t.Run("AWS CLI", func(t *testing.T) { readWithCLI(t, h, written) })
			t.Run("AWS SDK for Go", func(t *testing.T) {
				h.read(t, written, true, helper("read"), slices.Sorted(maps.Keys(written))...)
			})
			t.Run("AWS SDK for JavaScript", func(t *testing.T) {
				h.read(t, written, true, tool(t, "node")+" "+filepath.Join("js", "read.js"))
			})
		})
	}
}

// checkRoles checks that every role has exactly one profile.
func checkRoles(t *testing.T, written map[string]facts, want map[[2]string]int) {
	t.Helper()
	got := map[[2]string]int{}
	for _, f := range written {
		got[[2]string{f.AccountID, f.RoleName}]++
	}
	if want == nil {
		if len(written) != 90 || len(got) != 90 {
			t.Errorf("%d profiles for %d roles, want 90 for 90", len(written), len(got))
		}
	} else if !maps.Equal(got, want) {
		t.Errorf("profiles are for %v\nwant %v", got, want)
	}
}

// written are the profiles in the config file, read by the simplest means: we
// know how we write them.
func (h *home) written() map[string]facts {
	h.t.Helper()
	session := facts{StartURL: h.variable("AWS_SSO_CONFIG_GENERATOR_START_URL"), Region: h.variable("AWS_SSO_CONFIG_GENERATOR_SSO_REGION")}
	profiles := map[string]facts{}
	name := ""
	for line := range strings.Lines(h.readConfig()) {
		line = strings.TrimSuffix(line, "\n")
		key, value, _ := strings.Cut(line, " = ")
		f := profiles[name]
		switch {
		case strings.HasPrefix(line, "[profile "):
			name, f = line[len("[profile "):len(line)-1], session
			if _, ok := profiles[name]; ok || !regexp.MustCompile(`^[A-Za-z0-9_.][A-Za-z0-9_.-]*$`).MatchString(name) {
				h.t.Errorf("%s: a name that is there twice, or that not everybody can read", line)
			}
		case key == "sso_account_id":
			f.AccountID = value
		case key == "sso_role_name":
			f.RoleName = value
		}
		if name != "" {
			profiles[name] = f
		}
	}
	return profiles
}

// read runs a reader, which prints the facts of every profile as JSON, and
// compares.
func (h *home) read(t *testing.T, written map[string]facts, credentials bool, reader string, args ...string) {
	t.Helper()
	words := append(strings.Fields(reader), args...)
	cmd := exec.CommandContext(t.Context(), words[0], words[1:]...)
	cmd.Env = h.env
	var stderr strings.Builder
	cmd.Stderr = &stderr
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", reader, err, &stderr)
	}
	var seen map[string]facts
	if err := json.Unmarshal(output, &seen); err != nil {
		t.Fatalf("%v:\n%s", err, output)
	}
	for name, want := range written {
		want.Credentials = credentials
		if got, ok := seen[name]; !ok || got != want {
			t.Errorf("profile %s: got %+v, %t\nwant %+v", name, got, ok, want)
		}
	}
	if len(seen) != len(written) {
		t.Errorf("%d profiles, want %d: %q", len(seen), len(written), slices.Sorted(maps.Keys(seen)))
	}
}
