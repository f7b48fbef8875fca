package emulator

import (
	"context"
	"fmt"
	"hash/fnv"
	mathrand "math/rand/v2"
	"net/http"
	"time"
)

// arrival is a request and what was decided about it.
type arrival struct {
	operation string
	request   *http.Request
	approach  time.Duration // before the decision
	latency   time.Duration // after it
	throttled bool
	fault     *Fault
}

// arrive counts a request when it comes.
func (e *Emulator) arrive(operation string, r *http.Request) *arrival {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.stats.Requests[operation]++
	a := &arrival{operation: operation, request: r, latency: e.config.Latency}
	approach, jitter := e.chance(operation, r)
	a.latency += jitter
	if families[operation] == portal {
		a.approach = approach
		e.inFlight++
		e.stats.PeakInFlight = max(e.stats.PeakInFlight, e.inFlight)
		if time.Now().Before(e.comingBack[r.Header.Get(bearerTokenHeader)]) {
			e.stats.Hasty++
		}
	}
	return a
}

// chance draws the random delays of a request. They follow from the seed, from
// what is asked and from how often it was asked before, not from the order in
// which requests of one instant happen to be served.
func (e *Emulator) chance(operation string, r *http.Request) (approach, jitter time.Duration) {
	if e.config.Approach <= 0 && e.config.Jitter <= 0 {
		return 0, 0
	}
	query := r.URL.Query()
	question := operation + " " + query.Get("account_id") + " " + query.Get("role_name")
	hash := fnv.New64a()
	_, _ = fmt.Fprint(hash, question, " ", e.asked[question])
	e.asked[question]++
	random := mathrand.New(mathrand.NewPCG(e.config.Seed, hash.Sum64()))
	draw := func(most time.Duration) time.Duration {
		return time.Duration(random.Float64() * float64(max(most, 0)))
	}
	return draw(e.config.Approach), draw(e.config.Jitter)
}

// judge asks quota and faults about a request.
func (e *Emulator) judge(a *arrival) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if families[a.operation] == portal && !e.bucket.take(time.Now()) {
		e.stats.Throttled++
		a.throttled = true
		if e.config.RefusalLatency > 0 {
			a.latency = e.config.RefusalLatency
		}
		return
	}
	if a.fault = e.faultFor(a.operation, a.request.URL.Query().Get("account_id")); a.fault != nil {
		e.stats.Faulted++
	}
}

func (e *Emulator) leave(a *arrival) {
	if families[a.operation] == portal {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.inFlight--
	}
}

// wait ends the request without an answer if its client goes away meanwhile.
func wait(ctx context.Context, delay time.Duration) {
	if delay <= 0 {
		return
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		panic(http.ErrAbortHandler)
	}
}
