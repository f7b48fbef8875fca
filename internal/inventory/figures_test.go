package inventory_test

import (
	"context"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"aws-sso-config-generator/internal/emulator"
	"aws-sso-config-generator/internal/identitycenter"
	"aws-sso-config-generator/internal/inventory"
)

// How many times a figure is measured, each with delays of its own, and how many
// limits are drawn at random.
var seeds, limits = 20, 200

// A figure is a row of docs/performance.md: a limit that the client does not know,
// and how near to the ideal a discovery must come.
type figure struct {
	name      string
	config    emulator.Config
	accounts  int
	ideal     time.Duration
	time      float64 // at most, times the ideal
	throttled float64 // at most, percent of the answers
	beside    func(context.Context, *emulator.Emulator, *testing.T)
}

var twenty = ideal(20, 20, 1000)

var figures = []figure{
	{"5 a second, burst 5", limit(5, 5), 300, ideal(5, 5, 300), 1.05, 3, nil},
	{"10 a second, burst 10", limit(10, 10), 1000, ideal(10, 10, 1000), 1.02, 2, nil},
	{"20 a second, burst 20", limit(20, 20), 1000, twenty, 1.02, 2, nil},
	{"50 a second, burst 50", limit(50, 50), 1000, ideal(50, 50, 1000), 1.05, 3, nil},
	{"8 a second, burst 40", limit(8, 40), 1000, ideal(8, 40, 1000), 1.05, 2.5, nil},
	{"20 a second, burst 1", limit(20, 1), 1000, ideal(20, 1, 1000), 1.35, 2, nil},
	{"20 a second, then 5", limit(20, 20), 1000, ideal(20, 20, 500) + 505*time.Second/5, 1.05, 3.5, slowDown},
	{"20 a second, 5 s penalty", with(limit(20, 20), func(c *emulator.Config) { c.Penalty = 5 * time.Second }), 1000, twenty, 1.35, 2.5, nil},
	{"20 a second, refusals cost", with(limit(20, 20), func(c *emulator.Config) { c.RefusedCosts = true }), 1000, twenty, 1.25, 5, nil},
	{"20 a second, Retry-After", with(limit(20, 20), func(c *emulator.Config) { c.RetryAfter = time.Second }), 1000, twenty, 1.15, 3, nil},
	{"20 a second, another client takes some", limit(20, 20), 1000, ideal(10, 20, 1000), 1.05, 3, another},
	{"no limit, 50 accounts", emulator.Config{Latency: 30 * time.Millisecond}, 50, 300 * time.Millisecond, 1, 0, nil},
	{"no limit", emulator.Config{Latency: 50 * time.Millisecond}, 1000, 1600 * time.Millisecond, 1, 0, nil},
}

// measured is what came out of one discovery.
type measured struct {
	time, throttled float64
	lost, hasty     int
}

func (m measured) worse(n measured) measured {
	return measured{max(m.time, n.time), max(m.throttled, n.throttled), max(m.lost, n.lost), max(m.hasty, n.hasty)}
}

// A finder finds all roles and counts them.
type finder func(context.Context, *testing.T, identitycenter.Options, identitycenter.Token) int

func ours(ctx context.Context, t *testing.T, o identitycenter.Options, token identitycenter.Token) int {
	p, err := identitycenter.NewPortal(o, token)
	if err != nil {
		t.Fatal(err)
	}
	found, err := inventory.Discover(ctx, p, inventory.Options{Timeout: 24 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	return found.Roles()
}

// A counter counts the answers that one client gets.
type counter struct {
	http.RoundTripper
	answers, throttled atomic.Int64
}

func (c *counter) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := c.RoundTripper.RoundTrip(r)
	c.answers.Add(1)
	if err == nil && response.StatusCode == http.StatusTooManyRequests {
		c.throttled.Add(1)
	}
	return response, err
}

// run lets somebody find everything in virtual time, with 4 roles in each account,
// 0–20 ms of jitter, 0–10 ms before the service decides, and refusals after 10 ms.
func (f figure) run(t *testing.T, seed uint64, find finder) (m measured) {
	t.Helper()
	c := f.config
	c.Seed, c.AutoApprove, c.Organization = seed, true, emulator.Organize(1, f.accounts, 4)
	c.Jitter, c.Approach, c.RefusalLatency = 20*time.Millisecond, 10*time.Millisecond, 10*time.Millisecond
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(c)
		counted := &counter{RoundTripper: e.Transport()}
		token := signIn(t, identitycenter.Options{Region: emulator.DefaultRegion, Transport: e.Transport()})
		ctx, cancel := context.WithCancel(t.Context())
		var beside sync.WaitGroup
		if f.beside != nil {
			beside.Go(func() { f.beside(ctx, e, t) })
		}
		start := time.Now()
		roles := find(ctx, t, identitycenter.Options{Region: emulator.DefaultRegion, Transport: counted}, token)
		took := time.Since(start)
		cancel()
		beside.Wait()
		m.time = took.Seconds() / f.ideal.Seconds()
		m.throttled = 100 * float64(counted.throttled.Load()) / float64(counted.answers.Load())
		m.lost, m.hasty = 4*f.accounts-roles, e.Stats().Hasty
	})
	return m
}

// requests is how many answers a discovery needs.
func requests(accounts int) int { return accounts + (accounts+99)/100 }

// ideal is how long the service takes to accept them all.
func ideal(rate float64, burst, accounts int) time.Duration {
	return time.Duration(float64(requests(accounts)-burst) / rate * float64(time.Second))
}

func limit(rate float64, burst int) emulator.Config {
	return emulator.Config{Rate: rate, Burst: burst, Latency: 50 * time.Millisecond}
}

func with(c emulator.Config, change func(*emulator.Config)) emulator.Config {
	change(&c)
	return c
}

// slowDown takes the limit down when half of the requests have been accepted.
func slowDown(ctx context.Context, e *emulator.Emulator, _ *testing.T) {
	for ctx.Err() == nil {
		time.Sleep(10 * time.Millisecond)
		stats := e.Stats()
		if stats.Requests["ListAccounts"]+stats.Requests["ListAccountRoles"]-stats.Throttled >= 505 {
			e.Limit(5, 5)
			return
		}
	}
}

// another is another client that takes ten requests a second.
func another(ctx context.Context, e *emulator.Emulator, t *testing.T) {
	p := portal(t, e)
	var asking sync.WaitGroup
	defer asking.Wait()
	for ctx.Err() == nil {
		asking.Go(func() { _, _ = p.Accounts(ctx, "") }) // throttled or not
		time.Sleep(100 * time.Millisecond)
	}
}

func TestFigures(t *testing.T) {
	for _, f := range figures {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			var worst measured
			for seed := range uint64(seeds) {
				worst = worst.worse(f.run(t, seed+1, ours))
			}
			t.Logf("%s: %.3f of the ideal, %.2f %% throttled", f.name, worst.time, worst.throttled)
			if worst.time > f.time || worst.throttled > f.throttled || worst.lost > 0 || worst.hasty > 0 {
				t.Errorf("%+v; at most %.2f, %.1f %%", worst, f.time, f.throttled)
			}
		})
	}
}

// Limits that nothing was tuned for: 3 to 100 a second, burst 1 to twice that.
func TestFiguresOfRandomLimits(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	var times, throttled []float64
	for range limits {
		rate := 3 * math.Pow(100.0/3, random.Float64())
		burst := 1 + random.IntN(max(1, int(2*rate)))
		m := figure{config: limit(rate, burst), accounts: 1000, ideal: ideal(rate, burst, 1000)}.run(t, 1, ours)
		if m.lost > 0 {
			t.Errorf("%.1f a second, burst %d: %d roles lost", rate, burst, m.lost)
		}
		times, throttled = append(times, m.time), append(throttled, m.throttled)
	}
	slices.Sort(times)
	slices.Sort(throttled)
	at := func(sorted []float64, part float64) float64 { return sorted[int(part*float64(len(sorted)-1))] }
	t.Logf("time: median %.3f, 90 %% %.3f, most %.3f; throttled: 98 %% %.2f %%", at(times, .5), at(times, .9), at(times, 1), at(throttled, .98))
	if at(times, .5) > 1.01 || at(times, .9) > 1.10 || at(throttled, .98) > 3 {
		t.Error("at most: median 1.01, 90 % 1.10, 98 % of the runs 3 % throttled")
	}
}
