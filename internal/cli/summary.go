package cli

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/inventory"
)

// summarize says what the run did to the file and how to go on.
func (a *app) summarize(o generateOptions, result awsconfig.Result, t target) {
	if n := len(result.LeftOut); n > 0 {
		a.warn("left out %s, because the file has profiles of that name outside of our block, and those are yours: %s",
			count(n, "profile"), shortList(result.LeftOut))
	}
	if n := len(result.InOtherBlock); n > 0 {
		a.warn("left out %s, because another session has profiles of that name: %s", count(n, "profile"), shortList(result.InOtherBlock))
		a.hint("tell them apart with --profile-name '{{ .Session }}-{{ .AccountName }}-{{ .RoleName }}'")
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
	if written := slices.Concat(result.Added, result.Changed, result.Unchanged); len(written) > 0 && o.out == "" && !a.isDemo {
		a.say("Next: aws sso login --profile %[1]s, then aws sts get-caller-identity --profile %[1]s", written[0])
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

func (a *app) newProgress(shown bool) *progress {
	p := &progress{app: a, stop: make(chan struct{}), stopped: make(chan struct{})}
	p.latest.Store(&inventory.Progress{})
	if shown {
		go p.draw()
	} else {
		close(p.stopped)
	}
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
	drawn := false
	if file != nil {
		interval = redraw
		defer func() {
			if drawn {
				_, _ = fmt.Fprint(file, "\r\x1b[K")
			}
		}()
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
				drawn = true
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
