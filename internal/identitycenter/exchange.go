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

// maxBody is far above the largest page of the portal (100 accounts, about
// 20 KB); more than this is not the service.
const maxBody = 4 << 20

// exchange sends one request and reads its whole answer. It sits below the SDK
// because the SDK drops what we need of an error: its text, the region it
// names, how long to wait.
type exchange struct {
	client http.Client
	logger *slog.Logger
}

// Do returns an answer with a status below 300, or an *Error. The log gets
// method, path and status, never a header, a query or a body: they hold the
// secrets.
func (x *exchange) Do(request *http.Request) (*http.Response, error) {
	start := time.Now()
	response, body, err := x.roundTrip(request)
	if err != nil {
		x.logger.Debug("request", "method", request.Method, "host", request.URL.Host, "path", request.URL.Path,
			"duration", time.Since(start), "error", err)
		return nil, &Error{kind: ErrTransient, cause: err}
	}
	x.logger.Debug("request", "method", request.Method, "host", request.URL.Host, "path", request.URL.Path,
		"status", response.StatusCode, "bytes", len(body), "duration", time.Since(start),
		"request_id", response.Header.Get("X-Amzn-RequestId"))
	if response.StatusCode >= 300 {
		return nil, refusal(response, body)
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	return response, nil
}

func (x *exchange) roundTrip(request *http.Request) (*http.Response, []byte, error) {
	response, body, err := x.read(request)
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() && request.Context().Err() == nil {
		err = fmt.Errorf("no answer from %s within %v", request.URL.Host, requestTimeout)
	}
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err // without the URL: its query is nobody's business
	}
	return response, body, err
}

func (x *exchange) read(request *http.Request) (*http.Response, []byte, error) {
	response, err := x.client.Do(request)
	if err != nil {
		return nil, nil, err
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	if closeErr := response.Body.Close(); err == nil {
		err = closeErr
	}
	if err == nil && len(body) > maxBody {
		err = fmt.Errorf("the answer is larger than %d bytes", maxBody)
	}
	return response, body, err
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
