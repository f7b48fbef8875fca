package e2e

import (
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

const (
	consentPage = "aws-sso-config-generator wants to see the accounts and roles that you can use"
	refused     = "ERR_CONNECTION_REFUSED" // nobody listens any more
	address     = `\n  (http://127\.0\.0\.1:\S+)\n`
)

// signIn starts the main job and returns it with the address to open.
func (h *home) signIn(args ...string) (p *process, link string) {
	h.t.Helper()
	p = h.start(binary, append([]string{"--no-browser"}, args...)...)
	return p, p.said.await(h.t, address)[1]
}

func TestAllow(t *testing.T) {
	t.Parallel()
	h, b := newHome(t), newBrowser(t)
	h.emulate("--accounts", "5", "--roles", "2")
	p, link := h.signIn()

	tab := b.open(link)
	tab.shows(consentPage)
	tab.picture("consent")
	tab.press("Allow")
	tab.shows("You are signed in")
	tab.hidesTheCode()
	tab.picture("success")
	p.exits(0)
	p.says("Found 5 accounts and 10 roles", "10 new")
	before := h.readConfig()

	// Curious people reload the page. There is nobody any more to answer.
	tab.reload()
	tab.shows(refused)
	tab.hidesTheCode()

	// Others go back and answer once more.
	tab.steps(-1)
	tab.shows(consentPage)
	tab.reload() // a page that the browser kept was answered already
	tab.press("Deny")
	tab.shows(refused)
	if h.readConfig() != before {
		t.Error("the config file changed after the end")
	}
}

func TestDeny(t *testing.T) {
	t.Parallel()
	h, b := newHome(t), newBrowser(t)
	h.emulate()
	p, link := h.signIn()

	tab := b.open(link)
	tab.press("Deny")
	tab.shows("Sign-in refused")
	tab.hidesTheCode()
	tab.picture("refused")
	p.exits(3)
	p.says(`error: sign in: the sign-in was refused`, `hint: run it again and choose Allow`)
	h.wroteNothing()
}

func TestServiceFailsAfterConsent(t *testing.T) {
	t.Parallel()
	h, b := newHome(t), newBrowser(t)
	h.emulate("--fault", "CreateToken=InvalidGrantException")
	p, link := h.signIn()

	tab := b.open(link)
	tab.press("Allow")
	tab.shows("Sign-in failed")
	tab.hidesTheCode()
	tab.picture("failed")
	p.exits(1)
	p.says(`error: sign in: .*InvalidGrantException`, `hint: `)
	h.wroteNothing()
}

func TestClosedTab(t *testing.T) {
	t.Parallel()
	h, b := newHome(t), newBrowser(t)
	h.emulate()
	p, link := h.signIn("--timeout", "3s")

	tab := b.open(link)
	tab.close()
	p.exits(3)
	p.says(`error: sign in: the sign-in was not finished in time \(3s\)`, `hint: .*--timeout`)
	h.wroteNothing()
}

// The person loses the first tab among others, opens the address again and
// answers in both.
func TestTwoTabs(t *testing.T) {
	t.Parallel()
	h, b := newHome(t), newBrowser(t)
	h.emulate(slowExchange...)
	p, link := h.signIn("--debug")

	first, second := b.open(link), b.open(link)
	first.shows(consentPage)
	second.shows(consentPage)
	first.press("Allow")
	p.exchanges()
	second.press("Allow")
	second.shows("Already used")
	second.hidesTheCode()
	second.picture("used")
	first.shows("You are signed in")
	first.hidesTheCode()
	p.exits(0)
	p.says("10 new")
}

// Back on the consent page, the person may still answer.
func TestReload(t *testing.T) {
	t.Parallel()
	h, b := newHome(t), newBrowser(t)
	h.emulate("--accounts", "5", "--roles", "2")
	p, link := h.signIn()

	tab := b.open(link)
	tab.reload()
	tab.do(chromedp.Navigate("about:blank"))
	tab.steps(-1)
	tab.press("Allow")
	tab.shows("You are signed in")
	tab.hidesTheCode()
	p.exits(0)
	p.says("10 new")
}

// A page that is not ours sends the browser to the callback, with a code of its
// own. The sign-in goes on as if nothing had happened.
func TestForgedCallback(t *testing.T) {
	t.Parallel()
	h, b := newHome(t), newBrowser(t)
	h.emulate("--accounts", "5", "--roles", "2")
	p, link := h.signIn()

	tab := b.open(redirectURI(t, link) + "?code=forged&state=guessed")
	tab.shows("Not a sign-in")
	tab.hidesTheCode()
	tab.picture("stray")
	tab.do(chromedp.Navigate(link))
	tab.press("Allow")
	tab.shows("You are signed in")
	p.exits(0)
}

func TestDeviceCode(t *testing.T) {
	t.Parallel()
	h, b := newHome(t), newBrowser(t)
	h.emulate("--accounts", "5", "--roles", "2", "--interval", "1s")
	p, link := h.signIn("--device-code")
	code := p.said.await(t, `The page must show this code:  (\S+)\n`)[1]

	tab := b.open(link)
	tab.shows(code)
	tab.picture("device-consent")
	tab.press("Allow")
	tab.shows("Access allowed")
	tab.picture("device-allowed")
	p.exits(0)
	p.says("10 new")
}

// The browser is on another device, and the person types what the terminal
// shows, not quite right at first.
func TestTypedDeviceCode(t *testing.T) {
	t.Parallel()
	h, b := newHome(t), newBrowser(t)
	h.emulate("--interval", "1s")
	p, _ := h.signIn("--device-code")
	code := p.said.await(t, `The page must show this code:  (\S+)\n`)[1]
	page := p.said.await(t, `If it asks for it, you are at (\S+)\.\)\n`)[1]

	tab := b.open(page)
	tab.picture("device")
	tab.do(chromedp.SendKeys(chromedp.ID("user_code"), "XXXX-XXXX"))
	tab.press("Continue")
	tab.shows("No device waits with this code")
	tab.picture("device-unknown")
	tab.do(chromedp.SetValue(chromedp.ID("user_code"), strings.ToLower(code)))
	tab.press("Continue")
	tab.press("Deny")
	tab.shows("Access denied")
	p.exits(3)
	p.says(`error: sign in: .*refused`)
	h.wroteNothing()
}

// redirectURI is where an authorize URL sends the browser back to.
func redirectURI(t *testing.T, authorizeURL string) string {
	t.Helper()
	u, err := url.Parse(authorizeURL)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get("redirect_uri")
}
