package cli

import (
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/inventory"
	"aws-sso-config-generator/internal/profile"
)

// summarize says what the run did to the file and how to go on.
func (a *app) summarize(plan profile.Plan, result awsconfig.Result, t target) {
	if len(plan.Unusable) > 0 {
		var names []string
		for _, role := range plan.Unusable {
			names = append(names, fmt.Sprintf("%q in account %q", role.Name, role.AccountID))
		}
		a.warn("left out %s, because no AWS tool takes such a name: %s", count(len(names), "role"), shortList(names))
	}
	if len(result.LeftOut) > 0 {
		a.warn("left out %s, because the file has profiles of that name outside of our block, and those are yours: %s",
			count(len(result.LeftOut), "profile"), shortList(result.LeftOut))
	}
	if t.path == "" {
		return
	}
	var changes []string
	for _, change := range []struct {
		names []string
		word  string
	}{{result.Added, "new"}, {result.Changed, "changed"}, {result.Removed, "removed"}, {result.Unchanged, "unchanged"}} {
		if len(change.names) > 0 {
			changes = append(changes, fmt.Sprintf("%d %s", len(change.names), change.word))
		}
	}
	if len(changes) == 0 {
		changes = []string{"none"}
	}
	a.say("Profiles in %s: %s.", t.path, strings.Join(changes, ", "))
	if len(result.Removed) > 0 {
		a.say("Removed, because the role is gone or its profile has another name now: %s", shortList(result.Removed))
	}
	if a.isDemo {
		return
	}
	for _, names := range [][]string{result.Added, result.Changed, result.Unchanged} {
		if len(names) > 0 {
			a.say("Next: aws sso login --profile %[1]s, then aws sts get-caller-identity --profile %[1]s", names[0])
			return
		}
	}
}

// shortList names the first few.
func shortList(names []string) string {
	const most = 8
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// count is a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

const (
	redraw   = 100 * time.Millisecond // of the line on a terminal
	plainly  = 5 * time.Second        // between lines elsewhere
	longWait = time.Second            // before which nobody needs progress
)

// progress shows how far a discovery is: one line that changes on a terminal, a
// line now and then elsewhere. A goroutine of its own draws it, so that it goes
// on while the service makes us wait.
type progress struct {
	app     *app
	latest  atomic.Pointer[inventory.Progress]
	stop    chan struct{}
	stopped chan struct{}
}

func (a *app) newProgress() *progress {
	p := &progress{app: a, stop: make(chan struct{}), stopped: make(chan struct{})}
	p.latest.Store(&inventory.Progress{})
	go p.draw()
	return p
}

// discovery takes the newest state; it never waits.
func (p *progress) discovery(state inventory.Progress) { p.latest.Store(&state) }

// done ends the drawing and leaves a clean line.
func (p *progress) done() {
	close(p.stop)
	<-p.stopped
}

func (p *progress) draw() {
	defer close(p.stopped)
	interval, file := plainly, p.app.screen.file
	if file != nil {
		interval = redraw
		defer func() { _, _ = fmt.Fprint(file, "\r\x1b[K") }()
	}
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for start := time.Now(); ; {
		select {
		case <-p.stop:
			return
		case now := <-ticker.C:
			text := progressText(*p.latest.Load())
			if file == nil {
				p.app.say("%s", text)
			} else if now.Sub(start) >= longWait {
				_, _ = fmt.Fprintf(file, "\r%s\x1b[K", text[:min(len(text), max(0, p.app.screen.width()-4))])
			}
		}
	}
}

// progressText is one line in ASCII, so that a byte is a column.
func progressText(p inventory.Progress) string {
	text := fmt.Sprintf("Finding roles: %d of %s done, %s", p.Done, count(p.Accounts, "account"), count(p.Roles, "role"))
	if p.Throttled > 0 {
		text += fmt.Sprintf(", %d times asked to slow down", p.Throttled)
	}
	return text
}
