package emulator

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
)

// Transport answers in process, for any host and without a socket, so that
// time runs inside a testing/synctest bubble. It obeys the request's context
// at once. A dropped connection is io.EOF and a truncated body
// io.ErrUnexpectedEOF, as over a socket.
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
		switch p := recover(); {
		case p == nil:
		case p != http.ErrAbortHandler: //nolint:errorlint // what a handler panics with is this very value
			panic(p)
		case ctx.Err() != nil:
			response, err = nil, context.Cause(ctx)
		default:
			response, err = nil, io.EOF
		}
	}()

	server := r.Clone(ctx)
	if server.Host == "" {
		server.Host = r.URL.Host
	}
	server.RequestURI = r.URL.RequestURI()
	w := &recorder{header: http.Header{}}
	t.ServeHTTP(w, server)
	return w.response(r), nil
}

// recorder keeps an answer until it is complete.
type recorder struct {
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
