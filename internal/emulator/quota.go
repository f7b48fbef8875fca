package emulator

import (
	"math"
	"net/http"
	"strconv"
	"time"
)

// bucket is a token bucket, kept as the one instant at which it will be full
// again: integer arithmetic, so that a test can count to the request.
type bucket struct {
	refill time.Duration // of one token; 0 is no limit
	burst  int
	full   time.Time

	refusedCosts bool
	penalty      time.Duration
	closed       time.Time // the end of the last penalty
}

// limit changes rate and burst. The tokens that are there stay, up to the new
// burst; where there was no limit the bucket is full.
func (b *bucket) limit(now time.Time, rate float64, burst int) {
	missing := 0.0
	burst = max(burst, 1)
	if b.refill > 0 {
		missing = float64(max(b.full.Sub(now), 0))/float64(b.refill) + float64(burst-b.burst)
	}
	b.refill, b.burst = 0, burst
	if rate > 0 {
		b.refill = time.Duration(float64(time.Second) / rate)
	}
	b.full = now.Add(time.Duration(math.Round(missing * float64(b.refill))))
}

// take takes a token, or says that none is there.
func (b *bucket) take(now time.Time) bool {
	if b.refill == 0 {
		return true
	}
	if b.full.Before(now) {
		b.full = now
	}
	penalized := now.Before(b.closed)
	if !penalized && b.full.Sub(now) <= b.refill*time.Duration(b.burst-1) {
		b.full = b.full.Add(b.refill)
		return true
	}
	if !penalized {
		b.closed = now.Add(b.penalty)
	}
	if b.refusedCosts {
		b.full = b.full.Add(b.refill)
		if debt := now.Add(b.refill * time.Duration(b.burst+1)); b.full.After(debt) {
			b.full = debt // one token below empty
		}
	}
	return false
}

// Limit changes Rate and Burst from now on. The tokens that are left stay, up
// to the new Burst; after no limit at all the bucket is full.
func (e *Emulator) Limit(rate float64, burst int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.bucket.limit(time.Now(), rate, burst)
}

// comeBack writes when a throttled request may be sent again, and remembers it.
func (e *Emulator) comeBack(w http.ResponseWriter, r *http.Request) {
	if e.config.RetryAfter <= 0 {
		return
	}
	seconds := wholeSeconds(e.config.RetryAfter)
	w.Header().Set("Retry-After", strconv.FormatInt(seconds, 10))
	e.mu.Lock()
	defer e.mu.Unlock()
	e.comingBack[r.Header.Get(bearerTokenHeader)] = time.Now().Add(time.Duration(seconds) * time.Second)
}
