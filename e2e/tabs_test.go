package e2e

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
)

// interrupt is a Ctrl-C.
func (p *process) interrupt() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		p.t.Fatal(err)
	}
	p.exits(130)
	p.says(`(?m)^Interrupted\.$`)
}

// While the roles are being read, the person goes back, answers once more, and
// comes forward again. The program does not care.
func TestBackAfterSuccess(t *testing.T) {
	t.Parallel()
	h, b := newHome(t), newBrowser(t)
	h.emulate("--accounts", "5", "--roles", "2", "--fault", "ListAccounts=slow")
	p, link := h.signIn()

	tab := b.open(link)
	tab.press("Allow")
	tab.shows("You are signed in")
	tab.steps(-1)
	tab.shows(consentPage)
	tab.steps(1) // the browser may have kept the page; the callback is gone
	tab.hidesTheCode()
	tab.reload()
	tab.shows(refused)
	tab.hidesTheCode()
	tab.steps(-1)
	tab.reload() // a kept page was answered already
	tab.press("Allow")
	tab.shows(refused)

	p.exits(0)
	p.says("Found 5 accounts and 10 roles", "10 new")
}

// Another program has the callback's port now, and the person reloads the page
// that is still open. That program learns nothing.
func TestReloadFromAnotherProgram(t *testing.T) {
	t.Parallel()
	h, b := newHome(t), newBrowser(t)
	h.emulate("--accounts", "5", "--roles", "2")
	p, link := h.signIn()

	tab := b.open(link)
	tab.press("Allow")
	tab.shows("You are signed in")
	p.exits(0)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery != "" || strings.Contains(r.Referer(), "?") || r.Method != http.MethodGet {
			t.Errorf("it was sent %s %s %v", r.Method, r.URL, r.Header)
		}
		_, _ = w.Write([]byte("another program"))
	}))
	server.Listener.Close()
	server.Listener = listenOn(t, link)
	server.Start()
	defer server.Close()
	tab.reload()
	tab.shows("another program")
	tab.hidesTheCode()
}

// slowExchange are the flags of an emulator that takes its time to give a token.
// The first try fails, so that the debug log can say when there was one.
var slowExchange = []string{
	"--accounts", "5", "--roles", "2", "--fault", "CreateToken=InternalServerException,times=1", "--fault", "CreateToken=slow,times=1",
}

// exchanges waits until the program has the browser's code and has tried to get
// a token for it.
func (p *process) exchanges() {
	p.t.Helper()
	p.said.await(p.t, `level=DEBUG .* path=/token `)
}

// The first answer counts, whatever the other tab says.
func TestDenyAfterAllow(t *testing.T) {
	t.Parallel()
	h, b := newHome(t), newBrowser(t)
	h.emulate(slowExchange...)
	p, link := h.signIn("--debug")

	first, second := b.open(link), b.open(link)
	first.press("Allow")
	p.exchanges()
	second.press("Deny")
	second.shows("Already used")
	second.hidesTheCode()
	first.shows("You are signed in")
	first.hidesTheCode()
	p.exits(0)
	p.says("10 new")
}

func TestAllowAfterDeny(t *testing.T) {
	t.Parallel()
	h, b := newHome(t), newBrowser(t)
	h.emulate()
	p, link := h.signIn()

	first, second := b.open(link), b.open(link)
	first.press("Deny")
	first.shows("Sign-in refused")
	p.exits(3)
	second.press("Allow")
	second.shows(refused)
	p.says(`error: sign in: the sign-in was refused`)
	h.wroteNothing()
}

// The person answers and closes the tab, without waiting for its page.
func TestClosedTabAfterAllow(t *testing.T) {
	t.Parallel()
	h, b := newHome(t), newBrowser(t)
	h.emulate(slowExchange...)
	p, link := h.signIn("--debug")

	tab := b.open(link)
	tab.press("Allow")
	p.exchanges()
	tab.close()
	p.exits(0)
	p.says("10 new")
}

// Ctrl-C while the tab waits for its page: the page does not leave it at that.
func TestInterruptedExchange(t *testing.T) {
	t.Parallel()
	h, b := newHome(t), newBrowser(t)
	h.emulate(slowExchange...)
	p, link := h.signIn("--debug")

	tab := b.open(link)
	tab.press("Allow")
	p.exchanges()
	p.interrupt()
	tab.shows("Sign-in failed")
	tab.hidesTheCode()
	tab.picture("interrupted")
	h.wroteNothing()
}

// The service sends the browser back with an error of its own.
func TestServiceRefusesToAuthorize(t *testing.T) {
	t.Parallel()
	h, b := newHome(t), newBrowser(t)
	h.emulate("--fault", "Authorize=InvalidScopeException")
	p, link := h.signIn()

	tab := b.open(link)
	tab.shows("Sign-in failed")
	tab.shows("invalid_scope")
	tab.hidesTheCode()
	tab.picture("not-authorized")
	p.exits(1)
	p.says(`error: sign in: the service did not authorize the sign-in: invalid_scope`, `hint: `)
	h.wroteNothing()
}

// A sign-in was interrupted, and its tab is still there when the next one waits.
// Whatever is answered in the old tab, and even if the new callback has the old
// one's port, the new sign-in waits on for its own answer.
func TestOldTab(t *testing.T) {
	t.Parallel()
	h, b := newHome(t), newBrowser(t)
	h.emulate("--accounts", "5", "--roles", "2")
	p, oldLink := h.signIn()
	old := b.open(oldLink)
	old.shows(consentPage)
	p.interrupt()

	p, link := h.signIn()
	for _, answer := range []string{"Allow", "Deny"} {
		tab := b.open(withPortOf(t, oldLink, link))
		tab.press(answer)
		tab.shows("Not a sign-in")
		tab.hidesTheCode()
		tab.reload()
		tab.shows("Not a sign-in")
	}
	old.press("Allow")
	old.shows(refused)

	tab := b.open(link)
	tab.press("Allow")
	tab.shows("You are signed in")
	tab.hidesTheCode()
	p.exits(0)
	p.says("10 new")
}

// withPortOf is an authorize URL that sends the browser back to the port of
// another one.
func withPortOf(t *testing.T, link, other string) string {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	query.Set("redirect_uri", redirectURI(t, other))
	u.RawQuery = query.Encode()
	return u.String()
}

// Two terminals sign in to one session. Each has its tab, and the later one is
// answered first.
func TestTwoSignInsAtOnce(t *testing.T) {
	t.Parallel()
	h, b := newHome(t), newBrowser(t)
	h.emulate("--accounts", "5", "--roles", "2")
	forced := func() (*process, *tab) {
		p := h.start(binary, "login", "--force", "--no-browser")
		tab := b.open(p.said.await(t, address)[1])
		tab.shows(consentPage)
		return p, tab
	}
	answer := func(p *process, tab *tab) {
		tab.press("Allow")
		tab.shows("You are signed in")
		tab.hidesTheCode()
		p.exits(0)
		p.says("You are signed in, for the AWS CLI and the SDKs, too")
	}

	one, oneTab := forced()
	two, twoTab := forced()
	answer(two, twoTab)
	answer(one, oneTab)

	// And once more, with all that still in the browser.
	three, threeTab := forced()
	answer(three, threeTab)
	oneTab.steps(-1)
	oneTab.reload()
	oneTab.press("Deny")
	oneTab.shows(refused)
	if said := h.generate(); strings.Contains(said, "to sign in") {
		t.Errorf("somebody had to sign in again:\n%s", said)
	}
}
