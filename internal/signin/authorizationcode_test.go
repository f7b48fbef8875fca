package signin

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"aws-sso-config-generator/internal/emulator"
	"aws-sso-config-generator/internal/identitycenter"
)

func TestAPersonAllowsAndIsSignedIn(t *testing.T) {
	e, c := world(t, emulator.Config{AutoApprove: true})
	seen := browser(t, &c, func(p Prompt) shown { return browse(t, p.URL) })
	token, err := AuthorizationCode(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if token.Token.AccessToken == "" || time.Until(token.Token.ExpiresAt) < 59*time.Minute {
		t.Errorf("token %v expires at %v", string(token.Token.AccessToken) != "", token.Token.ExpiresAt)
	}
	page := seen()
	if page.status != http.StatusOK || !strings.Contains(page.body, "You are signed in") {
		t.Errorf("the browser shows %d %s", page.status, page.body)
	}
	for name, want := range map[string]string{
		"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "Content-Security-Policy": "default-src 'none'",
	} {
		if !strings.Contains(page.header.Get(name), want) {
			t.Errorf("%s: %q", name, page.header.Get(name))
		}
	}
	if strings.Contains(page.body, "http://") || strings.Contains(page.body, "https://") {
		t.Error("the page refers to somewhere outside")
	}
	if got := e.Stats().Requests; got["RegisterClient"] != 1 || got["CreateToken"] != 1 {
		t.Errorf("requests %v", got)
	}
}

func TestTheBrowserOpensWhenTheCallbackAlreadyListens(t *testing.T) {
	_, c := world(t, emulator.Config{AutoApprove: true})
	var browsing sync.WaitGroup
	defer browsing.Wait()
	c.Show = func(p Prompt) {
		redirectURI, _ := callbackOf(t, p)
		if page := browse(t, redirectURI); page.status != http.StatusBadRequest {
			t.Errorf("the callback answers %d", page.status)
		}
		browsing.Go(func() { browse(t, p.URL) })
	}
	if _, err := AuthorizationCode(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

// back makes a browser come back with a query of its own, without having been
// at the service.
func back(t *testing.T, query string) func(Prompt) shown {
	return func(p Prompt) shown {
		redirectURI, state := callbackOf(t, p)
		return browse(t, redirectURI+"?"+strings.ReplaceAll(query, "STATE", state))
	}
}

func TestAPersonRefuses(t *testing.T) {
	_, c := world(t, emulator.Config{})
	seen := browser(t, &c, back(t, "error=access_denied&error_description=User+denied&state=STATE"))
	_, err := AuthorizationCode(t.Context(), c)
	if !errors.Is(err, ErrRefused) || !errors.Is(err, identitycenter.ErrAccessDenied) {
		t.Errorf("got %v", err)
	}
	if page := seen(); page.status != http.StatusOK || !strings.Contains(page.body, "Sign-in refused") {
		t.Errorf("the browser shows %d %s", page.status, page.body)
	}
}

func TestTheServiceSendsAnErrorAndThePageEscapesIt(t *testing.T) {
	_, c := world(t, emulator.Config{})
	seen := browser(t, &c, back(t, "error=server_error&error_description=%3Cscript%3Ealert(1)%3C/script%3E&state=STATE"))
	_, err := AuthorizationCode(t.Context(), c)
	if !errors.Is(err, ErrAuthorize) || !strings.Contains(err.Error(), "server_error: <script>") {
		t.Errorf("got %v", err)
	}
	page := seen()
	if !strings.Contains(page.body, "Sign-in failed") || strings.Contains(page.body, "<script>alert") || !strings.Contains(page.body, "&lt;script&gt;alert") {
		t.Errorf("the browser shows %s", page.body)
	}
}

func TestTheExchangeFailsAndThePageSaysSo(t *testing.T) {
	_, c := world(t, emulator.Config{})
	seen := browser(t, &c, back(t, "code=invented&state=STATE"))
	_, err := AuthorizationCode(t.Context(), c)
	if !errors.Is(err, identitycenter.ErrInvalidGrant) {
		t.Errorf("got %v", err)
	}
	if page := seen(); !strings.Contains(page.body, "Sign-in failed") || !strings.Contains(page.body, "InvalidGrantException") {
		t.Errorf("the browser shows %s", page.body)
	}
}

func TestTheCallbackIsGoneAfterwards(t *testing.T) {
	_, c := world(t, emulator.Config{AutoApprove: true})
	var redirectURI string
	seen := browser(t, &c, func(p Prompt) shown {
		redirectURI, _ = callbackOf(t, p)
		return browse(t, p.URL)
	})
	if _, err := AuthorizationCode(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	seen()
	if _, err := http.Get(redirectURI); err == nil {
		t.Error("the callback still answers")
	}
}

func TestNobodyComesBack(t *testing.T) {
	_, c := world(t, emulator.Config{})
	c.Timeout = time.Millisecond
	if _, err := AuthorizationCode(t.Context(), c); !errors.Is(err, ErrTimeout) {
		t.Errorf("got %v", err)
	}
}

func TestCtrlCEndsTheWait(t *testing.T) {
	_, c := world(t, emulator.Config{})
	interrupt := errors.New("interrupt")
	ctx, cancel := context.WithCancelCause(t.Context())
	c.Show = func(Prompt) { cancel(interrupt) }
	if _, err := AuthorizationCode(ctx, c); !errors.Is(err, interrupt) {
		t.Errorf("got %v", err)
	}
}

func TestTheClosedTabDoesNotLoseTheSignIn(t *testing.T) {
	// The code has arrived, and the tab is closed while it is exchanged.
	tab, closeTab := context.WithCancel(t.Context())
	closed := make(chan struct{})
	_, c := worldThrough(t, emulator.Config{AutoApprove: true}, func(request *http.Request, _ []byte) {
		if request.URL.Path == "/token" {
			closeTab()
			<-closed
		}
	})
	seen := browser(t, &c, func(p Prompt) shown {
		defer close(closed)
		request, err := http.NewRequestWithContext(tab, http.MethodGet, p.URL, nil)
		if err != nil {
			t.Error(err)
			return shown{}
		}
		if response, err := http.DefaultClient.Do(request); err == nil {
			t.Errorf("the closed tab shows %s", response.Status)
			_ = response.Body.Close()
		}
		return shown{}
	})
	if _, err := AuthorizationCode(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	seen()
}

// The page is reloaded while the code is exchanged: the first answer counts, the
// second tab says so.
func TestTheTabIsReloadedDuringTheExchange(t *testing.T) {
	var address string
	_, c := worldThrough(t, emulator.Config{AutoApprove: true}, func(request *http.Request, _ []byte) {
		if request.URL.Path == "/token" {
			if page := browse(t, address); page.status != http.StatusConflict || !strings.Contains(page.body, "Already used") {
				t.Errorf("the reloaded tab shows %d %s", page.status, page.body)
			}
		}
	})
	seen := browser(t, &c, func(p Prompt) shown {
		client := http.Client{CheckRedirect: func(request *http.Request, _ []*http.Request) error {
			address = request.URL.String()
			return nil
		}}
		response, err := client.Get(p.URL)
		if err != nil {
			t.Error(err)
			return shown{}
		}
		defer func() { _ = response.Body.Close() }()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Error(err)
		}
		return shown{response.StatusCode, string(body), nil}
	})
	if _, err := AuthorizationCode(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if page := seen(); !strings.Contains(page.body, "You are signed in") {
		t.Errorf("the first tab shows %s", page.body)
	}
}
