package e2e

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// A browser is a headless Chromium with a profile of its own. Nothing in it
// reaches another host than this one.
type browser struct {
	t   *testing.T
	ctx context.Context
}

func newBrowser(t *testing.T) *browser {
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
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return &browser{t, ctx}
}

// A tab fails its test when its pages break their own Content Security Policy
// or ask another host for anything.
type tab struct {
	t     *testing.T
	ctx   context.Context
	close context.CancelFunc

	mu       sync.Mutex
	problems []string
}

// open opens an address in a new tab.
func (b *browser) open(address string) *tab {
	b.t.Helper()
	tb := &tab{t: b.t}
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
	problem := ""
	switch event := event.(type) {
	case *network.EventRequestWillBeSent:
		if u, err := url.Parse(event.Request.URL); err != nil || u.Hostname() != "127.0.0.1" && u.Scheme != "data" {
			problem = "request of " + event.Request.URL
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
		tb.mu.Lock()
		defer tb.mu.Unlock()
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
	tick, deadline := time.NewTicker(20*time.Millisecond), time.After(patience)
	defer tick.Stop()
	for !strings.Contains(tb.text(), text) {
		select {
		case <-tick.C:
		case <-deadline:
			tb.t.Fatalf("waited for %q in vain; the page says:\n%s", text, tb.text())
		}
	}
}

func (tb *tab) press(button string) {
	tb.t.Helper()
	tb.do(chromedp.Click(fmt.Sprintf(`//button[normalize-space(.)=%q]`, button), chromedp.NodeVisible))
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
		for _, width := range []int64{1280, 400} {
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
