package emulator_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"aws-sso-config-generator/internal/emulator"
)

// slowly asks for a list whose body trickles.
func slowly(ctx context.Context, t *testing.T, w *wire, accessToken string) *http.Response {
	t.Helper()
	response, err := w.client.Do(w.portalRequest("GET", "/assignment/accounts", accessToken).WithContext(ctx))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	if response.StatusCode != http.StatusOK {
		t.Errorf("status %d", response.StatusCode)
	}
	return response
}

// The headers come at once, the right body over five seconds.
func TestSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(faults(t, "ListAccounts=slow,times=1"))
		w := dial(t, e)
		accessToken := w.accessToken()
		start := time.Now()
		response := slowly(t.Context(), t, w, accessToken)
		if got := time.Since(start); got != 0 {
			t.Errorf("headers after %v", got)
		}
		var body []byte
		pieces := 0
		for piece := make([]byte, 1<<16); ; pieces++ {
			n, err := response.Body.Read(piece)
			body = append(body, piece[:n]...)
			if err != nil {
				if !errors.Is(err, io.EOF) {
					t.Error(err)
				}
				break
			}
		}
		var list object
		if err := json.Unmarshal(body, &list); err != nil || len(list["accountList"].([]any)) != 12 {
			t.Errorf("%v: %s", err, body)
		}
		if got := time.Since(start); got != 5*time.Second || pieces != 10 {
			t.Errorf("%d pieces in %v", pieces, got)
		}
		start = time.Now()
		w.ok(w.portal("/assignment/accounts", accessToken))
		if stats := e.Stats(); time.Since(start) != 0 || stats.Faulted != 1 || stats.PeakInFlight != 1 {
			t.Errorf("then %v, %+v", time.Since(start), stats)
		}
	})
}

// A client that goes away ends a slow answer, to the instant.
func TestSlowObeysTheClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(faults(t, "ListAccounts=slow"))
		w := dial(t, e)
		accessToken := w.accessToken()

		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 1700*time.Millisecond)
		defer cancel()
		body, err := io.ReadAll(slowly(ctx, t, w, accessToken).Body)
		if got := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || got != 1700*time.Millisecond || len(body) == 0 {
			t.Errorf("%d bytes after %v: %v", len(body), got, err)
		}

		start = time.Now()
		response := slowly(t.Context(), t, w, accessToken)
		if err := response.Body.Close(); err != nil || time.Since(start) != 0 {
			t.Errorf("closed after %v: %v", time.Since(start), err)
		}
		if n, err := response.Body.Read(make([]byte, 1)); n != 0 || err == nil {
			t.Errorf("read %d bytes of a closed body: %v", n, err)
		}
		if peak := e.Stats().PeakInFlight; peak != 1 {
			t.Errorf("%d in flight", peak)
		}
	})
}

// Over a socket, too, the headers do not wait for the body.
func TestSlowOverASocket(t *testing.T) {
	w := listen(t, emulator.New(faults(t, "ListAccounts=slow")))
	accessToken := w.accessToken()
	ctx, cancel := contextWithCause(t)
	response := slowly(ctx, t, w, accessToken)
	cancel(nil)
	if _, err := io.ReadAll(response.Body); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
