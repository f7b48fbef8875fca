package identitycenter

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"
)

// ErrCABundle says that a file holds no certificates, or cannot be read.
var ErrCABundle = errors.New("CA bundle")

// ErrProxy says that the proxy of the environment cannot be reached or does not
// let us through, so that it is not the service that said no. With HTTP 407 it
// wants a user name and a password (RFC 9110 §15.5.8).
var ErrProxy = errors.New("the proxy does not let us through")

// NewTransport makes the way to the service, for [Options.Transport]: what is made
// from options with the same one shares its connections. caBundle names a file of PEM
// certificates that are trusted in place of the system's; "" is the system's. A file
// that has none gives [ErrCABundle].
//
// HTTPS_PROXY and NO_PROXY, in upper or lower case, are read once, at the first
// request of the process.
func NewTransport(caBundle string) (http.RoundTripper, error) {
	roots, err := readCABundle(caBundle)
	if err != nil {
		return nil, err
	}
	dialer := net.Dialer{Timeout: 10 * time.Second}
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		OnProxyConnectResponse: passed,
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		TLSHandshakeTimeout:    10 * time.Second,
		ResponseHeaderTimeout:  20 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		MaxIdleConnsPerHost:    64, // discovery asks from as many places at once
		IdleConnTimeout:        90 * time.Second,
		ForceAttemptHTTP2:      true,
	}, nil
}

// readCABundle returns nil, which is the system's certificates, for no path.
func readCABundle(path string) (*x509.CertPool, error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCABundle, err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%w: %s holds no certificate in PEM format", ErrCABundle, path)
	}
	return pool, nil
}

// passed turns the proxy's refusal into an error that can be told from others.
func passed(_ context.Context, address *url.URL, _ *http.Request, response *http.Response) error {
	if response.StatusCode == http.StatusOK {
		return nil
	}
	return fmt.Errorf("%w: %s answered HTTP %d %s", ErrProxy, address.Host, response.StatusCode, http.StatusText(response.StatusCode))
}
