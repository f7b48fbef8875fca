package emulator

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"net/http"
	"strconv"
	"sync"
)

// Transport answers in process, for any host and without a socket, so that
// time runs inside a testing/synctest bubble. It obeys the request's context
// at once. A dropped connection is io.EOF and a truncated body
// io.ErrUnexpectedEOF, as over a socket. A body that the emulator sends in
// pieces goes on while it is read, and ends when it is closed.
func (e *Emulator) Transport() http.RoundTripper { return transport{e} }

type transport struct{ http.Handler }

func (t transport) RoundTrip(r *http.Request) (response *http.Response, err error) {
	if r.Body == nil {
		r = r.Clone(r.Context())
		r.Body = http.NoBody
	}
	defer r.Body.Close()
	ctx := r.Context()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	defer func() {
		if broken := connectionError(ctx, recover()); broken != nil {
			response, err = nil, broken
		}
	}()

	server := r.Clone(ctx)
	if server.Host == "" {
		server.Host = r.URL.Host
	}
	server.RequestURI = r.URL.RequestURI()
	w := &recorder{header: http.Header{}}
	next, stop := iter.Pull(func(yield func(struct{}) bool) {
		w.yield = yield
		t.ServeHTTP(w, server)
	})
	_, more := next()
	response = w.response(r)
	if more {
		response.ContentLength = -1
		response.Body = &stream{ctx: ctx, sent: &w.body, next: next, stop: stop}
	}
	return response, nil
}

// connectionError is what a client sees of a handler's panic.
func connectionError(ctx context.Context, p any) error {
	switch {
	case p == nil:
		return nil
	case p != http.ErrAbortHandler: //nolint:errorlint // what a handler panics with is this very value
		panic(p)
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	return io.EOF
}

// stream is the body of an answer whose handler has more to say. The handler is
// a coroutine: it runs while somebody reads.
type stream struct {
	ctx  context.Context
	mu   sync.Mutex
	sent *bytes.Buffer
	next func() (struct{}, bool)
	stop func()
	err  error
}

func (s *stream) Read(p []byte) (n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.sent.Len() == 0 && s.err == nil {
		s.err = s.resume()
	}
	if s.sent.Len() == 0 {
		return 0, s.err
	}
	return s.sent.Read(p)
}

// resume runs the handler up to its next flush, or to io.EOF.
func (s *stream) resume() (err error) {
	defer func() {
		switch broken := connectionError(s.ctx, recover()); {
		case errors.Is(broken, io.EOF):
			err = io.ErrUnexpectedEOF // in the middle of a body
		case broken != nil:
			err = broken
		}
	}()
	if _, more := s.next(); !more {
		return io.EOF
	}
	return nil
}

// Close ends the handler as a client does that goes away.
func (s *stream) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() { _ = connectionError(s.ctx, recover()) }()
	s.err = http.ErrBodyReadAfterClose
	s.stop()
	return nil
}

// recorder keeps an answer until it is complete or flushed.
type recorder struct {
	yield  func(struct{}) bool // to the client; false if that went away
	header http.Header
	sent   http.Header // as it was when the status was written
	status int
	body   bytes.Buffer
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status, w.sent = status, w.header.Clone()
	}
}

func (w *recorder) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}

// Flush hands the client what there is.
func (w *recorder) Flush() {
	w.WriteHeader(http.StatusOK)
	if !w.yield(struct{}{}) {
		panic(http.ErrAbortHandler)
	}
}

func (w *recorder) response(r *http.Request) *http.Response {
	w.WriteHeader(http.StatusOK)
	length := int64(w.body.Len())
	body := io.Reader(&w.body)
	if declared, err := strconv.ParseInt(w.sent.Get("Content-Length"), 10, 64); err == nil && declared > length {
		length, body = declared, io.MultiReader(body, cutOff{})
	}
	return &http.Response{
		Status:     strconv.Itoa(w.status) + " " + http.StatusText(w.status),
		StatusCode: w.status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        w.sent,
		Body:          io.NopCloser(body),
		ContentLength: length,
		Request:       r,
	}
}

type cutOff struct{}

func (cutOff) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
