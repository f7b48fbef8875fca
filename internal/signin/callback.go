package signin

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"aws-sso-config-generator/internal/identitycenter"
)

const (
	callbackPath = identitycenter.RedirectPath
	maxQuery     = 8 << 10         // code and state are a few hundred bytes
	maxHeader    = 64 << 10        // cookies of 127.0.0.1 are those of every program on it
	pageTimeout  = 2 * time.Second // for the last page to reach the browser
)

// callback is the loopback server of RFC 8252 §7.3. It takes one thing: a GET
// of our path, under our own address as Host (a rebound DNS name has another),
// with our state and either a code or an error. Anything else gets a 4xx and
// changes nothing. Where the browser cannot reach us, the person can bring the
// address of that GET themselves (paste).
//
// The browser that brings the answer waits for its page until answer is called,
// so that the page says how the sign-in ended and not just that it went on.
type callback struct {
	redirectURI string
	host        string // 127.0.0.1:PORT
	port        int
	state       string // RFC 6749 §10.12

	taken     atomic.Bool   // the answer is here, or not waited for any more; whoever comes second is late
	arrived   chan outcome  // what it brought; room for one
	verdict   chan error    // what its page is to say; room for one
	delivered chan struct{} // closed when that page is out

	server *http.Server
	served chan struct{}
}

// outcome is the authorization response: a code, or the error of
// RFC 6749 §4.1.2.1.
type outcome struct {
	code identitycenter.Secret
	err  error
}

// listen binds a port of 127.0.0.1, any free one for 0, and serves the callback
// there, until close.
func listen(ctx context.Context, port int) (*callback, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp4", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrListen, err)
	}
	c := newCallback(listener.Addr().String())
	c.port = listener.Addr().(*net.TCPAddr).Port
	var silent silence
	c.server = &http.Server{
		Handler:                      c,
		ReadHeaderTimeout:            5 * time.Second,
		IdleTimeout:                  5 * time.Second,
		MaxHeaderBytes:               maxHeader,
		ConnState:                    silent.state,
		DisableGeneralOptionsHandler: true,
		ErrorLog:                     log.New(io.Discard, "", 0), // broken requests are not news
	}
	c.served = make(chan struct{})
	go func() {
		defer close(c.served)
		_ = c.server.Serve(listener) // ends with close
	}()
	return c, nil
}

func newCallback(host string) *callback {
	return &callback{
		redirectURI: "http://" + host + callbackPath,
		host:        host,
		state:       rand.Text(), // 130 random bits
		arrived:     make(chan outcome, 1),
		verdict:     make(chan error, 1),
		delivered:   make(chan struct{}),
	}
}

// wait returns the code that the browser brought.
func (c *callback) wait(ctx context.Context) (identitycenter.Secret, error) {
	select {
	case o := <-c.arrived:
		return o.code, o.err
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// answer decides the page for the browser that waits, if one does, and returns
// err.
func (c *callback) answer(err error) error {
	c.verdict <- err
	return err
}

// close lets the browser have its page, then ends the server with all its
// connections: browsers open silent ones in advance, which a graceful shutdown
// would wait for.
func (c *callback) close() {
	if c.taken.Swap(true) {
		select {
		case <-c.delivered:
		case <-time.After(pageTimeout):
		}
	}
	_ = c.server.Close()
	<-c.served
}

// ServeHTTP answers one request to the callback.
func (c *callback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if status := c.check(r.Method, r.Host, r.URL); status != http.StatusOK {
		if status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", http.MethodGet)
		}
		send(w, status, strayHTML())
		return
	}
	o, err := c.read(r.URL.RawQuery)
	if err != nil {
		send(w, http.StatusBadRequest, strayHTML())
		return
	}
	if !c.take(o) {
		send(w, http.StatusConflict, usedHTML())
		return
	}
	defer close(c.delivered)
	select {
	case err = <-c.verdict:
		resultPage(err).write(w, http.StatusOK)
	case <-r.Context().Done(): // the tab was closed; the sign-in goes on
	}
}

// paste takes the address that the person's browser ended on, when it could not
// reach us, exactly as if it had. It may be called at any time.
func (c *callback) paste(address string) error {
	if !strings.Contains(address, "://") {
		address = "http://" + address // browsers hide it
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" || u.User != nil {
		return c.elsewhere()
	}
	switch c.check(http.MethodGet, u.Host, u) {
	case http.StatusOK:
	case http.StatusMisdirectedRequest:
		if u.Hostname() == "127.0.0.1" && u.Path == callbackPath {
			return errAnother
		}
		return c.elsewhere()
	case http.StatusRequestURITooLong:
		return errLong
	default:
		return c.elsewhere()
	}
	o, err := c.read(u.RawQuery)
	if err != nil {
		return err
	}
	if !c.take(o) {
		return errUsed
	}
	close(c.delivered) // there is no page
	return nil
}

// elsewhere says what an address should look like that leads anywhere but here.
func (c *callback) elsewhere() error {
	return fmt.Errorf("%w: that begins with %s?", ErrStray, c.redirectURI)
}

// take hands in the answer, if it is the first one.
func (c *callback) take(o outcome) bool {
	if !c.taken.CompareAndSwap(false, true) {
		return false
	}
	c.arrived <- o
	return true
}

// check returns the 4xx status of a request that cannot be the callback.
func (c *callback) check(method, host string, u *url.URL) int {
	switch {
	case host != c.host:
		return http.StatusMisdirectedRequest
	case u.Path != callbackPath:
		return http.StatusNotFound
	case method != http.MethodGet:
		return http.StatusMethodNotAllowed
	case len(u.RawQuery) > maxQuery:
		return http.StatusRequestURITooLong
	}
	return http.StatusOK
}

// Why an answer is a stray. None of these quotes it: there may be a code in it.
var (
	errAnother    = fmt.Errorf("%w: it belongs to another one, or a part of it is missing", ErrStray)
	errIncomplete = fmt.Errorf("%w: it is not complete, or changed on its way", ErrStray)
	errLong       = fmt.Errorf("%w: it is too long", ErrStray)
	errUsed       = fmt.Errorf("%w any more: it has one already", ErrStray)
)

// read takes the authorization response out of a query (RFC 6749 §4.1.2). Every
// member may stand there once at most (§3.1), and the state must be ours.
func (c *callback) read(rawQuery string) (outcome, error) {
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		return outcome{}, errIncomplete
	}
	for _, name := range []string{"state", "code", "error", "error_description"} {
		if len(query[name]) > 1 {
			return outcome{}, errIncomplete
		}
	}
	if subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(c.state)) != 1 {
		return outcome{}, errAnother
	}
	code, errorCode := query.Get("code"), query.Get("error")
	switch {
	case strings.ContainsFunc(code, func(r rune) bool { return r <= ' ' || r > '~' }): // RFC 6749 appendix A.11
		return outcome{}, errIncomplete
	case (code == "") == (errorCode == ""):
		return outcome{}, errIncomplete
	case code != "":
		return outcome{code: identitycenter.Secret(code)}, nil
	case errorCode == identitycenter.ErrAccessDenied.Error():
		return outcome{err: fmt.Errorf("%w: %w", ErrRefused, identitycenter.ErrAccessDenied)}, nil
	}
	return outcome{err: fmt.Errorf("%w: %s: %s", ErrAuthorize, errorCode, query.Get("error_description"))}, nil
}
