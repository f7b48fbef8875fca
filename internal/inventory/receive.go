package inventory

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"aws-sso-config-generator/internal/identitycenter"
)

// receive takes an answer in: a page is kept and its next one queued, a refusal
// is queued again, fails the account, or ends the run.
func (d *discovery) receive(a answer) error {
	now := time.Now()
	transient, throttled := errors.Is(a.err, identitycenter.ErrTransient), errors.Is(a.err, identitycenter.ErrThrottled)
	if transient || throttled {
		d.refusal = fmt.Errorf("%s: %w", a.subject(), a.err)
	}
	if !transient {
		d.faults, d.good, a.attempts = 0, now, 0
	}
	switch {
	case a.err == nil:
		d.pace.accepted(now, a.sent)
		d.accepted, d.refusal = now, nil
		if a.err = d.keep(a); a.err != nil {
			return d.fail(a)
		}
	case throttled:
		d.pace.refused(now, a.sent, retryAfter(a.err))
		d.progress.Throttled++
		a.throttles++
		if d.alone(now, a) {
			return d.fail(a)
		}
		d.again(a.request)
	case errors.Is(a.err, identitycenter.ErrUnauthorized) && (!a.unauthorized || !d.accepted.After(d.renewed)):
		d.ended = &a
		a.unauthorized = true
		d.queue = append(d.queue, a.request)
	case transient && d.outage() && now.Sub(d.good) >= outageTime:
		return fmt.Errorf("%s: %w", a.subject(), a.err)
	case transient && (a.attempts == 0 || now.Sub(a.failing) < faultTime):
		d.backOff(now, a)
	default:
		return d.fail(a)
	}
	d.report()
	return nil
}

// again queues a request that was throttled. It is the last in turn, so that an
// account of which the service is tired does not keep the others waiting; the
// list of accounts is what others wait for.
func (d *discovery) again(r request) {
	if r.accountID == "" {
		d.queue = append(d.queue, r)
	} else {
		d.queue = slices.Insert(d.queue, 0, r)
	}
}

// alone says that a request is one of a few that are left, and that nothing but
// throttles has come for them for so long that it is not for the pace.
func (d *discovery) alone(now time.Time, a answer) bool {
	left := len(d.queue) + len(d.later) + d.inFlight
	return d.progress.Listed && left < manyFaults && a.throttles >= manyFaults && now.Sub(d.accepted) >= faultTime
}

// backOff has a request wait after a transient fault, and all of them after many.
func (d *discovery) backOff(now time.Time, a answer) {
	if a.attempts == 0 {
		a.failing = now
	}
	wait := func(attempts int) time.Duration {
		return max(rand.N(min(backoffBase<<min(attempts, 10), backoffMax)), retryAfter(a.err))
	}
	a.notBefore = now.Add(wait(a.attempts))
	a.attempts++
	d.later = append(d.later, a.request)
	d.faults++
	if d.faults >= manyFaults {
		d.notBefore = now.Add(wait(d.faults - manyFaults))
	}
}

// fail gives an account up; without the list of accounts there is no run.
func (d *discovery) fail(a answer) error {
	err := fmt.Errorf("%s: %w", a.subject(), a.err)
	if a.accountID == "" {
		return err
	}
	d.failures[a.accountID] = err
	if errors.Is(a.err, identitycenter.ErrTransient) && (d.faulty.IsZero() || a.failing.Before(d.faulty)) {
		d.faulty = a.failing
	}
	d.progress.Failed++
	d.report()
	return nil
}

func (d *discovery) report() {
	if d.options.Progress != nil {
		d.options.Progress(d.progress)
	}
}

// errEndless says that a list has the same page twice, or more pages than a
// service would make of it.
var errEndless = errors.New("the list has no end")

// keep takes a page into the inventory.
func (d *discovery) keep(a answer) error {
	if a.following != "" && (a.following == a.nextToken || a.page == maxPages) {
		return errEndless
	}
	next := request{accountID: a.accountID, nextToken: a.following, page: a.page + 1}
	switch {
	case a.accountID == "":
		d.keepAccounts(a.accounts)
		if a.following == "" {
			d.listed()
		}
	case a.following == "":
		d.done(a.accountID, append(d.accounts[a.accountID].Roles, a.roles...))
	default:
		d.accounts[a.accountID].Roles = append(d.accounts[a.accountID].Roles, a.roles...)
	}
	if a.following != "" {
		d.queue = append(d.queue, next) // each page of accounts needs the token of the last
	}
	return nil
}

func (d *discovery) keepAccounts(accounts []identitycenter.Account) {
	for _, account := range accounts {
		if d.accounts[account.ID] != nil {
			continue
		}
		d.accounts[account.ID] = &Account{Account: account}
		d.progress.Accounts++
		if d.journal.holds(account.ID) {
			d.held = append(d.held, account.ID)
		} else {
			d.queue = append(d.queue, request{accountID: account.ID})
		}
	}
}

// listed ends the list of accounts, and with it the question whether what an
// interrupted run knew still counts.
func (d *discovery) listed() {
	d.progress.Listed = true
	all := make([]identitycenter.Account, 0, len(d.accounts))
	for _, account := range d.accounts {
		all = append(all, account.Account)
	}
	kept, err := d.journal.Listed(all)
	d.warn(err)
	for _, id := range d.held {
		roles, known := kept[id]
		if !known {
			d.queue = append(d.queue, request{accountID: id})
			continue
		}
		d.accounts[id].Roles = roles
		d.progress.Done++
		d.progress.Resumed++
		d.progress.Roles += len(roles)
	}
	d.held = nil
}

// done ends the list of an account's roles.
func (d *discovery) done(accountID string, roles []string) {
	roles = sorted(roles)
	d.accounts[accountID].Roles = roles
	d.progress.Done++
	d.progress.Roles += len(roles)
	d.warn(d.journal.Add(accountID, roles))
}

// retryAfter is how long the service asked us to wait.
func retryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*identitycenter.Error](err); ok {
		return e.RetryAfter
	}
	return 0
}
