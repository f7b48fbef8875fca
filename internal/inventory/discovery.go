package inventory

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"aws-sso-config-generator/internal/identitycenter"
)

const (
	faultTime   = 2 * time.Minute        // of 5xx, broken connections and cut answers to one request, before it is given up
	backoffBase = 250 * time.Millisecond // full jitter: up to this, doubled at each attempt
	backoffMax  = 10 * time.Second
	maxPages    = 10_000 // of one list
)

// A request asks for one page: of the accounts, or of the roles of one account.
type request struct {
	accountID string // "": the accounts
	nextToken string
	page      int       // how many pages of the list came before
	attempts  int       // that ended in a transient fault
	failing   time.Time // since when
	notBefore time.Time // of the next attempt
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

	queue    []request
	inFlight int
	answers  chan answer

	accounts map[string]*Account
	progress Progress
	refusal  error // the last answer that was no page
}

// run sends and receives until nothing is left to ask.
func (d *discovery) run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for len(d.queue) > 0 || d.inFlight > 0 {
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
	return nil
}

// idle is longer than any wait: only an answer can change anything.
const idle = time.Hour

// send sends what may be sent now and returns how long to wait before more may.
func (d *discovery) send(ctx context.Context) time.Duration {
	for {
		if len(d.queue) == 0 {
			return idle
		}
		now := time.Now()
		if wait := d.pace.wait(now, d.inFlight); wait > 0 {
			return wait
		}
		i := slices.IndexFunc(d.queue, func(r request) bool { return !r.notBefore.After(now) })
		if i < 0 {
			first := slices.MinFunc(d.queue, func(a, b request) int { return a.notBefore.Compare(b.notBefore) })
			return first.notBefore.Sub(now)
		}
		r := d.queue[i]
		d.queue = slices.Delete(d.queue, i, i+1)
		s := d.pace.send(now)
		d.inFlight++
		go func() { d.answers <- d.ask(ctx, r, s) }()
	}
}

// drain waits for the requests in flight, whose context has ended.
func (d *discovery) drain() {
	for ; d.inFlight > 0; d.inFlight-- {
		<-d.answers
	}
}

// ask makes one request.
func (d *discovery) ask(ctx context.Context, r request, s sent) answer {
	a := answer{request: r, sent: s}
	if r.accountID == "" {
		page, err := d.portal.Accounts(ctx, r.nextToken)
		a.accounts, a.following, a.err = page.Items, page.NextToken, err
	} else {
		page, err := d.portal.Roles(ctx, r.accountID, r.nextToken)
		a.roles, a.following, a.err = page.Items, page.NextToken, err
	}
	return a
}

// receive takes an answer in: a page is kept and its next one queued, a refusal
// is queued again or ends the run.
func (d *discovery) receive(a answer) error {
	now := time.Now()
	if a.err != nil {
		d.refusal = a.err
	}
	switch {
	case a.err == nil:
		d.pace.accepted(now, a.sent)
		if err := d.keep(a); err != nil {
			return err
		}
	case errors.Is(a.err, identitycenter.ErrThrottled):
		d.pace.refused(now, a.sent, retryAfter(a.err))
		d.progress.Throttled++
		d.queue = slices.Insert(d.queue, 0, a.request)
	case errors.Is(a.err, identitycenter.ErrTransient) && (a.attempts == 0 || now.Sub(a.failing) < faultTime):
		if a.attempts == 0 {
			a.failing = now
		}
		limit := min(backoffBase<<min(a.attempts, 10), backoffMax)
		a.attempts++
		a.notBefore = now.Add(max(rand.N(limit), retryAfter(a.err)))
		d.queue = append(d.queue, a.request)
	default:
		return fmt.Errorf("%s: %w", a.subject(), a.err)
	}
	if d.options.Progress != nil {
		d.options.Progress(d.progress)
	}
	return nil
}

// keep takes a page into the inventory.
func (d *discovery) keep(a answer) error {
	if a.following != "" {
		if a.following == a.nextToken || a.page == maxPages {
			return fmt.Errorf("%s: the list has no end", a.subject())
		}
		// First in the queue: each page of accounts needs the token of the last.
		d.queue = slices.Insert(d.queue, 0, request{accountID: a.accountID, nextToken: a.following, page: a.page + 1})
	}
	for _, account := range a.accounts {
		if d.accounts[account.ID] == nil {
			d.accounts[account.ID] = &Account{Account: account}
			d.progress.Accounts++
			d.queue = append(d.queue, request{accountID: account.ID})
		}
	}
	if a.accountID != "" {
		account := d.accounts[a.accountID]
		account.Roles = append(account.Roles, a.roles...)
		d.progress.Roles += len(a.roles)
		if a.following == "" {
			d.progress.Done++
		}
	}
	return nil
}

// subject says what a request asks for.
func (r request) subject() string {
	if r.accountID == "" {
		return "list accounts"
	}
	return "list roles of account " + r.accountID
}

// retryAfter is how long the service asked us to wait.
func retryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*identitycenter.Error](err); ok {
		return e.RetryAfter
	}
	return 0
}
