package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// recordBrowser puts a browser in place that also writes down what it is to open,
// and returns what reads that.
func (h *home) recordBrowser() (opened func() []string) {
	h.t.Helper()
	script, record := filepath.Join(h.dir, "browser.sh"), filepath.Join(h.dir, "opened")
	if err := os.WriteFile(script, []byte(`echo "$1" >>`+record+"\nexec "+helper("visit")+` "$1"`), 0o600); err != nil {
		h.t.Fatal(err)
	}
	h.export("BROWSER=sh " + script)
	return func() []string {
		data, err := os.ReadFile(record)
		if err != nil {
			h.t.Fatal(err)
		}
		return strings.Fields(string(data))
	}
}

// Who is signed in is not sent to the browser: not by the main job, and not by login,
// if it is for longer than an hour.
// Only --force does it, as often as it is said.
func TestSignedInAlready(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.emulate("--auto-approve", "--accounts", "5", "--roles", "2")
	opened := h.recordBrowser()
	var addresses []string
	for _, run := range []struct {
		args  []string
		opens bool
	}{
		{nil, true},
		{nil, false},
		{[]string{"login"}, true}, // for longer than an hour
		{[]string{"login"}, false},
		{[]string{"login", "--force"}, true},
		{[]string{"login", "--force"}, true},
		{[]string{"login"}, false},
		{[]string{"--fresh"}, false},
	} {
		p := h.start(binary, run.args...)
		p.exits(0)
		if run.opens {
			p.says("Your browser opens to sign you in")
			addresses = append(addresses, p.said.await(t, address)[1])
		} else if said := p.said.String(); strings.Contains(said, "browser") || strings.Contains(said, "/authorize?") {
			t.Errorf("%v is no reason to sign in; it said:\n%s", run.args, said)
		}
	}
	if !slices.Equal(opened(), addresses) {
		t.Errorf("it was opened for %q, not %q", opened(), addresses)
	}
}
