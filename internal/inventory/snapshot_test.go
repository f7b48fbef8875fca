package inventory_test

import (
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"aws-sso-config-generator/internal/identitycenter"
	"aws-sso-config-generator/internal/inventory"
)

func TestSnapshotIsResumable(t *testing.T) {
	now := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	known := map[string][]string{three[0].ID: {"a"}, three[1].ID: nil}
	at := now.Add(-time.Minute)
	read := map[string]time.Time{three[0].ID: at, three[1].ID: at}
	whole := inventory.Snapshot{At: at, Accounts: three, Roles: known, Read: read}
	cut := inventory.Snapshot{At: at, Roles: known, Read: read}
	renamed := slices.Clone(three)
	renamed[1].Name = "new"
	other := slices.Clone(three)
	other[2].ID = "000000000004"
	for _, test := range []struct {
		name     string
		snapshot inventory.Snapshot
		at       time.Time
		accounts []identitycenter.Account
		want     bool
	}{
		{"the same list", whole, now, three, true},
		{"in another order", whole, now, []identitycenter.Account{three[2], three[0], three[1], three[0]}, true},
		{"renamed", whole, now, renamed, true},
		{"at once", whole, whole.At, three, true},
		{"nearly an hour old", whole, whole.At.Add(time.Hour - 1), three, true},
		{"an hour old", whole, whole.At.Add(time.Hour), three, false},
		{"from the future", whole, whole.At.Add(-1), three, false},
		{"one account less", whole, now, three[:2], false},
		{"one account more", whole, now, append(slices.Clone(three), identitycenter.Account{ID: "000000000009"}), false},
		{"another account", whole, now, other, false},
		{"no accounts", whole, now, nil, false},
		{"list cut short", cut, now, three, true},
		{"list cut short, another one behind the cut", cut, now, other, true},
		{"list cut short, a finished account is gone", cut, now, three[1:], false},
		{"nothing known", inventory.Snapshot{At: now, Accounts: three}, now, three, false},
		{"zero", inventory.Snapshot{}, now, nil, false},
	} {
		if got := inventory.Resumable(test.snapshot, test.at, test.accounts); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}

func TestStoreRefusesWhatMakesNoSense(t *testing.T) {
	const (
		head  = `{"version":1,"start_url":"` + startURL + `"}` + "\n"
		list  = `{"accounts":[{"id":"1"}],"at":"2026-01-01T00:00:00Z"}` + "\n"
		roles = `{"account_id":"1","roles":["a"],"at":"2026-01-01T00:00:00Z"}` + "\n"
		end   = `{"finished":true}` + "\n"
	)
	s, dir := newStore(t)
	j := begin(t, s, inventory.Snapshot{})
	listed(t, j, three)
	must(t, j.Finish())
	path := file(t, dir, ".json")
	must(t, os.WriteFile(path, []byte(head+roles+list+end), 0o600))
	if found := last(t, s); !found.Complete {
		t.Errorf("what makes sense: %+v", found)
	}
	for name, text := range map[string]string{
		"nothing":                    "",
		"no end":                     head + list + roles,
		"no list":                    head + roles + end,
		"no first line":              list + roles + end,
		"another version":            strings.Replace(head, "1", "2", 1) + list + roles + end,
		"another portal":             strings.Replace(head, "example", "evil", 1) + list + roles + end,
		"two first lines":            head + head + list + roles + end,
		"lines after its end":        head + list + end + roles,
		"two ends":                   head + list + end + end,
		"an account twice":           head + strings.Replace(list, `{"id":"1"}`, `{"id":"1"},{"id":"1","name":"x"}`, 1) + end,
		"an account without an id":   head + strings.Replace(list, `"1"`, `""`, 1) + end,
		"null for an account":        head + strings.Replace(list, `{"id":"1"}`, `null`, 1) + end,
		"no time":                    head + list + `{"account_id":"1","roles":["a"]}` + "\n" + end,
		"no roles":                   head + list + `{"account_id":"1","at":"2026-01-01T00:00:00Z"}` + "\n" + end,
		"roles of nobody":            head + list + `{"roles":["a"],"at":"2026-01-01T00:00:00Z"}` + "\n" + end,
		"a line that says nothing":   head + list + "{}\n" + end,
		"an empty line":              head + list + "\n" + end,
		"no JSON":                    head + list + "garbage\n" + end,
		"two values in a line":       head + list + `{}{}` + "\n" + end,
		"another type":               head + list + `{"account_id":1,"roles":["a"]}` + "\n" + end,
		"list and roles in one line": head + `{"accounts":[],"account_id":"1","roles":[],"at":"2026-01-01T00:00:00Z"}` + "\n" + end,
		"more than 64 MB":            head + list + strings.Repeat(roles, (64<<20)/len(roles)) + end,
	} {
		must(t, os.WriteFile(path, []byte(text), 0o600))
		if found, err := s.Last(); !errors.Is(err, inventory.ErrSnapshot) || !strings.Contains(err.Error(), path) || found.Roles != nil {
			t.Errorf("%s: %+v, %v", name, found, err)
		}
	}
	j = begin(t, s, inventory.Snapshot{}) // said, ignored, written anew
	listed(t, j, three)
	must(t, j.Finish())
	same(t, "last", three, last(t, s).Accounts)

	must(t, begin(t, s, inventory.Snapshot{}).Close())
	must(t, os.WriteFile(file(t, dir, ".progress"), []byte(head+list+roles+end), 0o600))
	if _, err := s.Progress(); !errors.Is(err, inventory.ErrSnapshot) {
		t.Errorf("a finished one as progress: %v", err)
	}
	must(t, os.WriteFile(file(t, dir, ".progress"), []byte(head+list+roles+strings.Replace(roles, "1", "2", 1)), 0o600))
	same(t, "roles of an account that is not in the list", map[string][]string{"1": {"a"}}, progress(t, s).Roles)
}

func FuzzSnapshot(f *testing.F) {
	s, dir := newStore(f)
	j := begin(f, s, inventory.Snapshot{})
	listed(f, j, three)
	must(f, j.Add(three[0].ID, []string{"a"}))
	data, err := os.ReadFile(file(f, dir, ".progress"))
	must(f, err)
	f.Add(data)
	f.Add(data[:len(data)-2])
	must(f, j.Finish())
	path := file(f, dir, ".json")
	data, err = os.ReadFile(path)
	must(f, err)
	f.Add(data)
	f.Add([]byte("{}\n"))
	f.Add([]byte("\x00\x00\n"))
	must(f, begin(f, s, inventory.Snapshot{}).Close())
	journal := file(f, dir, ".progress")

	f.Fuzz(func(t *testing.T, data []byte) {
		must(t, os.WriteFile(path, data, 0o600))
		must(t, os.WriteFile(journal, data, 0o600))
		found, err := s.Last()
		sane(t, found, err)
		found, err = s.Progress()
		sane(t, found, err)
		j, err := s.Begin(found)
		must(t, err)
		kept := listed(t, j, found.Accounts)
		must(t, j.Finish())
		again := last(t, s)
		same(t, "accounts", found.Accounts, again.Accounts)
		if kept != nil {
			for id := range again.Unread() {
				delete(found.Roles, id)
			}
			same(t, "kept", slices.Sorted(maps.Keys(found.Roles)), slices.Sorted(maps.Keys(again.Roles)))
		}
	})
}

// sane holds that a snapshot is one, whatever it was read from.
func sane(t *testing.T, s inventory.Snapshot, err error) {
	t.Helper()
	if err != nil {
		if !errors.Is(err, inventory.ErrSnapshot) || s.StartURL != "" || s.Accounts != nil || s.Roles != nil {
			t.Fatalf("%+v, %v", s, err)
		}
		return
	}
	ids := map[string]bool{}
	for i, account := range s.Accounts {
		ids[account.ID] = true
		if account.ID == "" || i > 0 && s.Accounts[i-1].ID >= account.ID {
			t.Fatalf("accounts %q", s.Accounts)
		}
	}
	for id, roles := range s.Roles {
		if s.Accounts != nil && !ids[id] || s.At.IsZero() || !slices.IsSorted(roles) {
			t.Fatalf("%q has %q at %v", id, roles, s.At)
		}
	}
	if s.Complete != (s.Accounts != nil && len(s.Roles) == len(s.Accounts)) {
		t.Fatalf("complete: %v", s.Complete)
	}
}
