package inventory_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"aws-sso-config-generator/internal/emulator"
	"aws-sso-config-generator/internal/inventory"
)

// A resumption is a run that is called off and, later, one that may go on where
// it stopped.
type resumption struct {
	interrupted time.Duration // after this
	later       time.Duration
	accounts    int // in the second run; there are 250 in the first
	fresh       bool
}

// run returns how many accounts the second run took from the first, and how many
// it asked about.
func (r resumption) run(t *testing.T) (kept, asked int) {
	organization, then := emulator.Organize(1, 250, 3), emulator.Organize(1, r.accounts, 3)
	store, _ := newStore(t)
	synctest.Test(t, func(t *testing.T) {
		config := emulator.Config{AutoApprove: true, Organization: organization, Latency: 30 * time.Millisecond, Rate: 20, Burst: 20}
		ctx, cancel := context.WithTimeout(t.Context(), r.interrupted)
		defer cancel()
		e := emulator.New(config)
		p := portal(t, e)
		if _, err := inventory.Discover(ctx, p, inventory.Options{Store: store, Warn: unexpected(t)}); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		time.Sleep(r.later)

		config.Organization = then
		e = emulator.New(config)
		found, err := inventory.Discover(t.Context(), portal(t, e), inventory.Options{
			Store: store, Fresh: r.fresh, Warn: unexpected(t), Progress: func(p inventory.Progress) { kept = p.Resumed },
		})
		if diff := cmp.Diff(want(then), found); err != nil || diff != "" {
			t.Fatalf("%v, -want +found:\n%s", err, diff)
		}
		stats := e.Stats()
		asked = stats.Requests["ListAccountRoles"] - stats.Throttled
		if stats.Requests["ListAccounts"] < (r.accounts+99)/100 {
			t.Error("the list of accounts is always asked for anew")
		}
		must(t, store.Keep())
		last, err := store.Last()
		must(t, err)
		if diff := cmp.Diff(found, last.Inventory()); diff != "" || !last.Complete {
			t.Errorf("-found +kept as the last result:\n%s", diff)
		}
	})
	return kept, asked
}

func unexpected(t *testing.T) func(error) {
	return func(err error) { t.Errorf("warned: %v", err) }
}

func TestAnInterruptedRunGoesOnWhereItStopped(t *testing.T) {
	for _, after := range []time.Duration{200 * time.Millisecond, time.Second, 5 * time.Second, 11 * time.Second} {
		kept, asked := resumption{interrupted: after, accounts: 250}.run(t)
		if kept < int(18*after.Seconds()) || kept+asked < 250 || kept+asked > 253 { // a page of accounts may have been throttled
			t.Errorf("after %v: %d kept, %d asked", after, kept, asked)
		}
	}
}

func TestAnInterruptedRunCountsNoLonger(t *testing.T) {
	for name, r := range map[string]resumption{
		"after an hour":            {interrupted: 5 * time.Second, accounts: 250, later: time.Hour},
		"when there is an account": {interrupted: 5 * time.Second, accounts: 251},
		"when an account is gone":  {interrupted: 5 * time.Second, accounts: 249},
		"when told so":             {interrupted: 5 * time.Second, accounts: 250, fresh: true},
	} {
		if kept, asked := r.run(t); kept != 0 || asked < r.accounts {
			t.Errorf("%s: %d kept, %d asked", name, kept, asked)
		}
	}
}

// Whatever state the files are in, the run gives the same result, says what was
// wrong, and leaves them whole.
func TestABrokenStoreIsSaidAndIgnored(t *testing.T) {
	organization := emulator.Organize(1, 20, 2)
	for name, damage := range map[string]func(t *testing.T, dir, progress string){
		"half a file": func(t *testing.T, _, progress string) {
			must(t, os.WriteFile(progress, []byte("{\"version\":1,\n"), 0o600))
		},
		"garbage": func(t *testing.T, _, progress string) { must(t, os.WriteFile(progress, []byte("\x00\xff\n\n"), 0o600)) },
		"a directory": func(t *testing.T, _, progress string) {
			must(t, errors.Join(os.Remove(progress), os.MkdirAll(filepath.Join(progress, "x"), 0o700)))
		},
		"a file for directory": func(t *testing.T, dir, _ string) { must(t, os.RemoveAll(dir)); must(t, os.WriteFile(dir, nil, 0o600)) },
	} {
		t.Run(name, func(t *testing.T) {
			store, dir := newStore(t)
			must(t, os.MkdirAll(dir, 0o700))
			begin(t, store, inventory.Snapshot{}).Close()
			damage(t, dir, file(t, dir, ".progress"))
			warnings := 0
			for run := range 2 {
				synctest.Test(t, func(t *testing.T) {
					e := emulator.New(emulator.Config{AutoApprove: true, Organization: organization})
					found, err := inventory.Discover(t.Context(), portal(t, e), inventory.Options{Store: store, Warn: func(err error) {
						warnings++
						t.Logf("run %d: %v", run, err)
					}})
					if diff := cmp.Diff(want(organization), found); err != nil || diff != "" {
						t.Errorf("%v, -want +found:\n%s", err, diff)
					}
				})
				_ = store.Keep() // it has been said
			}
			if warnings == 0 || warnings > 2 { // one a run
				t.Errorf("%d warnings", warnings)
			}
		})
	}
}

// Two runs at once on one store: one keeps its progress, the other goes without,
// and both find everything.
func TestTwoRunsAtOnce(t *testing.T) {
	organization := emulator.Organize(1, 100, 2)
	first, dir := newStore(t)
	second := inventory.NewStore(dir, "corp", startURL, "us-east-1")
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Config{AutoApprove: true, Organization: organization, Latency: 30 * time.Millisecond})
		busy := make(chan error, 2)
		ended := make(chan error, 2)
		for _, store := range []*inventory.Store{first, second} {
			p := portal(t, e)
			go func() {
				found, err := inventory.Discover(t.Context(), p, inventory.Options{Store: store, Warn: func(err error) { busy <- err }})
				if diff := cmp.Diff(want(organization), found); diff != "" {
					t.Errorf("-want +found:\n%s", diff)
				}
				ended <- err
			}()
		}
		must(t, errors.Join(<-ended, <-ended))
		if err := <-busy; !errors.Is(err, inventory.ErrBusy) {
			t.Error(err)
		}
	})
	must(t, errors.Join(first.Keep(), second.Keep()))
	if last, err := first.Last(); err != nil || !last.Complete || len(last.Accounts) != 100 {
		t.Errorf("%d accounts kept, %v", len(last.Accounts), err)
	}
}
