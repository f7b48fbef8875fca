package inventory_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"aws-sso-config-generator/internal/identitycenter"
	"aws-sso-config-generator/internal/inventory"
)

const startURL = "https://example.awsapps.com/start"

// three is the list of accounts of most stories.
var three = []identitycenter.Account{
	{ID: "000000000001", Name: "dev", Email: "dev@example.com"},
	{ID: "000000000002", Name: "two\nlines <&> \u2028 ☃"},
	{ID: "000000000003"},
}

func newStore(t testing.TB) (*inventory.Store, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "cache", "ours")
	return inventory.NewStore(dir, "corp", startURL, "us-east-1"), dir
}

func begin(t testing.TB, s *inventory.Store, progress inventory.Snapshot) *inventory.Journal {
	t.Helper()
	j, err := s.Begin(progress)
	must(t, err)
	t.Cleanup(func() { j.Close() })
	return j
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func progress(t testing.TB, s *inventory.Store) inventory.Snapshot {
	t.Helper()
	p, err := s.Progress()
	must(t, err)
	return p
}

func last(t testing.TB, s *inventory.Store) inventory.Snapshot {
	t.Helper()
	l, err := s.Last()
	must(t, err)
	return l
}

func listed(t testing.TB, j *inventory.Journal, accounts []identitycenter.Account) map[string][]string {
	t.Helper()
	kept, err := j.Listed(accounts)
	must(t, err)
	return kept
}

// file is the one file in dir whose name ends so.
func file(t testing.TB, dir, ext string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*"+ext))
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	return found[0]
}

func same(t testing.TB, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(inventory.Snapshot{}, "Read")); diff != "" {
		t.Errorf("%s: -want +got:\n%s", what, diff)
	}
}

func TestStoreKeepsAFinishedRun(t *testing.T) {
	s, dir := newStore(t)
	same(t, "before the first run", inventory.Snapshot{}, last(t, s))
	same(t, "before the first run", inventory.Snapshot{}, progress(t, s))

	before := time.Now()
	j := begin(t, s, inventory.Snapshot{})
	must(t, j.Add(three[0].ID, []string{"b", "a", "b"})) // while the list still comes
	if kept := listed(t, j, []identitycenter.Account{three[2], three[0], three[1], three[0]}); kept != nil {
		t.Errorf("kept %v of nothing", kept)
	}
	must(t, j.Add(three[2].ID, nil))
	must(t, j.Add(three[1].ID, []string{"c"}))
	must(t, j.Finish())
	must(t, j.Close())

	found := last(t, s)
	if found.At.Before(before) || found.At.After(time.Now()) {
		t.Errorf("made at %v", found.At)
	}
	same(t, "snapshot", inventory.Snapshot{
		StartURL: startURL, At: found.At, Complete: true, Accounts: three,
		Roles: map[string][]string{three[0].ID: {"a", "b"}, three[1].ID: {"c"}, three[2].ID: nil},
	}, found)
	same(t, "inventory", inventory.Inventory{Accounts: []inventory.Account{
		{Account: three[0], Roles: []string{"a", "b"}}, {Account: three[1], Roles: []string{"c"}}, {Account: three[2]},
	}}, found.Inventory())
	same(t, "progress", inventory.Snapshot{}, progress(t, s))

	if runtime.GOOS != "windows" {
		for path, want := range map[string]os.FileMode{dir: 0o700, file(t, dir, ".json"): 0o600, file(t, dir, ".lock"): 0o600} {
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
				t.Errorf("%s: %v, %v", path, info.Mode(), err)
			}
		}
	}
}

func TestStoreKeepsARunWithFailures(t *testing.T) {
	s, _ := newStore(t)
	j := begin(t, s, inventory.Snapshot{})
	listed(t, j, three)
	must(t, j.Add(three[1].ID, []string{"a"}))
	must(t, j.Finish())
	found := last(t, s)
	same(t, "inventory", inventory.Inventory{Accounts: []inventory.Account{{Account: three[1], Roles: []string{"a"}}}}, found.Inventory())
	same(t, "unread", map[string]bool{three[0].ID: true, three[2].ID: true}, found.Unread())
	if found.Complete {
		t.Error("complete")
	}
}

func TestStoreKeepsAnEmptyOrganization(t *testing.T) {
	s, _ := newStore(t)
	j := begin(t, s, inventory.Snapshot{})
	listed(t, j, nil)
	must(t, j.Finish())
	if found := last(t, s); !found.Complete || found.Accounts == nil || time.Since(found.At) > time.Minute {
		t.Errorf("%+v", found)
	}
}

func TestStoreKnowsNoResultBeforeTheListIsWhole(t *testing.T) {
	s, _ := newStore(t)
	j := begin(t, s, inventory.Snapshot{})
	must(t, j.Add(three[0].ID, nil))
	if err := j.Finish(); err == nil {
		t.Error("finished")
	}
	same(t, "last", inventory.Snapshot{}, last(t, s))
}

func TestStoreOfAnotherSessionIsAnother(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	finish := func(s *inventory.Store) {
		j := begin(t, s, inventory.Snapshot{})
		listed(t, j, three)
		must(t, j.Finish())
	}
	finish(inventory.NewStore(dir, "corp", startURL, "us-east-1"))
	for _, s := range []*inventory.Store{inventory.NewStore(dir, "other", startURL, "us-east-1"), inventory.NewStore(dir, "corp", startURL+"/", "us-east-1"), inventory.NewStore(dir, "corp", startURL, "eu-west-1")} {
		same(t, "last", inventory.Snapshot{}, last(t, s))
	}
}

func TestStoreGoesOnWithProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := newStore(t)
		j := begin(t, s, inventory.Snapshot{})
		listed(t, j, three)
		must(t, j.Add(three[0].ID, []string{"a"}))
		at := time.Now()
		must(t, j.Close())

		time.Sleep(59 * time.Minute)
		renamed := slices.Clone(three)
		renamed[0].Name = "new"
		j = begin(t, s, progress(t, s))
		time.Sleep(10 * time.Minute) // the sign-in, or the list: what counts is when the run began
		same(t, "kept", map[string][]string{three[0].ID: {"a"}}, listed(t, j, renamed))
		must(t, j.Close())
		if p := progress(t, s); !p.At.Equal(at) {
			t.Errorf("a run that added nothing made progress younger: %v", p.At)
		}

		j, err := s.Begin(progress(t, s))
		must(t, err)
		if kept := listed(t, j, renamed); kept != nil {
			t.Errorf("kept %v for more than an hour", kept)
		}
		must(t, j.Close())
		if p := progress(t, s); len(p.Roles) > 0 {
			t.Errorf("old progress is still there: %v", p.Roles)
		}
	})
}

func TestStoreFinishesWhatAnotherRunBegan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := newStore(t)
		j := begin(t, s, inventory.Snapshot{})
		must(t, j.Add(three[0].ID, []string{"a"})) // killed before the list is whole
		at := time.Now()
		must(t, j.Close())

		time.Sleep(time.Minute)
		j = begin(t, s, progress(t, s))
		listed(t, j, three[:1])
		same(t, "progress", three[:1], progress(t, s).Accounts)
		must(t, j.Finish())
		if found := last(t, s); !found.Complete || !found.At.Equal(at) {
			t.Errorf("a result is as old as its answers: %+v", found)
		}
	})
}

func TestStoreBelievesTheLaterAnswer(t *testing.T) {
	s, _ := newStore(t)
	j := begin(t, s, inventory.Snapshot{})
	must(t, j.Add(three[0].ID, []string{"earlier"}))
	must(t, j.Close())
	j = begin(t, s, progress(t, s))
	must(t, j.Add(three[0].ID, []string{"later"}))
	same(t, "progress", map[string][]string{three[0].ID: {"later"}}, progress(t, s).Roles)
	listed(t, j, three)
	must(t, j.Finish())
	same(t, "last", map[string][]string{three[0].ID: {"later"}}, last(t, s).Roles)
}

// What is too old when a run begins does not grow young by what the run adds.
func TestStoreDropsOldProgressAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := newStore(t)
		j := begin(t, s, inventory.Snapshot{})
		must(t, j.Add(three[0].ID, []string{"old"}))
		must(t, j.Close())
		time.Sleep(2 * time.Hour)
		j = begin(t, s, progress(t, s))
		must(t, j.Add(three[1].ID, []string{"new"}))
		must(t, j.Close())
		same(t, "progress", map[string][]string{three[1].ID: {"new"}}, progress(t, s).Roles)
	})
}

func TestStoreDropsProgressOfAnotherList(t *testing.T) {
	s, _ := newStore(t)
	j := begin(t, s, inventory.Snapshot{})
	listed(t, j, three)
	must(t, j.Add(three[0].ID, []string{"old"}))
	must(t, j.Add(three[1].ID, []string{"old"}))
	must(t, j.Close())

	j = begin(t, s, progress(t, s))
	must(t, j.Add(three[1].ID, []string{"new"})) // before it is known that the list is another
	if kept := listed(t, j, three[:2]); kept != nil {
		t.Errorf("kept %v", kept)
	}
	same(t, "progress", map[string][]string{three[1].ID: {"new"}}, progress(t, s).Roles)
	must(t, j.Add(three[0].ID, []string{"newer"}))
	same(t, "progress", map[string][]string{three[0].ID: {"newer"}, three[1].ID: {"new"}}, progress(t, s).Roles)
	must(t, j.Finish())
	same(t, "last", three[:2], last(t, s).Accounts)
}

func TestStoreBeginsAfreshWithoutProgress(t *testing.T) {
	s, _ := newStore(t)
	j := begin(t, s, inventory.Snapshot{})
	must(t, j.Add(three[0].ID, []string{"old"}))
	must(t, j.Close())
	must(t, begin(t, s, inventory.Snapshot{}).Close())
	same(t, "progress", inventory.Snapshot{StartURL: startURL}, progress(t, s))

	foreign := inventory.Snapshot{StartURL: "https://elsewhere", At: time.Now(), Accounts: three, Roles: map[string][]string{three[0].ID: nil}}
	if kept := listed(t, begin(t, s, foreign), three); kept != nil {
		t.Errorf("kept %v of another portal", kept)
	}
}

func TestStoreHasALimit(t *testing.T) {
	s, _ := newStore(t)
	j := begin(t, s, inventory.Snapshot{})
	listed(t, j, three)
	big := []string{strings.Repeat("x", 40<<20)}
	must(t, j.Add(three[0].ID, big))
	if err := j.Add(three[1].ID, big); err == nil || !strings.Contains(err.Error(), "64 MB") {
		t.Errorf("80 MB: %v", err)
	}
	must(t, j.Add(three[2].ID, nil)) // told once
	if err := j.Finish(); err == nil || !strings.Contains(err.Error(), "64 MB") {
		t.Errorf("finished: %v", err)
	}
	must(t, j.Close())
	// A run that was finished is not one to go on with, kept or not.
	same(t, "progress", inventory.Snapshot{}, progress(t, s))
}

func TestNoStore(t *testing.T) {
	var j *inventory.Journal
	if kept := listed(t, j, three); kept != nil {
		t.Errorf("kept %v", kept)
	}
	must(t, j.Add(three[0].ID, nil))
	must(t, j.Finish())
	must(t, j.Close())
}

// Two runs at once: the second goes without.
func TestStoreIsBusy(t *testing.T) {
	s, dir := newStore(t)
	first := begin(t, s, inventory.Snapshot{})
	listed(t, first, three)
	must(t, first.Add(three[0].ID, []string{"a"}))

	second, err := inventory.NewStore(dir, "corp", startURL, "us-east-1").Begin(progress(t, s))
	if !errors.Is(err, inventory.ErrBusy) || !strings.Contains(err.Error(), dir) {
		t.Fatal(err)
	}
	same(t, "kept", map[string][]string(nil), listed(t, second, three))
	must(t, second.Add(three[1].ID, []string{"second"}))
	must(t, second.Finish())
	must(t, second.Close())
	same(t, "last", inventory.Snapshot{}, last(t, s))

	must(t, first.Add(three[1].ID, []string{"first"}))
	must(t, first.Add(three[2].ID, nil))
	must(t, first.Finish())
	same(t, "last", map[string][]string{three[0].ID: {"a"}, three[1].ID: {"first"}, three[2].ID: nil}, last(t, s).Roles)
	must(t, begin(t, s, inventory.Snapshot{}).Close())
}

func TestStoreTellsAnErrorOnce(t *testing.T) {
	s, dir := newStore(t)
	must(t, os.MkdirAll(filepath.Dir(dir), 0o700))
	must(t, os.WriteFile(dir, nil, 0o600)) // a file where the directory should be
	j, err := s.Begin(inventory.Snapshot{})
	if err == nil || !strings.Contains(err.Error(), "keep progress in "+dir) || errors.Is(err, inventory.ErrBusy) {
		t.Fatal(err)
	}
	listed(t, j, three)
	must(t, j.Add(three[0].ID, nil))
	must(t, j.Finish())
	must(t, j.Close())
	if _, err := s.Last(); !errors.Is(err, inventory.ErrSnapshot) {
		t.Errorf("last: %v", err)
	}
}

// A result with failures does not take the place of a complete one: the next run
// still says what changed since that.
func TestStoreKeepsTheLastCompleteResult(t *testing.T) {
	s, _ := newStore(t)
	for _, known := range []int{2, 3, 2} { // of three accounts
		j := begin(t, s, inventory.Snapshot{})
		listed(t, j, three)
		for _, account := range three[:known] {
			must(t, j.Add(account.ID, []string{"a"}))
		}
		must(t, j.Finish())
		same(t, "progress", inventory.Snapshot{}, progress(t, s))
	}
	if l := last(t, s); !l.Complete || len(l.Roles) != 3 {
		t.Errorf("%d accounts with roles", len(l.Roles))
	}
}

// What was read more than an hour ago is not known any more, however often a run
// went on since; and a result is as old as the oldest that it rests on.
func TestStoreKnowsTheAgeOfEachAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := newStore(t)
		start := time.Now()
		for i, account := range three {
			j := begin(t, s, progress(t, s))
			kept := listed(t, j, three)
			if want := min(i, 1); len(kept) != want {
				t.Errorf("run %d goes on with %d accounts, not %d", i, len(kept), want)
			}
			must(t, j.Add(account.ID, []string{"a"}))
			must(t, j.Close())
			time.Sleep(40 * time.Minute)
		}
		j := begin(t, s, progress(t, s))
		listed(t, j, three)
		must(t, j.Add(three[0].ID, nil))
		must(t, j.Add(three[1].ID, nil))
		must(t, j.Finish())
		if at := last(t, s).At; !at.Equal(start.Add(80 * time.Minute)) {
			t.Errorf("the result is of %v", at.Sub(start))
		}
	})
}
