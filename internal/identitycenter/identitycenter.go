// Package identitycenter is the one door to AWS IAM Identity Center: the OIDC
// service that signs a person in, and the access portal that lists what they
// may use.
//
// It hides the AWS SDK, the endpoints of every partition, and the several
// shapes in which the service says no. Its invariant: a call returns either a
// complete, checked answer or an [*Error] that names the operation and compares
// with the sentinels of this package; nothing of the SDK is seen outside.
package identitycenter

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"
)

// requestTimeout bounds one request, its answer's body included. The service
// answers in well under a second; what takes longer than this never comes.
const requestTimeout = 30 * time.Second

// Options say where the service is and how to reach it. Only Region is needed.
type Options struct {
	Region         string            // where the instance of Identity Center lives: the SSO region
	OIDCEndpoint   string            // replaces the SDK's endpoint (AWS_ENDPOINT_URL_SSO_OIDC)
	PortalEndpoint string            // replaces the SDK's endpoint (AWS_ENDPOINT_URL_SSO)
	FIPS           bool              // AWS_USE_FIPS_ENDPOINT
	DualStack      bool              // AWS_USE_DUALSTACK_ENDPOINT
	Transport      http.RoundTripper // nil: a transport that obeys the proxy variables
	Logger         *slog.Logger      // nil: silent
}

// check refuses what must not be sent anywhere: a region that is none, or an
// endpoint that would carry secrets in the clear.
func (o Options) check() error {
	if err := CheckRegion(o.Region); err != nil {
		return err
	}
	for _, endpoint := range []string{o.OIDCEndpoint, o.PortalEndpoint} {
		if endpoint == "" {
			continue
		}
		if err := checkEndpoint(endpoint); err != nil {
			return err
		}
	}
	return nil
}

// checkEndpoint accepts https, and http to this machine's own loopback.
func checkEndpoint(endpoint string) error {
	u, err := url.Parse(endpoint)
	if err != nil || !SafeURL(u) {
		return fmt.Errorf("endpoint %q: %w", endpoint, ErrEndpoint)
	}
	return nil
}

// ErrEndpoint says that an endpoint is neither https nor on this machine.
var ErrEndpoint = errors.New("must be an https URL, or http to a loopback address")

// SafeURL reports whether u is https, or http to a loopback address: the only
// ones that we send secrets to or open in a browser.
func SafeURL(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" && u.Hostname() != "" ||
		u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}

// httpClient is what the SDK sends its requests through.
func (o Options) httpClient() *exchange {
	transport, logger := o.Transport, o.Logger
	if transport == nil {
		clone := http.DefaultTransport.(*http.Transport).Clone()
		clone.MaxIdleConnsPerHost = 64 // discovery asks from as many places at once
		transport = clone
	}
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	return &exchange{
		logger: logger,
		client: http.Client{
			Transport: transport,
			Timeout:   requestTimeout,
			// The API never redirects. Whoever does so is not the service, and a
			// POST with a code or a secret in it must not follow.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}
