package inventory

import "time"

const (
	firstWindow = 5.0 // requests in flight at the start
	windowStep  = 0.5 // more with every answer
	maxWindow   = 64.0

	firstSpacing   = 4 * time.Millisecond   // between sends, until a latency is known
	firstInterval  = 120 * time.Millisecond // between sends, after the first throttle
	maxInterval    = 5 * time.Second
	intervalGrowth = 1.5  // at a throttle
	intervalShrink = 0.98 // at an answer
)

// pace decides when the next request may be sent. Until the service throttles, a
// window of requests in flight decides, with its sends spaced over the latency;
// from then on an interval between sends, longer at every throttle and a little
// shorter with every answer.
type pace struct {
	window   float64
	latency  time.Duration // smoothed
	interval time.Duration // 0: not throttled yet
	next     time.Time     // no send before
	learned  time.Time     // when the last throttle arrived
}

func newPace() pace { return pace{window: firstWindow} }

// wait is how long to wait before the next send; idle while only an answer can
// make room.
func (p *pace) wait(now time.Time, inFlight int) time.Duration {
	if float64(inFlight) >= maxWindow || p.interval == 0 && float64(inFlight) >= p.window {
		return idle
	}
	return p.next.Sub(now)
}

// sent takes note of a send.
func (p *pace) sent(now time.Time) {
	spacing := p.interval
	if spacing == 0 {
		spacing = firstSpacing
		if p.latency > 0 {
			spacing = time.Duration(float64(p.latency) / p.window)
		}
	}
	p.next = now.Add(spacing)
}

// accepted takes note of an answer to a request sent at sent.
func (p *pace) accepted(now, sent time.Time) {
	latency := now.Sub(sent)
	if p.latency == 0 {
		p.latency = latency
	}
	p.latency += (latency - p.latency) / 8
	if p.interval == 0 {
		p.window = min(p.window+windowStep, maxWindow)
	} else if sent.After(p.learned) {
		p.interval = max(time.Duration(float64(p.interval)*intervalShrink), time.Millisecond)
	}
}

// throttled takes note of a 429 to a request sent at sent. Of the many that one
// overload brings, the first counts.
func (p *pace) throttled(now, sent time.Time, retryAfter time.Duration) {
	if p.interval == 0 {
		p.interval = firstInterval
	} else if sent.After(p.learned) {
		p.interval = min(time.Duration(float64(p.interval)*intervalGrowth), maxInterval)
	}
	p.learned = now
	if next := now.Add(max(p.interval, retryAfter)); next.After(p.next) {
		p.next = next
	}
}
