package emulator

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// slowBody is how long the body of a slow answer takes, and in how many pieces.
const (
	slowBody   = 5 * time.Second
	slowPieces = 10
)

// strike gives the fault's answer. What the operation has to give itself, it
// returns: an exception, for the operation knows its shape, or, not done, the
// right answer through another writer.
func (f Fault) strike(w http.ResponseWriter, r *http.Request) (through http.ResponseWriter, refusal *exception, done bool) {
	name, region, _ := strings.Cut(f.Answer, ":")
	status, err := strconv.Atoi(name)
	switch {
	case name == "reset":
		panic(http.ErrAbortHandler)
	case name == "hang":
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case name == "malformed":
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"accessToken":"aoa`)
	case name == "truncated":
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", "4096")
		_, _ = io.WriteString(w, `{"accessToken":"aoa`)
	case name == "html":
		writeForeignPage(w, http.StatusOK, "Sign in to Airport Wi-Fi")
	case name == "slow":
		return trickle{w, r.Context()}, nil, false
	case err == nil:
		writeForeignPage(w, status, fmt.Sprintf("%d %s", status, http.StatusText(status)))
	default:
		return w, &exception{name: name, region: region}, false
	}
	return w, nil, true
}

// writeForeignPage answers as something between the client and the service would.
func writeForeignPage(w http.ResponseWriter, status int, title string) {
	w.Header().Del(requestIDHeader)
	w.Header().Del("Date")
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "<html><head><title>%[1]s</title></head><body><center><h1>%[1]s</h1></center><hr>proxy.example.com</body></html>\n", title)
}

// trickle sends the headers at once and then each write in pieces.
type trickle struct {
	http.ResponseWriter
	ctx context.Context
}

func (t trickle) Write(p []byte) (written int, err error) {
	controller := http.NewResponseController(t.ResponseWriter)
	for i := range slowPieces {
		if err := controller.Flush(); err != nil {
			return written, err
		}
		wait(t.ctx, slowBody/slowPieces)
		n, err := t.ResponseWriter.Write(p[len(p)*i/slowPieces : len(p)*(i+1)/slowPieces])
		if written += n; err != nil {
			return written, err
		}
	}
	return written, nil
}
