package signin

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"aws-sso-config-generator/internal/identitycenter"
)

const (
	callbackPath = "/oauth/callback" // the service asks for this path
	maxQuery     = 8 << 10           // code and state are a few hundred bytes
	pageTimeout  = 2 * time.Second   // for the last page to reach the browser
)

// callback is the loopback server of RFC 8252 §7.3. It takes one thing: a GET
// of our path, under our own address as Host (a rebound DNS name has another),
// with our state and either a code or an error. Anything else gets a 4xx and
// changes nothing.
//
// The browser that brings the answer waits for its page until answer is called,
// so that the page says how the sign-in ended and not just that it went on.
type callback struct {
	redirectURI string
	host        string // 127.0.0.1:PORT
	state       string // RFC 6749 §10.12

	taken     atomic.Bool   // the browser has come back; whoever comes second is late
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

// listen binds a free port of 127.0.0.1 and serves the callback there, until
// close.
func listen(ctx context.Context) (*callback, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrListen, err)
	}
	c := newCallback(listener.Addr().String())
	c.server = &http.Server{
		Handler:                      c,
		ReadHeaderTimeout:            5 * time.Second,
		IdleTimeout:                  5 * time.Second,
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
	if c.taken.Load() {
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
	if status := c.check(r); status != http.StatusOK {
		if status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", http.MethodGet)
		}
		strayPage.write(w, status)
		return
	}
	o, err := c.read(r.URL.RawQuery)
	if err != nil {
		strayPage.write(w, http.StatusBadRequest)
		return
	}
	if !c.taken.CompareAndSwap(false, true) {
		usedPage.write(w, http.StatusConflict)
		return
	}
	c.arrived <- o
	defer close(c.delivered)
	select {
	case err = <-c.verdict:
		resultPage(err).write(w, http.StatusOK)
	case <-r.Context().Done(): // the tab was closed; the sign-in goes on
	}
}

// check returns the 4xx status of a request that cannot be the callback.
func (c *callback) check(r *http.Request) int {
	switch {
	case r.Host != c.host:
		return http.StatusMisdirectedRequest
	case r.URL.Path != callbackPath:
		return http.StatusNotFound
	case r.Method != http.MethodGet:
		return http.StatusMethodNotAllowed
	case len(r.URL.RawQuery) > maxQuery:
		return http.StatusRequestURITooLong
	}
	return http.StatusOK
}

// errStray says that a query is not the answer to this sign-in.
var errStray = errors.New("not the answer to this sign-in")

// read takes the authorization response out of a query (RFC 6749 §4.1.2). Every
// member may stand there once at most (§3.1), and the state must be ours.
func (c *callback) read(rawQuery string) (outcome, error) {
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		return outcome{}, errStray
	}
	for _, name := range []string{"state", "code", "error", "error_description"} {
		if len(query[name]) > 1 {
			return outcome{}, errStray
		}
	}
	if subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(c.state)) != 1 {
		return outcome{}, errStray
	}
	code, errorCode := query.Get("code"), query.Get("error")
	switch {
	case (code == "") == (errorCode == ""):
		return outcome{}, errStray
	case code != "":
		return outcome{code: identitycenter.Secret(code)}, nil
	case errorCode == identitycenter.ErrAccessDenied.Error():
		return outcome{err: fmt.Errorf("%w: %w", ErrRefused, identitycenter.ErrAccessDenied)}, nil
	}
	return outcome{err: fmt.Errorf("%w: %s: %s", ErrAuthorize, errorCode, query.Get("error_description"))}, nil
}
