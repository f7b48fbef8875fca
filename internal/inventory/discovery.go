package inventory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"aws-sso-config-generator/internal/identitycenter"
)

const (
	faultTime   = 2 * time.Minute        // of 5xx, broken connections and cut answers to one request, before it is given up
	outageTime  = 2 * faultTime          // of nothing else, before the run is given up
	backoffBase = 250 * time.Millisecond // full jitter: up to this, doubled at each attempt
	backoffMax  = 10 * time.Second
	manyFaults  = 16     // in a row: it is not one account but the service
	maxPages    = 10_000 // of one list
)

// A request asks for one page: of the accounts, or of the roles of one account.
type request struct {
	accountID string // "": the accounts
	nextToken string
	page      int       // how many pages of the list came before
	attempts  int       // in a row that ended in a transient fault
	failing   time.Time // since when
	notBefore time.Time // of the next attempt

	throttles    int  // in a row
	unauthorized bool // asked before with an access token that was not accepted
}

// An answer is what one request came back with.
type answer struct {
	request
	sent      sent
	accounts  []identitycenter.Account
	roles     []string
	following string // token of the next page
	err       error
}

// discovery is one run of Discover. Everything in it belongs to the goroutine
// that called Discover; the requests in flight only call and report.
type discovery struct {
	portal  *identitycenter.Portal
	options Options
	pace    pace

	queue    []request // a stack: the next page of a list is on top
	later    []request // after a fault
	inFlight int
	answers  chan answer

	ends    time.Time
	timeout *time.Timer

	accounts map[string]*Account
	failures map[string]error // by account id
	held     []string         // accounts that an interrupted run knew, if it counts
	journal  *journal
	warned   bool
	progress Progress

	refusal   error     // the last throttle or fault, while nothing was accepted since
	faults    int       // answers in a row that were transient faults
	faulty    time.Time // when the first account began to fail that was given up for them
	good      time.Time // the last answer that was not
	accepted  time.Time // the last page
	notBefore time.Time // of the next request during an outage
	ended     *answer   // says that the access token is not accepted any more
	renewed   time.Time // when there was a new one
	stale     bool      // the first one was never accepted: it was kept from an earlier run
}

// run sends and receives until nothing is left to ask.
func (d *discovery) run(ctx context.Context) error {
	d.good = time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for len(d.queue)+len(d.later)+d.inFlight > 0 {
		if d.ended != nil && d.inFlight == 0 {
			if err := d.signIn(ctx); err != nil {
				return err
			}
		}
		timer.Reset(d.send(ctx))
		select {
		case a := <-d.answers:
			d.inFlight--
			if ctx.Err() != nil { // what it says is that it was called off
				return context.Cause(ctx)
			}
			if err := d.receive(a); err != nil {
				return err
			}
		case <-timer.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return d.checkOutage(ctx)
}

// checkOutage asks for something that was answered before, if nothing was since
// the first account began to fail that was given up for its faults: then it is not
// the accounts.
func (d *discovery) checkOutage(ctx context.Context) error {
	if d.faulty.IsZero() || d.good.After(d.faulty) {
		return nil
	}
	if _, err := d.portal.Accounts(ctx, ""); errors.Is(err, identitycenter.ErrTransient) {
		return fmt.Errorf("list accounts: %w", err)
	}
	return nil
}

// idle is longer than any wait: only an answer can change anything.
const idle = time.Hour

// send sends what may be sent now and returns how long to wait before more may.
func (d *discovery) send(ctx context.Context) time.Duration {
	for d.ended == nil {
		now := time.Now()
		wait := d.pace.wait(now, d.inFlight)
		if d.outage() {
			wait = max(wait, d.notBefore.Sub(now))
			if d.inFlight > 0 {
				wait = idle
			}
		}
		if wait > 0 {
			return wait
		}
		r, wait := d.next(now)
		if wait > 0 {
			return wait
		}
		s := d.pace.send(now)
		d.inFlight++
		portal := d.portal
		go func() { d.answers <- ask(ctx, portal, r, s) }()
	}
	return idle
}

// outage says that nothing comes but faults, and that there is more to ask than
// what they came for. Then one request at a time finds out when it is over.
func (d *discovery) outage() bool { return d.faults >= manyFaults && len(d.queue) > 0 }

// next takes the next request, or says how long there will be none.
func (d *discovery) next(now time.Time) (r request, wait time.Duration) {
	wait = idle
	for i, r := range d.later {
		if d.outage() {
			break // what failed before may fail for a reason of its own
		}
		if !r.notBefore.After(now) {
			d.later = slices.Delete(d.later, i, i+1)
			return r, 0
		}
		wait = min(wait, r.notBefore.Sub(now))
	}
	if top := len(d.queue) - 1; top >= 0 {
		r, d.queue = d.queue[top], d.queue[:top]
		return r, 0
	}
	return r, wait
}

// signIn goes on with a new access token. What is in flight has come back, so
// that no answer to the old one can be taken for one to the new. A token of a page
// belongs to the access token that asked for the page before, so lists begin anew.
// The time that a person needs is taken off the clocks.
func (d *discovery) signIn(ctx context.Context) error {
	first := d.renewed.IsZero() || d.stale && d.accepted.After(d.renewed)
	if d.options.SignIn == nil || !first {
		return fmt.Errorf("%s: %w", d.ended.subject(), d.ended.err)
	}
	start := time.Now()
	d.stale = d.accepted.IsZero()
	d.timeout.Stop()
	portal, err := d.options.SignIn(ctx)
	if err != nil {
		return err
	}
	paused := time.Since(start)
	d.ends = d.ends.Add(paused)
	d.timeout.Reset(time.Until(d.ends))
	d.pace.start = d.pace.start.Add(paused)
	d.good = d.good.Add(paused)
	if !d.stale {
		d.accepted = d.accepted.Add(paused)
	}
	for _, requests := range [][]request{d.queue, d.later} {
		for i := range requests {
			r := &requests[i]
			r.failing = r.failing.Add(paused)
			if r.nextToken != "" && r.accountID != "" {
				d.accounts[r.accountID].Roles = nil
			}
			r.nextToken, r.page = "", 0
		}
	}
	d.portal, d.ended, d.renewed = portal, nil, time.Now()
	return nil
}

// drain waits for the requests in flight, whose context has ended.
func (d *discovery) drain() {
	for ; d.inFlight > 0; d.inFlight-- {
		<-d.answers
	}
}

// ask makes one request.
func ask(ctx context.Context, portal *identitycenter.Portal, r request, s sent) answer {
	a := answer{request: r, sent: s}
	if r.accountID == "" {
		page, err := portal.Accounts(ctx, r.nextToken)
		a.accounts, a.following, a.err = page.Items, page.NextToken, err
	} else {
		page, err := portal.Roles(ctx, r.accountID, r.nextToken)
		a.roles, a.following, a.err = page.Items, page.NextToken, err
	}
	return a
}

// subject says what a request asks for.
func (r request) subject() string {
	if r.accountID == "" {
		return "list accounts"
	}
	return "list roles of account " + r.accountID
}
