package inventory

import (
	"math"
	"time"
)

// The pace keeps just under a limit that nobody tells us, and that may change.
//
// Until the first throttle a window of requests in flight decides, with its sends
// spaced over the latency, so that an overload is a few requests and not a window.
//
// From then on the throttles measure the limit. A throttle says that the service's
// token bucket is empty at the time of its send. Between two of them, at t1 and t2
// with k requests accepted in between, the bucket was filled with as many tokens
// as were taken: rate = k/(t2-t1), whatever its size. Between throttles the pace
// stays a little below that rate, then at it, then rises until the next throttle,
// counted in requests, so that the share of throttles does not depend on the rate.
//
// Many throttles in a row with nothing accepted are an outage, as services that
// punish an overload have: it is waited out, and probing becomes rarer.
const (
	startWindow  = 6.0  // requests in flight
	windowStep   = 0.75 // more with every answer
	maxInFlight  = 64
	startSpacing = 0.004 // seconds between sends, until a latency is known

	firstWait   = 0.12 // seconds after the first throttle, and the first guess of 1/rate
	searchStep  = 1.3  // faster with every request while no rate is known
	restartStep = 1.02 // the same after an outage
	maxSearch   = 64.0
	maxProbe    = 1.1 // times the rate, at first; one percent more with every request

	fewest, most = 4.0, 96.0 // requests from a throttle to the known rate
	surest       = 16        // accepted requests that make a rate one to come back to
	fell         = 0.7       // of the measured rate: what was accepted says that it is lower now
	floor        = 0.93      // of the pace: how far below it a rate may be read, after a long time without throttles
	outage       = 3         // throttles in a row
	patience     = 1.35      // times the outage so far, to the next probe
	rarer        = 4         // times more requests between probes, for every outage
	keptMarks    = 4
	catchUp      = 0.02 // seconds that a late send may be made up for
)

// A sent is one request as the pace knows it.
type sent struct {
	index int     // requests sent before it
	at    float64 // seconds since the first
}

// A mark is a throttle: when its request was sent, and how many requests had been
// accepted by then.
type mark struct {
	at       float64
	accepted int
}

// pace decides when the next request may be sent. Its times are seconds since the
// first request.
type pace struct {
	start     time.Time
	requests  int // sent
	throttles int
	next      float64 // no send before
	notBefore float64 // Retry-After

	// Before the first throttle.
	window, latency, last float64

	// After it.
	throttled bool
	searching bool    // no rate is known: the pace grows until a throttle
	rate      float64 // requests a second
	measured  float64 // the same as the marks say
	reach     float64 // requests from a throttle to the rate
	dip       float64 // how far below the rate they begin, as a part of it
	marks     []mark  // the oldest is where the rate is measured from
	learned   float64 // when the latest throttle that counts arrived

	// Outages.
	first     mark    // the first throttle: requests accepted, the start burst among them
	row       int     // throttles since a request was accepted
	proven    float64 // the rate to come back to, 0 if there is none
	penalty   float64 // how long an outage lasts, 0 if there was none
	outages   int
	returning bool // nothing was throttled since the outage
	before    mark // the newest mark before it
}

func newPace() pace { return pace{window: startWindow} }

func (p *pace) seconds(t time.Time) float64 { return t.Sub(p.start).Seconds() }
func (p *pace) newest() mark                { return p.marks[len(p.marks)-1] }

// wait is how long to wait before the next send; idle while only an answer can
// make room.
func (p *pace) wait(now time.Time, inFlight int) time.Duration {
	at := p.next
	switch {
	case p.requests == 0:
		return 0
	case inFlight >= maxInFlight:
		return idle
	case p.throttled:
	case float64(inFlight) >= p.window:
		return idle
	case p.latency == 0:
		at = p.last + startSpacing
	default:
		at = p.last + p.latency/p.window
	}
	return time.Duration(math.Ceil((max(at, p.notBefore) - p.seconds(now)) * float64(time.Second)))
}

// gain is the pace in parts of the rate, n accepted requests after the newest
// mark.
func (p *pace) gain(n int) float64 {
	if p.searching {
		step := searchStep
		if p.returning {
			step = restartStep
		}
		return min(math.Pow(step, float64(n)), maxSearch)
	}
	x := float64(n)/(p.reach*float64(1+rarer*p.outages)) - 1
	return min(1+p.dip*x*x*x, maxProbe+float64(n)/100)
}

// send takes note of a send.
func (p *pace) send(t time.Time) sent {
	if p.requests == 0 {
		p.start = t
	}
	s := sent{p.requests, p.seconds(t)}
	p.last = s.at
	if p.throttled {
		n := p.requests - p.throttles - p.newest().accepted
		p.next = max(p.next, s.at-catchUp) + 1/(p.rate*p.gain(n))
	}
	p.requests++
	return s
}

// accepted takes note of an answer.
func (p *pace) accepted(t time.Time, s sent) {
	now := p.seconds(t)
	if !p.throttled {
		latency := now - s.at
		if p.latency == 0 {
			p.latency = latency
		}
		p.latency += (latency - p.latency) / 8
		p.window = min(maxInFlight, p.window+windowStep)
		return
	}
	if s.at < p.learned {
		return
	}
	if p.row >= outage {
		p.comeBack(now, s)
	}
	p.row = 0
}

// comeBack begins again after an outage, at the proven rate or, carefully, at what
// the start burst gave.
func (p *pace) comeBack(now float64, s sent) {
	p.before = p.newest()
	p.penalty = s.at - p.before.at
	p.outages++
	p.returning = true
	p.searching = p.proven == 0
	p.rate = p.proven
	if p.searching {
		p.rate = float64(p.first.accepted)
	}
	p.setProbe(most)
	p.marks = []mark{{s.at, s.index - p.throttles}}
	p.next = now
}

// setProbe says how widely to probe after k accepted requests: as widely as the
// rate they measured is uncertain.
func (p *pace) setProbe(k float64) {
	p.reach = min(max(k, fewest), most)
	p.dip = min(max(.5/(k+.5), .03), .15)
}

// refused takes note of a throttle, and of how long the service asks us to wait.
// Of the many that one overload brings, the first counts.
func (p *pace) refused(t time.Time, s sent, retryAfter time.Duration) {
	now := p.seconds(t)
	m := mark{s.at, s.index - p.throttles}
	p.throttles++
	p.notBefore = max(p.notBefore, now+retryAfter.Seconds())
	switch {
	case !p.throttled:
		p.throttled, p.searching = true, true
		p.first = mark{m.at, max(m.accepted, 1)}
		p.marks = []mark{m}
		p.rate = 1 / firstWait
		p.setProbe(fewest)
		p.next = s.at + firstWait
	case s.at < p.learned:
		return
	default:
		p.measure(m)
		p.retreat(now, s, m)
	}
	p.learned = now
}

// measure reads the rate off the marks and the new throttle m.
func (p *pace) measure(m mark) {
	last := p.newest()
	n := max(0, m.accepted-last.accepted)
	probed := p.rate * p.gain(n)
	full := p.returning && n >= int(fewest) // the bucket had filled up during the outage
	switch {
	case p.returning && !full: // no outage, then: the rate had fallen
		p.proven, p.penalty = 0, 0
		p.outages--
		p.marks = []mark{p.before}
	case !p.returning && float64(n+1+p.row)/(m.at-last.at) < fell*p.measured:
		p.marks = []mark{last}
	}
	p.returning = false

	k, dt := float64(max(0, m.accepted-p.marks[0].accepted)), m.at-p.marks[0].at
	p.rate = max(k, .5) / dt
	if full {
		k = max(0, k-float64(p.first.accepted))
		p.rate = max(k/max(dt-p.first.at, .01), p.rate/4)
	}
	p.measured = p.rate
	if !full && !p.searching && n >= surest {
		p.rate = max(p.rate, floor*probed) // a small bucket overflows: k is less than what there was
	}
	if k >= surest || full {
		p.proven = p.rate
	}
	p.searching = k < 1
	p.setProbe(k)
	if n == 0 {
		p.row++
		return
	}
	p.row = 0
	if full {
		p.marks = nil
	}
	p.marks = append(p.marks, m)
	for len(p.marks) > keptMarks && m.accepted-p.marks[1].accepted >= surest {
		p.marks = p.marks[1:]
	}
}

// retreat sets the next send after a throttle: first what is in flight is paid
// back, then half a slot is waited, and more when the throttles go on.
func (p *pace) retreat(now float64, s sent, m mark) {
	slots := float64(p.requests-1-s.index) + .5
	if m.accepted-p.marks[0].accepted >= surest {
		slots += float64(p.row) // the rate is known: the service must be asking for more
	}
	p.next = max(now, s.at+slots/p.rate)
	newest := p.newest().at
	switch {
	case p.penalty > 0 && p.row >= outage-1 && newest+p.penalty > now:
		p.next = newest + p.penalty
		p.row = max(p.row, outage)
	case p.row >= outage:
		p.next = newest + patience*(s.at-newest)
	}
}
