// Package inventory finds every role in every account that a signed-in person
// may use.
//
// It hides paging, concurrency, retries and pace. Its invariant: an Inventory is
// complete and in a fixed order, or there is an error; one goroutine owns the
// queue, the retries and the pace, and nothing else decides when a request is
// sent.
package inventory

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
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
	Err error
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
	Timeout  time.Duration  // 0: DefaultTimeout
	Progress func(Progress) // called after every answer, from Discover's goroutine; must be quick
}

// Progress is how far a discovery is.
type Progress struct {
	Accounts  int // found so far
	Done      int // of them, with all their roles
	Roles     int // found so far
	Throttled int // answers that said "too many requests"
}

// Discover asks the portal for all accounts and all their roles. The roles of
// an account are asked for as soon as the account is known.
//
// It returns an error that wraps ErrTimeout, the context's cause, or the
// portal's *identitycenter.Error; then there is no inventory.
func Discover(ctx context.Context, portal *identitycenter.Portal, o Options) (Inventory, error) {
	timeout := o.Timeout
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("%w (%v)", ErrTimeout, timeout))
	d := &discovery{
		portal:   portal,
		options:  o,
		pace:     newPace(),
		queue:    []request{{}},
		answers:  make(chan answer),
		accounts: make(map[string]*Account),
	}
	err := d.run(ctx)
	cancel()
	d.drain()
	if errors.Is(err, ErrTimeout) && d.refusal != nil {
		err = fmt.Errorf("%w: the last refusal was %w", err, d.refusal)
	}
	if err != nil {
		return Inventory{}, err
	}
	return d.inventory(), nil
}

// inventory brings what was found into its fixed order.
func (d *discovery) inventory() Inventory {
	var found Inventory
	for _, id := range slices.Sorted(maps.Keys(d.accounts)) {
		account := *d.accounts[id]
		slices.SortFunc(account.Roles, strings.Compare)
		account.Roles = slices.Compact(account.Roles)
		found.Accounts = append(found.Accounts, account)
	}
	return found
}
