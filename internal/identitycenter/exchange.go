package identitycenter

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/aws/smithy-go"
)

// requestTimeout bounds one request, its answer's body included. The service
// answers in well under a second; what takes longer than this never comes.
const requestTimeout = 30 * time.Second

// maxBody is far above the largest page of the portal (100 accounts, about
// 20 KB); more than this is not the service.
const maxBody = 4 << 20

// exchange sends one request and reads its whole answer. It sits below the SDK
// because the SDK drops what we need of an error: its text, the region it
// names, how long to wait.
type exchange struct {
	client http.Client
	logger *slog.Logger
	skewed func(time.Duration)
}

// exchange is what the SDK sends its requests through. The options are prepared.
func (o Options) exchange() *exchange {
	logger := o.Logger
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	return &exchange{
		logger: logger,
		skewed: o.Skewed,
		client: http.Client{
			Transport: o.Transport,
			Timeout:   requestTimeout,
			// The API never redirects. Whoever does so is not the service, and a
			// POST with a code or a secret in it must not follow.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// Do returns an answer with a status below 300, or an *Error. The log gets
// method, path and status, never a header, a query or a body: they hold the
// secrets.
func (x *exchange) Do(request *http.Request) (*http.Response, error) {
	start := time.Now()
	response, body, err := x.read(request)
	if err != nil {
		err = explained(request, start, err)
		x.log(request, "duration", time.Since(start), "error", err)
		return nil, &Error{kind: ErrTransient, cause: err}
	}
	x.log(request, "status", response.StatusCode, "bytes", len(body), "duration", time.Since(start),
		"request_id", response.Header.Get("X-Amzn-RequestId"))
	if response.StatusCode >= 300 {
		return nil, refusal(response, body)
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	return response, nil
}

func (x *exchange) log(request *http.Request, outcome ...any) {
	x.logger.Debug("request", append([]any{"method", request.Method, "host", request.URL.Host, "path", request.URL.Path}, outcome...)...)
}

// explained says of a request without an answer what we know better than net/http.
func explained(request *http.Request, start time.Time, err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err // without the URL: its query is nobody's business
	}
	if broken, ok := errors.AsType[*net.OpError](err); ok && broken.Op == "proxyconnect" {
		return fmt.Errorf("%w: %w", ErrProxy, err)
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() && request.Context().Err() == nil {
		return fmt.Errorf("no answer from %s within %v", request.URL.Host, time.Since(start).Round(time.Second))
	}
	return err
}

func (x *exchange) read(request *http.Request) (*http.Response, []byte, error) {
	response, err := x.client.Do(request)
	if err != nil {
		return nil, nil, err
	}
	x.compareClocks(response)
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	if closeErr := response.Body.Close(); err == nil {
		err = closeErr
	}
	if err == nil && len(body) > maxBody {
		err = fmt.Errorf("the answer is larger than %d bytes", maxBody)
	}
	return response, body, err
}

// maxSkew is what clocks may differ by: the SDKs' figure for signatures.
const maxSkew = 5 * time.Minute

// compareClocks reads the Date of an answer (RFC 9110 §6.6.1), of an error too.
// With a wrong clock, certificates and tokens end at the wrong time.
func (x *exchange) compareClocks(response *http.Response) {
	date, err := http.ParseTime(response.Header.Get("Date"))
	if err != nil || x.skewed == nil {
		return
	}
	if by := time.Until(date).Round(time.Second); by.Abs() > maxSkew {
		x.skewed(by)
	}
}

// answered turns what the SDK returns into our own error: the *Error of Do, or
// one for an answer that could not be decoded. A context that ended is not the
// service's fault and stays what it is.
func answered(ctx context.Context, operation string, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if e, ok := errors.AsType[*Error](err); ok {
		e.Operation = operation
		return e
	}
	if _, ok := errors.AsType[*smithy.DeserializationError](err); ok {
		return malformed(operation, "not the JSON that the service speaks")
	}
	return fmt.Errorf("%s: %w", operation, err)
}

// malformed is the error for an answer of status 200 that is not the service's.
func malformed(operation, what string) *Error {
	return &Error{Operation: operation, Status: http.StatusOK, kind: ErrTransient, cause: errors.New("malformed answer: " + what)}
}
