package cli

import (
	"fmt"
	"math"
	"strings"
	"sync/atomic"
	"time"

	"aws-sso-config-generator/internal/inventory"
	"aws-sso-config-generator/internal/terminal"
)

const (
	redraw   = 100 * time.Millisecond // of the line on a terminal
	plainly  = 5 * time.Second        // between lines elsewhere
	longWait = time.Second            // before which nobody needs progress
	recently = 10 * time.Second       // over which the rate is measured
)

// progress shows how far a discovery is: one line that changes on a terminal, a
// line now and then elsewhere. A goroutine of its own draws it, so that it goes
// on while the service makes us wait.
type progress struct {
	terminal *terminal.Terminal
	shown    bool
	latest   atomic.Pointer[inventory.Progress]
	stop     chan struct{}
	stopped  chan struct{}
}

func (a *app) newProgress(shown bool) *progress {
	p := &progress{terminal: a.Terminal, shown: shown}
	p.latest.Store(&inventory.Progress{})
	return p
}

// discovery takes the newest state; it never waits.
func (p *progress) discovery(state inventory.Progress) { p.latest.Store(&state) }

// state is the newest one.
func (p *progress) state() inventory.Progress { return *p.latest.Load() }

// begin begins to draw.
func (p *progress) begin() {
	p.stop, p.stopped = make(chan struct{}), make(chan struct{})
	if p.shown {
		go p.draw()
	} else {
		close(p.stopped)
	}
}

// end ends the drawing and leaves a clean line.
func (p *progress) end() {
	close(p.stop)
	<-p.stopped
}

func (p *progress) draw() {
	defer close(p.stopped)
	draws := p.terminal.Draws()
	interval := plainly
	if draws {
		interval = redraw
		defer p.terminal.Change("")
	}
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	start := time.Now()
	var speed speed
	for {
		select {
		case <-p.stop:
			return
		case now := <-ticker.C:
			state := p.state()
			rate := speed.measure(now, state)
			switch {
			case !draws:
				p.terminal.Say("%s", progressText(state, rate, math.MaxInt))
			case now.Sub(start) >= longWait:
				p.terminal.Change(progressText(state, rate, p.terminal.Columns()-1))
			}
		}
	}
}

// speed measures how many accounts a second are done.
type speed struct{ samples []sample }

type sample struct {
	at    time.Time
	asked int
}

// measure takes a sample and returns the rate of the last seconds, 0 while it is
// not known.
func (s *speed) measure(now time.Time, p inventory.Progress) float64 {
	s.samples = append(s.samples, sample{now, p.Done + p.Failed - p.Resumed})
	for now.Sub(s.samples[0].at) > recently {
		s.samples = s.samples[1:]
	}
	first, last := s.samples[0], s.samples[len(s.samples)-1]
	if seconds := last.at.Sub(first.at).Seconds(); seconds >= longWait.Seconds() {
		return float64(last.asked-first.asked) / seconds
	}
	return 0
}

// progressText is one line in ASCII, so that a byte is a column. What does not
// fit is left out, the least important first.
func progressText(p inventory.Progress, rate float64, width int) string {
	more := "+"
	if p.Listed {
		more = ""
	}
	parts := []string{fmt.Sprintf("Finding roles: %d of %d%s accounts", p.Done+p.Failed, p.Accounts, more)}
	if left := p.Accounts - p.Done - p.Failed; p.Listed && rate > 0 && left > 0 {
		parts = append(parts, time.Duration(math.Ceil(float64(left)/rate)*float64(time.Second)).String()+" left")
	}
	parts = append(parts, fmt.Sprintf("%d roles", p.Roles))
	if rate > 0 {
		parts = append(parts, fmt.Sprintf("%.1f accounts/s", rate))
	}
	if p.Failed > 0 {
		parts = append(parts, fmt.Sprintf("%d unreadable", p.Failed))
	}
	if p.Throttled > 0 {
		parts = append(parts, fmt.Sprintf("throttled %d times", p.Throttled))
	}
	for len(parts) > 1 && len(strings.Join(parts, ", ")) > width {
		parts = parts[:len(parts)-1]
	}
	text := strings.Join(parts, ", ")
	return text[:max(0, min(len(text), width))]
}
