package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// A witness stands between the program and the portal and writes down which
// accounts' roles were asked for.
type witness struct {
	mu    sync.Mutex
	asked map[string]int
}

// watch puts a witness in front of the portal that h knows.
func (h *home) watch() *witness {
	h.t.Helper()
	portal, err := url.Parse(h.variable("AWS_ENDPOINT_URL_SSO"))
	if err != nil {
		h.t.Fatal(err)
	}
	w := &witness{asked: make(map[string]int)}
	proxy := &httputil.ReverseProxy{
		Rewrite:      func(r *httputil.ProxyRequest) { r.SetURL(portal) },
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) {}, // killed clients do not wait for their answers
	}
	server := httptest.NewServer(http.HandlerFunc(func(response http.ResponseWriter, r *http.Request) {
		if id := r.URL.Query().Get("account_id"); id != "" {
			w.mu.Lock()
			w.asked[id]++
			w.mu.Unlock()
		}
		proxy.ServeHTTP(response, r)
	}))
	h.t.Cleanup(server.Close)
	h.export("AWS_ENDPOINT_URL_SSO=" + server.URL)
	return w
}

// since returns what was asked and forgets it.
func (w *witness) since() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	asked := w.asked
	w.asked = make(map[string]int)
	return asked
}

// finished is the accounts that a killed run has written down as done.
func (h *home) finished() map[string]bool {
	h.t.Helper()
	paths, err := filepath.Glob(filepath.Join(h.dir, ".cache", "aws-sso-config-generator", "*.progress"))
	if err != nil {
		h.t.Fatal(err)
	}
	ids := make(map[string]bool)
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			h.t.Fatal(err)
		}
		for line := range bytes.Lines(data) {
			var kept struct {
				AccountID string `json:"account_id"`
			}
			if json.Unmarshal(line, &kept) == nil && bytes.HasSuffix(line, []byte("\n")) && kept.AccountID != "" {
				ids[kept.AccountID] = true
			}
		}
	}
	return ids
}

// Killed at any of 50 moments, then run again: the file is that of a run that
// nothing disturbed, and no account is asked that was finished before.
func TestKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	const homes, kills, accounts = 5, 10, 150
	for i := range homes {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			h := newHome(t)
			h.emulate("--auto-approve", "--accounts", fmt.Sprint(accounts), "--roles", "3", "--latency", "30ms", "--rate", "400", "--burst", "40")
			w := h.watch()
			start := time.Now()
			h.generate()
			whole, undisturbed := time.Since(start), h.readConfig()
			resumed := 0
			for range kills {
				if err := os.Remove(h.config()); err != nil {
					t.Fatal(err)
				}
				moment := rand.N(whole)
				killed := h.start(binary)
				time.Sleep(moment)
				_ = killed.cmd.Process.Kill() // it may have ended
				<-killed.ended
				if config, err := os.ReadFile(h.config()); err == nil && string(config) != undisturbed {
					t.Errorf("killed after %v, there is a config file of %d bytes", moment, len(config))
				}
				finished := h.finished()
				w.since()
				h.generate()
				if h.readConfig() != undisturbed {
					t.Errorf("killed after %v, the next run wrote something else", moment)
				}
				asked := w.since()
				for id := range finished {
					if asked[id] > 0 {
						t.Errorf("killed after %v: account %s was finished and asked again", moment, id)
					}
				}
				if len(finished)+len(asked) < accounts {
					t.Errorf("killed after %v: %d finished, %d asked", moment, len(finished), len(asked))
				}
				if len(finished) > 0 {
					resumed++
				}
			}
			t.Logf("%d of %d runs went on where another was killed; a whole run takes %v", resumed, kills, whole)
		})
	}
}
