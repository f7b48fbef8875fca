package identitycenter_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"

	"aws-sso-config-generator/internal/emulator"
	"aws-sso-config-generator/internal/identitycenter"
)

// internet answers in process, by host name, and keeps what it was asked.
type internet struct {
	hosts map[string]http.Handler
	oidc  func(region string) http.Handler // the OIDC services; nil: there is none
	rest  http.Handler                     // all other hosts; nil: there are none

	mu       sync.Mutex
	asked    []string // "GET host/path"
	inFlight int
	peak     int
}

func (n *internet) RoundTrip(r *http.Request) (*http.Response, error) {
	n.mu.Lock()
	n.asked = append(n.asked, r.Method+" "+r.URL.Host+r.URL.Path)
	n.inFlight++
	n.peak = max(n.peak, n.inFlight)
	n.mu.Unlock()
	defer func() {
		n.mu.Lock()
		n.inFlight--
		n.mu.Unlock()
	}()
	if r.Header.Get("Cookie") != "" || r.Header.Get("Authorization") != "" {
		return nil, errors.New("a secret was sent")
	}
	handler := n.hosts[r.URL.Hostname()]
	if handler == nil {
		handler = n.rest
	}
	if region, ok := strings.CutPrefix(r.URL.Hostname(), "oidc."); ok && n.oidc != nil {
		region, _, _ = strings.Cut(region, ".")
		handler = n.oidc(region)
	}
	if handler == nil {
		return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: r.URL.Hostname(), IsNotFound: true}}
	}
	w := httptest.NewRecorder()
	server := r.Clone(r.Context())
	server.Host = r.URL.Host
	handler.ServeHTTP(w, server)
	if r.Context().Err() != nil {
		return nil, context.Cause(r.Context())
	}
	return w.Result(), nil
}

// requests counts what begins so.
func (n *internet) requests(prefix string) int {
	count := 0
	for _, asked := range n.asked {
		if strings.HasPrefix(asked, prefix) {
			count++
		}
	}
	return count
}

func (n *internet) options() identitycenter.Options { return identitycenter.Options{Transport: n} }

func page(text string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Set-Cookie", "follow=me")
		_, _ = io.WriteString(w, text)
	})
}

func redirect(status int, location string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", location)
		w.Header().Set("Set-Cookie", "follow=me")
		w.WriteHeader(status)
	})
}

func status(code int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) })
}

var silent = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })

// livesIn is the OIDC service of a world in which these regions have the instance.
func livesIn(regions ...string) func(string) http.Handler {
	elsewhere := emulator.New(emulator.Config{StartURL: "https://other.awsapps.com/start"})
	return func(region string) http.Handler {
		if slices.Contains(regions, region) {
			return emulator.New(emulator.Config{Region: region})
		}
		return elsewhere
	}
}
