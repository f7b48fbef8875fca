package identitycenter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// Resolve returns the URL that the sign-in has to name the service
// ([ClientMetadata.IssuerURL], [Client.StartDeviceAuthorization]). That is startURL
// as it is, unless its host is not one of AWS: then it is a domain of one's own,
// and what counts is the canonical form of the portal's address that it redirects
// to, in one step, as for the AWS CLI. The config file keeps startURL.
//
// It takes ten seconds at most and needs no [Options.Region]. The error wraps
// [ErrStartURL] if the domain does not lead to AWS, and is an [*Error] if it does
// not answer.
func Resolve(ctx context.Context, o Options, startURL string) (issuerURL string, err error) {
	o, err = o.preparedForAnyRegion()
	if err != nil {
		return "", err
	}
	within, cancel := limit(ctx, findTimeout)
	defer cancel()
	issuerURL, err = o.resolve(within, startURL)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return issuerURL, err
}

// limit bounds what is asked of others before the sign-in.
func limit(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, timeout, fmt.Errorf("no answer within %v", timeout))
}

func (o Options) resolve(ctx context.Context, startURL string) (issuerURL string, err error) {
	u, err := parseStartURL(startURL)
	if err != nil {
		return "", err
	}
	if awsOwned(u.Hostname()) {
		return startURL, nil
	}
	x := o.exchange()
	answer, err := x.visit(ctx, http.MethodHead, startURL)
	if e, ok := errors.AsType[*Error](err); ok && (e.Status == http.StatusMethodNotAllowed || e.Status == http.StatusNotImplemented) {
		answer, err = x.visit(ctx, http.MethodGet, startURL)
	}
	if err != nil {
		return "", fmt.Errorf("find out where %s leads to: %w", startURL, err)
	}
	if answer.location == nil {
		return "", fmt.Errorf("start URL %q: %w: its host is not one of AWS, and it does not redirect to one", startURL, ErrStartURL)
	}
	issuerURL = target(*answer.location)
	if u, err := parseStartURL(issuerURL); err != nil || !awsOwned(u.Hostname()) {
		return "", fmt.Errorf("start URL %q: %w: it redirects to %.200q", startURL, ErrStartURL, issuerURL)
	}
	return issuerURL, nil
}

// target is what counts of where a redirect leads to.
func target(location url.URL) string {
	location.RawQuery, location.ForceQuery = "", false
	location.Fragment, location.RawFragment = "", ""
	return CanonicalStartURL(location.Redacted())
}

// maxPage is where reading a page ends. What we look for is in its head.
const maxPage = 1 << 20

// visited is what a page answered.
type visited struct {
	page     []byte   // of an answer with status 200, maxPage bytes at most
	location *url.URL // of a redirect; it is not followed
}

var redirects = []int{
	http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
	http.StatusTemporaryRedirect, http.StatusPermanentRedirect,
}

// visit asks for a page that is nobody's API: without cookies, and with nothing
// but the address in it. What is neither a page nor a redirect is an *Error. How
// long it may take is ctx's affair.
func (x *exchange) visit(ctx context.Context, method, address string) (visited, error) {
	request, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return visited{}, err
	}
	start, operation := time.Now(), method+" "+request.URL.Host
	answer, status, err := x.look(request)
	if err != nil {
		err = explained(request, start, err)
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		x.log(request, "duration", time.Since(start), "error", err)
		return visited{}, &Error{Operation: operation, kind: ErrTransient, cause: err}
	}
	x.log(request, "status", status, "bytes", len(answer.page), "duration", time.Since(start))
	switch {
	case status == http.StatusOK || answer.location != nil:
		return answer, nil
	case status >= http.StatusInternalServerError:
		return visited{}, &Error{Operation: operation, Status: status, kind: ErrTransient}
	}
	return visited{}, &Error{Operation: operation, Status: status, kind: ErrStartURL}
}

func (x *exchange) look(request *http.Request) (answer visited, status int, err error) {
	// Not the client: it would read the location of a redirect, and fail with all of it.
	response, err := x.client.Transport.RoundTrip(request)
	if err != nil {
		return visited{}, 0, err
	}
	defer response.Body.Close()
	x.compareClocks(response)
	if slices.Contains(redirects, response.StatusCode) && response.Header.Get("Location") != "" {
		answer.location, _ = request.URL.Parse(response.Header.Get("Location")) // nil if it is none
	}
	if response.StatusCode == http.StatusOK && request.Method == http.MethodGet {
		answer.page, err = io.ReadAll(io.LimitReader(response.Body, maxPage))
	}
	return answer, response.StatusCode, err
}
