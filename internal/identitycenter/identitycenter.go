// Package identitycenter is the one door to AWS IAM Identity Center: the OIDC
// service that signs a person in, and the access portal that lists what they
// may use.
//
// It hides the AWS SDK, the endpoints of every partition, what a start URL looks
// like and where it leads, the proxies and certificates on the way, and the several
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

// Options say where the service is and how to reach it. Only Region is needed.
type Options struct {
	Region         string            // where the instance of Identity Center lives: the SSO region
	OIDCEndpoint   string            // replaces the SDK's endpoint (AWS_ENDPOINT_URL_SSO_OIDC)
	PortalEndpoint string            // replaces the SDK's endpoint (AWS_ENDPOINT_URL_SSO)
	FIPS           bool              // AWS_USE_FIPS_ENDPOINT
	DualStack      bool              // AWS_USE_DUALSTACK_ENDPOINT
	Transport      http.RoundTripper // nil: what NewTransport makes without a CA bundle, one for each client and portal
	Logger         *slog.Logger      // nil: silent

	// Skewed is told, with every answer that shows it, that this computer's clock is
	// more than five minutes away from the service's: by is what to add to it, negative
	// where it is ahead. It is called from any goroutine. nil: nobody is told.
	Skewed func(by time.Duration)
}

// prepared refuses what must not be sent anywhere, a region that is none or an
// endpoint that would carry secrets in the clear, and makes the transport if
// there is none yet.
func (o Options) prepared() (Options, error) {
	if err := CheckRegion(o.Region); err != nil {
		return o, err
	}
	return o.preparedForAnyRegion()
}

func (o Options) preparedForAnyRegion() (Options, error) {
	for _, endpoint := range []string{o.OIDCEndpoint, o.PortalEndpoint} {
		if err := o.checkEndpoint(endpoint); err != nil {
			return o, err
		}
	}
	if o.Transport != nil {
		return o, nil
	}
	var err error
	o.Transport, err = NewTransport("")
	return o, err
}

// checkEndpoint accepts none, https, and http to this machine's own loopback.
func (o Options) checkEndpoint(endpoint string) error {
	if endpoint == "" {
		return nil
	}
	u, err := url.Parse(endpoint)
	switch {
	case err != nil:
		return fmt.Errorf("endpoint: %w", ErrEndpoint) // without its text: there may be a password in it
	case !SafeURL(u):
		return fmt.Errorf("endpoint %q: %w", u.Redacted(), ErrEndpoint)
	case o.FIPS || o.DualStack: // the SDK says so, too, in words for its own makers
		return fmt.Errorf("endpoint %q: %w", u.Redacted(), ErrEndpointVariant)
	}
	return nil
}

// ErrEndpoint says that an endpoint is neither https nor on this machine.
var ErrEndpoint = errors.New("must be an https URL, or http to a loopback address")

// ErrEndpointVariant says that there is no FIPS or dual-stack form of an endpoint
// that was given.
var ErrEndpointVariant = errors.New("a given endpoint and FIPS or dual-stack exclude each other")

// SafeURL reports whether u is https, or http to a loopback address: the only
// ones that we send secrets to or open in a browser.
func SafeURL(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" && u.Hostname() != "" ||
		u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}
