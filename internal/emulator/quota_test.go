package emulator_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"aws-sso-config-generator/internal/emulator"
)

// crowd sends portal requests one after another, without a pause.
type crowd struct {
	*wire
	accessToken string
}

func newCrowd(t *testing.T, e *emulator.Emulator) crowd {
	w := dial(t, e)
	return crowd{w, w.accessToken()}
}

// accepted sends requests and returns how many of them were not throttled.
func (c crowd) accepted(requests int) (n int) {
	c.t.Helper()
	for range requests {
		if a := c.portal("/assignment/accounts", c.accessToken); a.status == 200 {
			n++
		} else {
			c.refused(a, 429, "TooManyRequestsException", "")
		}
	}
	return n
}

func (c crowd) accepts(requests, want int) {
	c.t.Helper()
	if got := c.accepted(requests); got != want {
		c.t.Errorf("accepted %d of %d, want %d", got, requests, want)
	}
}

// The bucket gives its burst, then its rate, to the request; refusals cost nothing.
func TestQuota(t *testing.T) {
	for _, c := range []struct {
		rate  float64
		burst int
		first int // accepted in the first instant
		after int // accepted in the 10 s that follow
	}{
		{20, 20, 20, 200},
		{5, 100, 100, 50},
		{4, 0, 1, 40},
		{0, 0, 150, 1000},
	} {
		t.Run(fmt.Sprintf("%v per second, burst %d", c.rate, c.burst), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := emulator.New(emulator.Config{AutoApprove: true, Rate: c.rate, Burst: c.burst})
				crowd := newCrowd(t, e)
				first, after := crowd.accepted(150), 0
				for range 1000 {
					time.Sleep(10 * time.Millisecond)
					after += crowd.accepted(1)
				}
				if first != c.first || after != c.after {
					t.Errorf("accepted %d, then %d; want %d and %d", first, after, c.first, c.after)
				}
				if got, want := e.Stats().Throttled, 1150-first-after; got != want {
					t.Errorf("throttled %d, want %d", got, want)
				}
			})
		})
	}
}

// A penalty begins with the first refusal. What is refused in it does not
// lengthen it, and the bucket fills meanwhile.
func TestPenalty(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(t, emulator.New(emulator.Config{AutoApprove: true, Rate: 10, Burst: 3, Penalty: 5 * time.Second}))
		for range 3 {
			c.accepts(4, 3)
			for range 4 {
				time.Sleep(time.Second)
				c.accepts(2, 0)
			}
			time.Sleep(time.Second - 1)
			c.accepts(1, 0)
			time.Sleep(time.Nanosecond)
		}
		c.accepts(3, 3)
	})
}

// Refused requests cost a token each, but no more than one below empty.
func TestRefusedCosts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(t, emulator.New(emulator.Config{AutoApprove: true, Rate: 10, Burst: 2, RefusedCosts: true}))
		c.accepts(500, 2)
		time.Sleep(200 * time.Millisecond) // from -1 to 1
		c.accepts(1, 1)
		c.accepts(500, 0)
		time.Sleep(199 * time.Millisecond) // to 0.99, which the refusal makes -0.01
		c.accepts(1, 0)
		time.Sleep(101 * time.Millisecond)
		c.accepts(1, 1)
		for range 100 { // faster than the rate for good
			time.Sleep(90 * time.Millisecond)
			c.accepts(1, 0)
		}
	})
}

// Limit keeps the tokens that are left, up to the new burst.
func TestLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Config{AutoApprove: true, Rate: 20, Burst: 20})
		c := newCrowd(t, e)
		c.accepts(15, 15)
		e.Limit(5, 10)
		c.accepts(10, 5)
		after := 0
		for range 1000 {
			time.Sleep(10 * time.Millisecond)
			after += c.accepted(1)
		}
		if after != 50 {
			t.Errorf("accepted %d in 10 s at 5/s", after)
		}
		time.Sleep(time.Minute) // 10 tokens
		e.Limit(5, 4)
		c.accepts(10, 4)
		time.Sleep(time.Minute) // 4
		e.Limit(5, 40)
		c.accepts(10, 4)
		e.Limit(0, 0)
		c.accepts(100, 100)
		e.Limit(1, 3)
		c.accepts(10, 3)
	})
}

// Retry-After says when to come again, and who comes before is counted.
func TestRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Config{
			AutoApprove: true, Rate: 100, Burst: 1,
			Latency: 50 * time.Millisecond, RefusalLatency: 5 * time.Millisecond, RetryAfter: 1500 * time.Millisecond,
		})
		c := newCrowd(t, e)
		other := crowd{c.wire, c.wire.accessToken()}
		hasty := func(want int) {
			t.Helper()
			if got := e.Stats().Hasty; got != want {
				t.Errorf("%d hasty requests, want %d", got, want)
			}
		}
		var first sync.WaitGroup
		first.Go(func() { c.accepts(1, 1) })
		synctest.Wait()
		start := time.Now()
		a := c.portal("/assignment/accounts", c.accessToken)
		c.refused(a, 429, "TooManyRequestsException", "")
		if got := time.Since(start); got != 5*time.Millisecond || a.header.Get("Retry-After") != "2" {
			t.Errorf("refused after %v with Retry-After %q", got, a.header.Get("Retry-After"))
		}
		first.Wait()
		hasty(0)
		other.accepts(1, 1) // nobody told this one to wait
		hasty(0)
		time.Sleep(time.Until(start.Add(2005*time.Millisecond - 1)))
		c.accepts(1, 1)
		hasty(1)
		c.accepts(1, 1)
		hasty(1)
		if a := c.portal("/assignment/accounts", c.accessToken); a.status != 200 || a.header.Get("Retry-After") != "" {
			t.Errorf("%+v", a)
		}
	})
}

// Without an option of its own a refusal has no Retry-After and takes as long as an answer.
func TestPlainRefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Config{AutoApprove: true, Rate: 0.1, Latency: 50 * time.Millisecond})
		c := newCrowd(t, e)
		c.accepts(1, 1)
		start := time.Now()
		a := c.portal("/assignment/accounts", c.accessToken)
		if got := time.Since(start); a.status != 429 || got != 50*time.Millisecond || len(a.header.Values("Retry-After")) > 0 || e.Stats().Hasty != 0 {
			t.Errorf("after %v: %+v", got, a)
		}
	})
}

// Delays follow from the seed and from what is asked, whichever request of one
// instant is served first; so even who is throttled repeats.
func TestSeed(t *testing.T) {
	organization := emulator.Organize(1, 200, 1)
	run := func(seed uint64) (took []time.Duration) {
		synctest.Test(t, func(t *testing.T) {
			e := emulator.New(emulator.Config{
				AutoApprove: true, Organization: organization, Seed: seed, Rate: 1000, Burst: 50,
				Latency: 50 * time.Millisecond, Jitter: 20 * time.Millisecond,
				Approach: 10 * time.Millisecond, RefusalLatency: time.Second,
			})
			c := newCrowd(t, e)
			took = make([]time.Duration, 2*len(organization.Accounts))
			var requests sync.WaitGroup
			for i, account := range organization.Accounts {
				requests.Go(func() {
					for round := range 2 {
						start := time.Now()
						request := c.portalRequest("GET", fmt.Sprint("/assignment/roles?account_id=", account.ID), c.accessToken)
						if _, err := c.try(request); err != nil {
							t.Error(err)
						}
						took[2*i+round] = time.Since(start)
					}
				})
			}
			requests.Wait()
			throttled := 0
			for _, d := range took {
				switch {
				case d >= time.Second && d < 1010*time.Millisecond:
					throttled++
				case d < 50*time.Millisecond || d >= 80*time.Millisecond:
					t.Errorf("a request took %v", d)
				}
			}
			if got := e.Stats().Throttled; got != throttled || got == 0 {
				t.Errorf("%d throttled, %d as the delays tell", got, throttled)
			}
		})
		return took
	}
	first := run(7)
	if diff := cmp.Diff(first, run(7)); diff != "" {
		t.Error(diff)
	}
	if slices.Equal(first, run(8)) {
		t.Error("another seed gives the same delays")
	}
}

// The quota decides at the end of the approach: who goes away on it costs
// nothing. The OIDC service has none.
func TestApproach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		e := emulator.New(emulator.Config{AutoApprove: true, Approach: time.Second, Rate: 0.001, Burst: 500})
		c := newCrowd(t, e)
		if got := time.Since(start); got != 0 {
			t.Errorf("the sign-in took %v", got)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 1)
		defer cancel()
		if _, err := c.try(c.portalRequest("GET", "/assignment/accounts", c.accessToken).WithContext(ctx)); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		start = time.Now()
		var most time.Duration
		for range 500 {
			start := time.Now()
			c.accepts(1, 1)
			most = max(most, time.Since(start))
		}
		if mean := time.Since(start) / 500; most < 980*time.Millisecond || most > time.Second || mean < 450*time.Millisecond || mean > 550*time.Millisecond {
			t.Errorf("approaches of %v on average, at most %v", mean, most)
		}
		c.accepts(1, 0)
		if got := e.Stats().Requests["ListAccounts"]; got != 502 {
			t.Errorf("%d requests", got)
		}
	})
}
