// Package inventory finds every role in every account that a signed-in person
// may use, and knows what it found before.
//
// It hides paging, concurrency, retries, pace, and the files in which a run
// leaves its progress and its result. Its invariant: an Inventory says of every
// account either all its roles or why they could not be read, in a fixed order,
// or there is an error; one goroutine owns the queue, the retries and the pace,
// and nothing else decides when a request is sent.
package inventory

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"aws-sso-config-generator/internal/identitycenter"
)

// An Inventory is what a person may use: accounts by id, each once, with or
// without roles.
type Inventory struct {
	Accounts []Account
	Failures []Failure // accounts whose roles could not be read, by id; not in Accounts
}

// A Failure is an account of which nothing is known but that the person may use
// it. Err wraps what the service said.
type Failure struct {
	identitycenter.Account
	Err   error
	Roles []string // that it had when it was last read, if anybody knows
}

// An Account is an account and the names of the roles in it, sorted, each once.
// Everything but the order is text from outside.
type Account struct {
	identitycenter.Account
	Roles []string
}

// Roles counts the roles of all accounts.
func (i Inventory) Roles() int {
	n := 0
	for _, account := range i.Accounts {
		n += len(account.Roles)
	}
	return n
}

// DefaultTimeout is how long a discovery may take. Throttled requests are tried
// again until then.
const DefaultTimeout = 30 * time.Minute

// ErrTimeout says that the discovery was not complete when its time was over.
var ErrTimeout = errors.New("the discovery was not finished in time")

// Options say how to discover. The zero value works.
type Options struct {
	Timeout  time.Duration  // 0: DefaultTimeout; a sign-in in between does not count
	Progress func(Progress) // called after every answer, from Discover's goroutine; must be quick

	// SignIn is called when the service does not take the access token any more:
	// once at most, and once before if it never took the first one. Without SignIn
	// such an answer is an error.
	SignIn func(context.Context) (*identitycenter.Portal, error)

	Store *Store      // keeps the progress, and the result for Store.Keep; nil: nothing is kept
	Fresh bool        // start over, whatever the Store has of an interrupted run
	Warn  func(error) // told once what is wrong with the Store; the run goes on
}

// Progress is how far a discovery is.
type Progress struct {
	Accounts  int  // found so far
	Listed    bool // these are all
	Done      int  // of them, with all their roles
	Resumed   int  // of those, from an interrupted run
	Failed    int  // that could not be read
	Roles     int  // of the accounts that are done
	Throttled int  // answers that said "too many requests"
}

// Discover asks the portal for all accounts and all their roles. The roles of
// an account are asked for as soon as the account is known. A run that was
// interrupted less than an hour ago goes on where it stopped, if it has a Store
// and the accounts are the same.
//
// It returns an error that wraps ErrTimeout, the context's cause, SignIn's
// error, or the portal's *identitycenter.Error; then there is no inventory.
// Accounts that could not be read are an error only if there is no other.
func Discover(ctx context.Context, portal *identitycenter.Portal, o Options) (Inventory, error) {
	timeout := o.Timeout
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	ctx, cancel := context.WithCancelCause(ctx)
	d := &discovery{
		portal:   portal,
		options:  o,
		ends:     time.Now().Add(timeout),
		timeout:  time.AfterFunc(timeout, func() { cancel(fmt.Errorf("%w (%v)", ErrTimeout, timeout)) }),
		pace:     newPace(),
		queue:    []request{{}},
		answers:  make(chan answer),
		accounts: make(map[string]*Account),
		failures: make(map[string]error),
	}
	d.remember()
	err := d.run(ctx)
	if found := d.inventory(); err == nil && len(found.Accounts) == 0 && len(found.Failures) > 0 {
		err = fmt.Errorf("no account could be read: %w", found.Failures[0].Err)
	}
	d.timeout.Stop()
	cancel(nil)
	d.drain()
	if err == nil && o.Store != nil {
		o.Store.found = d.journal
	} else {
		d.warn(d.journal.Close())
	}
	if errors.Is(err, ErrTimeout) && d.refusal != nil {
		err = fmt.Errorf("%w: the last refusal was %w", err, d.refusal)
	}
	if err != nil {
		return Inventory{}, err
	}
	return d.inventory(), nil
}

// remember finds out what an interrupted run left, and begins to keep this one.
func (d *discovery) remember() {
	store := d.options.Store
	if store == nil {
		return
	}
	var kept Snapshot
	var err error
	if !d.options.Fresh {
		kept, err = store.unfinished()
		d.warn(err)
	}
	d.journal, err = store.begin(kept)
	d.warn(err)
}

// warn tells the first thing that is wrong with the Store: the others come of it.
func (d *discovery) warn(err error) {
	if err != nil && !d.warned && d.options.Warn != nil {
		d.warned = true
		d.options.Warn(err)
	}
}

// inventory brings what was found into its fixed order.
func (d *discovery) inventory() Inventory {
	var found Inventory
	for _, id := range slices.Sorted(maps.Keys(d.accounts)) {
		account := *d.accounts[id]
		if err := d.failures[id]; err != nil {
			found.Failures = append(found.Failures, Failure{Account: account.Account, Err: err})
		} else {
			found.Accounts = append(found.Accounts, account)
		}
	}
	return found
}
