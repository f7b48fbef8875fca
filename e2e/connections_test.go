package e2e

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// Browsers open connections in advance, and send nothing on them until they know
// what. Nobody may have to wait for those, at the end least of all.
func TestConnectionsInAdvance(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat(connectionTable); err != nil {
		lack(t, connectionTable)
	}
	h, b := newHome(t), newBrowser(t)
	h.emulate("--accounts", "5", "--roles", "2")
	p, link := h.signIn()
	callback, err := url.Parse(redirectURI(t, link))
	if err != nil {
		t.Fatal(err)
	}

	tab := b.open(link)
	tab.shows(consentPage)
	// One will bring the answer. The other is of the kind that carries no cookies, and
	// stays silent.
	within(tab, chromedp.Evaluate[any](fmt.Sprintf(`for (const crossOrigin of [null, "anonymous"])
		document.head.append(Object.assign(document.createElement("link"), {rel: "preconnect", href: "http://%s", crossOrigin}))`, callback.Host)))
	tab.awaits("two connections in advance", func() bool { return connections(t, callback.Port()) == 2 })
	var silent []net.Conn
	for i := range 20 {
		conn, err := net.Dial("tcp", callback.Host)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		if i%2 == 0 { // or nearly silent
			_, _ = io.WriteString(conn, "GET /oauth/callback?code=")
		}
		silent = append(silent, conn)
	}

	tab.press("Allow")
	tab.shows("You are signed in")
	p.exits(0)
	p.says("10 new")
	tab.hidesTheCode()
	for _, conn := range silent {
		_ = conn.SetReadDeadline(time.Now().Add(patience))
		if _, err := io.Copy(io.Discard, conn); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error("a connection is still open")
		}
	}
}

const connectionTable = "/proc/net/tcp" // proc(5)

// connections counts the clients that are connected to a port of this machine.
func connections(t *testing.T, port string) (number int) {
	t.Helper()
	table, err := os.ReadFile(connectionTable)
	if err != nil {
		t.Fatal(err)
	}
	var wanted int
	_, _ = fmt.Sscan(port, &wanted)
	for line := range strings.Lines(string(table)) {
		words := strings.Fields(line) // sl, local_address, rem_address, st (01: established)
		if len(words) > 3 && strings.HasSuffix(words[2], fmt.Sprintf(":%04X", wanted)) && words[3] == "01" {
			number++
		}
	}
	return number
}

// listenOn takes the port of a callback that is gone.
func listenOn(t *testing.T, link string) net.Listener {
	t.Helper()
	callback, err := url.Parse(redirectURI(t, link))
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", callback.Host)
	if err != nil {
		t.Skipf("somebody was faster: %v", err)
	}
	return listener
}
