package e2e

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// A browser is a headless Chromium with a profile of its own. Nothing in it
// reaches another host than this one.
type browser struct {
	t    *testing.T
	ctx  context.Context
	host string // that a proxy on this host plays, or ""
}

func newBrowser(t *testing.T, more ...chromedp.ExecAllocatorOption) *browser {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if found, err := exec.LookPath(name); err == nil && path == "" {
			path = found
		}
	}
	if path == "" {
		lack(t, "Chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.WSURLReadTimeout(patience),
		chromedp.Flag("no-sandbox", true), // for root; every page is ours
		chromedp.Flag("disable-gpu", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
	)
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), append(options, more...)...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, ctx: ctx}
}

// A tab fails its test when its pages break their own Content Security Policy,
// ask another host for anything, or take one code to the callback twice.
type tab struct {
	t     *testing.T
	ctx   context.Context
	close context.CancelFunc
	host  string // that may be asked, too

	mu       sync.Mutex
	problems []string
	codes    []string // that it took to a callback

	moves int
}

// open opens an address in a new tab.
func (b *browser) open(address string) *tab {
	b.t.Helper()
	tb := &tab{t: b.t, host: b.host}
	tb.ctx, tb.close = chromedp.NewContext(b.ctx)
	if err := chromedp.Listen(tb.ctx, tb.watch); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() {
		tb.close()
		tb.mu.Lock()
		defer tb.mu.Unlock()
		for _, problem := range tb.problems {
			b.t.Errorf("in the browser: %s", problem)
		}
	})
	tb.do(chromedp.Navigate(address))
	return tb
}

// watch notes what no page of ours may do.
func (tb *tab) watch(event any) {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	problem := ""
	switch event := event.(type) {
	case *network.EventRequestWillBeSent:
		u, err := url.Parse(event.Request.URL)
		if err != nil || u.Hostname() != "127.0.0.1" && u.Scheme != "data" && (u.Scheme != "https" || u.Host != tb.host) {
			problem = "request of " + event.Request.URL
		} else if code := u.Query().Get("code"); slices.Contains(tb.codes, code) {
			problem = "one code twice: " + event.Request.URL
		} else if code != "" {
			tb.codes = append(tb.codes, code)
		}
	case *log.EventEntryAdded:
		if event.Entry.Source != log.EntrySourceNetwork { // some tests close the server on purpose
			problem = "log: " + event.Entry.Text
		}
	case *runtime.EventConsoleAPICalled:
		problem = fmt.Sprintf("console.%s", event.Type)
	case *runtime.EventExceptionThrown:
		problem = "exception: " + event.ExceptionDetails.Text
	}
	if problem != "" {
		tb.problems = append(tb.problems, problem)
	}
}

// within runs an action that must be done in time.
func within[T any](tb *tab, action chromedp.Action[T]) T {
	tb.t.Helper()
	ctx, cancel := context.WithTimeout(tb.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, action)
	if err != nil {
		tb.t.Fatalf("%v; the page says:\n%s", err, tb.text())
	}
	return value
}

func (tb *tab) do(action chromedp.Action[chromedp.Void]) {
	tb.t.Helper()
	within(tb, action)
}

// text is what the page says, or "".
func (tb *tab) text() string {
	text, _ := chromedp.Run(tb.ctx, chromedp.Evaluate[string]("document.body.innerText"))
	return text
}

// shows waits for a page that says something.
func (tb *tab) shows(text string) {
	tb.t.Helper()
	tb.awaits(text, func() bool { return strings.Contains(tb.text(), text) })
}

// awaits waits until something is so.
func (tb *tab) awaits(what string, so func() bool) {
	tb.t.Helper()
	tick, deadline := time.NewTicker(20*time.Millisecond), time.After(patience)
	defer tick.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-deadline:
			tb.t.Fatalf("waited for %q in vain; the page says:\n%s", what, tb.text())
		}
	}
}

// press clicks on a button that a person can see. The page does it itself: the
// driver's click looks at the page before, now and then, after a way back, and one
// of the mouse is lost on a page that is still being laid out.
func (tb *tab) press(button string) {
	tb.t.Helper()
	find := fmt.Sprintf(`[...document.querySelectorAll("button")].find(button => button.innerText.trim() === %q)`, button)
	tb.awaits(button, func() bool {
		visible, err := chromedp.Run(tb.ctx, chromedp.Evaluate[bool](`(button => {
			if (document.readyState !== "complete" || !button) return false
			button.scrollIntoView({block: "center", behavior: "instant"})
			const box = button.getBoundingClientRect()
			return document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2) === button
		})(`+find+`)`))
		return err == nil && visible
	})
	within(tb, chromedp.Evaluate[any](find+".click()", func(p *runtime.EvaluateParams) { p.UserGesture = new(true) }))
}

// steps goes forward in the history, or back, as with the browser's buttons.
func (tb *tab) steps(number int) {
	tb.t.Helper()
	history := within(tb, chromedp.NavigationEntries())
	tb.move(func(ctx context.Context, target *chromedp.Target) error {
		entry := history.Entries[int(history.CurrentIndex)+number]
		_, err := cdp.Call(ctx, target, page.NavigateToHistoryEntry, page.NavigateToHistoryEntryParams{EntryID: entry.ID})
		return err
	})
}

func (tb *tab) reload() {
	tb.t.Helper()
	tb.move(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, page.Reload, page.ReloadParams{})
		return err
	})
}

// move waits until a command has led to another page, be it one of the browser's
// own. (The driver's waiting misses the end of some ways back, and takes a page
// that nobody serves for an error.)
func (tb *tab) move(command func(context.Context, *chromedp.Target) error) {
	tb.t.Helper()
	tb.moves++
	within(tb, chromedp.Evaluate[int](fmt.Sprintf("window.before = %d", tb.moves)))
	tb.do(chromedp.Func(command))
	tb.awaits("another page", func() bool {
		there, err := chromedp.Run(tb.ctx, chromedp.Evaluate[bool](fmt.Sprintf(`window.before !== %d && document.readyState === "complete"`, tb.moves)))
		return err == nil && there
	})
}

// hidesTheCode checks that no code can be read in the address bar, or later in
// the history.
func (tb *tab) hidesTheCode() {
	tb.t.Helper()
	if search := within(tb, chromedp.Evaluate[string]("location.search")); search != "" {
		tb.t.Errorf("the address bar still has %s", search)
	}
	for _, entry := range within(tb, chromedp.NavigationEntries()).Entries {
		if strings.Contains(entry.URL, "code=") {
			tb.t.Errorf("the history has %s", entry.URL)
		}
	}
}

// picture takes screenshots for a person to look at, if one asked for them.
func (tb *tab) picture(name string) {
	tb.t.Helper()
	dir := os.Getenv("E2E_SCREENSHOTS")
	if dir == "" {
		return
	}
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int64{1280, 360} {
			tb.do(chromedp.EmulateViewport(width, 800))
			tb.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
				_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
					Features: []*emulation.MediaFeature{
						{Name: "prefers-color-scheme", Value: scheme},
						{Name: "prefers-reduced-motion", Value: "reduce"}, // a picture of the end, not of the way there
					},
				})
				return err
			}))
			png := within(tb, chromedp.CaptureScreenshot())
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%s-%d.png", name, scheme, width)), png, 0o600); err != nil {
				tb.t.Fatal(err)
			}
		}
	}
}
