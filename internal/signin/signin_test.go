package signin

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"aws-sso-config-generator/internal/emulator"
	"aws-sso-config-generator/internal/identitycenter"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is an emulator on a socket and a client that talks to it.
func world(t *testing.T, config emulator.Config) (*emulator.Emulator, Config) {
	t.Helper()
	e := emulator.New(config)
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	client, err := identitycenter.NewClient(identitycenter.Options{Region: "us-east-1", OIDCEndpoint: server.URL, Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	return e, Config{Client: client, StartURL: emulator.DefaultStartURL, Show: func(Prompt) {}}
}

// shown is what a browser shows in the end.
type shown struct {
	status int
	body   string
	header http.Header
}

// browse follows an address as a browser does.
func browse(t *testing.T, address string) shown {
	t.Helper()
	response, err := http.Get(address)
	if err != nil {
		t.Error(err)
		return shown{}
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Error(err)
	}
	return shown{response.StatusCode, string(body), response.Header}
}

// browser gives a config a browser that works beside the sign-in, and returns
// what it showed in the end.
func browser(t *testing.T, c *Config, visit func(Prompt) shown) func() shown {
	t.Helper()
	var working sync.WaitGroup
	var last shown
	c.Show = func(p Prompt) { working.Go(func() { last = visit(p) }) }
	return func() shown { working.Wait(); return last }
}

// callbackOf takes redirect URI and state out of an authorize URL.
func callbackOf(t *testing.T, p Prompt) (redirectURI, state string) {
	t.Helper()
	u, err := url.Parse(p.URL)
	if err != nil {
		t.Error(err)
		return "", ""
	}
	return u.Query().Get("redirect_uri"), u.Query().Get("state")
}

func TestAPersonAllowsAndIsSignedIn(t *testing.T) {
	e, c := world(t, emulator.Config{AutoApprove: true})
	seen := browser(t, &c, func(p Prompt) shown { return browse(t, p.URL) })
	token, err := AuthorizationCode(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if token.AccessToken == "" || time.Until(token.ExpiresAt) < 59*time.Minute {
		t.Errorf("token %v expires at %v", string(token.AccessToken) != "", token.ExpiresAt)
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
	if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "server_error: <script>") {
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

// A person signs in with their browser while everything else on the machine
// knocks at the callback: nothing of it ends or fools the sign-in.
func TestStrayRequestsChangeNothing(t *testing.T) {
	_, c := world(t, emulator.Config{AutoApprove: true})
	seen := browser(t, &c, func(p Prompt) shown {
		redirectURI, state := callbackOf(t, p)
		base := strings.TrimSuffix(redirectURI, callbackPath)
		host := strings.TrimPrefix(base, "http://")
		for _, stray := range []struct {
			method, url, host string
			want              int
		}{
			{"GET", base + "/favicon.ico", host, 404},
			{"GET", base + "/", host, 404},
			{"GET", base + "/oauth/callback/?code=x&state=" + state, host, 404},
			{"GET", base + "/OAuth/Callback?code=x&state=" + state, host, 404},
			{"GET", redirectURI, host, 400},
			{"GET", redirectURI + "?code=x", host, 400},
			{"GET", redirectURI + "?code=x&state=", host, 400},
			{"GET", redirectURI + "?code=x&state=wrong", host, 400},
			{"GET", redirectURI + "?code=x&state=" + state[:len(state)-1], host, 400},
			{"GET", redirectURI + "?code=x&state=" + state + "&state=" + state, host, 400},
			{"GET", redirectURI + "?code=x&code=y&state=" + state, host, 400},
			{"GET", redirectURI + "?code=x&error=access_denied&state=" + state, host, 400},
			{"GET", redirectURI + "?state=" + state, host, 400},
			{"GET", redirectURI + "?error=access_denied", host, 400},
			{"GET", redirectURI + "?error=access_denied&state=wrong", host, 400},
			{"GET", redirectURI + "?code=x;state=" + state, host, 400},
			{"GET", redirectURI + "?code=%zz&state=" + state, host, 400},
			{"GET", redirectURI + "?code=" + strings.Repeat("x", maxQuery) + "&state=" + state, host, 414},
			{"GET", redirectURI + "?code=" + strings.Repeat("x", 2*maxHeader) + "&state=" + state, host, 431},
			{"POST", redirectURI + "?code=x&state=" + state, host, 405},
			{"HEAD", redirectURI + "?code=x&state=" + state, host, 405},
			{"OPTIONS", redirectURI + "?code=x&state=" + state, host, 405},
			{"GET", redirectURI + "?code=x&state=" + state, "attacker.example.com", 421}, // DNS rebinding
			{"GET", redirectURI + "?code=x&state=" + state, "localhost:80", 421},
			{"GET", redirectURI + "?code=x&state=" + state, "127.0.0.1", 421},
		} {
			request, err := http.NewRequestWithContext(t.Context(), stray.method, stray.url, nil)
			if err != nil {
				t.Error(err)
				continue
			}
			request.Host = stray.host
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Error(err)
				continue
			}
			_ = response.Body.Close()
			if response.StatusCode != stray.want {
				t.Errorf("%s %.100s (Host %s): %d, want %d", stray.method, stray.url, stray.host, response.StatusCode, stray.want)
			}
		}
		return browse(t, p.URL)
	})
	if _, err := AuthorizationCode(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if page := seen(); !strings.Contains(page.body, "You are signed in") {
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
	if _, err := http.Get(redirectURI); err == nil { //nolint:bodyclose // there is no answer to close
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
	// The code has arrived; the browser does not wait for its page.
	_, c := world(t, emulator.Config{AutoApprove: true, Latency: 20 * time.Millisecond})
	seen := browser(t, &c, func(p Prompt) shown {
		ctx, cancel := context.WithTimeout(t.Context(), 60*time.Millisecond)
		defer cancel()
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL, nil)
		if err != nil {
			t.Error(err)
			return shown{}
		}
		if response, err := http.DefaultClient.Do(request); err == nil {
			_ = response.Body.Close()
		}
		return shown{}
	})
	if _, err := AuthorizationCode(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	seen()
}

// No query but the one with our state yields a code, whatever else it holds.
func TestOnlyOurStateYieldsACode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := newCallback("127.0.0.1:1")
		query := url.Values{}
		for _, name := range rapid.SliceOf(rapid.SampledFrom([]string{"code", "state", "error", "error_description", "x"})).Draw(t, "names") {
			query.Add(name, rapid.OneOf(rapid.Just(c.state), rapid.Just(""), rapid.String()).Draw(t, name))
		}
		o, err := c.read(query.Encode())
		ours := len(query["state"]) == 1 && query.Get("state") == c.state
		switch {
		case err != nil && o != (outcome{}):
			t.Fatalf("an outcome beside an error: %v", o)
		case err == nil && !ours:
			t.Fatalf("taken with the wrong state: %v", query)
		case err == nil && o.err == nil && (o.code == "" || string(o.code) != query.Get("code")):
			t.Fatalf("code %q of %v", string(o.code), query)
		}
	})
}

func FuzzCallbackQuery(f *testing.F) {
	for _, seed := range []string{"", "code=a&state=b", "error=access_denied&state=b", "code=%zz", "code=a;state=b", "state=b&state=b&code=a"} {
		f.Add(seed)
	}
	c := newCallback("127.0.0.1:1")
	f.Fuzz(func(t *testing.T, rawQuery string) {
		if o, err := c.read(rawQuery); err == nil && !strings.Contains(rawQuery, c.state) {
			t.Errorf("%q gave %v", rawQuery, o)
		}
	})
}

// device runs a device sign-in in virtual time and says how long it took.
func device(t *testing.T, config emulator.Config, check func(e *emulator.Emulator, took time.Duration, err error)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(config)
		client, err := identitycenter.NewClient(identitycenter.Options{Region: "us-east-1", Transport: e.Transport()})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		prompted := false
		token, err := DeviceCode(t.Context(), Config{Client: client, StartURL: emulator.DefaultStartURL, Show: func(p Prompt) {
			prompted = p.UserCode != "" && strings.Contains(p.URL, p.UserCode) && p.VerificationURI != ""
		}})
		if err == nil && token.AccessToken == "" {
			t.Error("no error and no token")
		}
		if !prompted {
			t.Error("the person was not told code and address")
		}
		check(e, time.Since(start), err)
	})
}

func TestDeviceCodePollsAtTheServicesInterval(t *testing.T) {
	for interval, want := range map[time.Duration]time.Duration{0: 5 * time.Second, time.Second: time.Second, 7 * time.Second: 7 * time.Second} {
		device(t, emulator.Config{AutoApprove: true, Interval: interval, EnforceInterval: true}, func(_ *emulator.Emulator, took time.Duration, err error) {
			if err != nil || took != want {
				t.Errorf("interval %v: %v after %v", interval, err, took)
			}
		})
	}
}

func TestDeviceCodeWaitsWhileThePersonDecides(t *testing.T) {
	device(t, emulator.Config{AutoApprove: true, Interval: time.Second, Faults: []emulator.Fault{
		{Operation: "CreateToken", Answer: "AuthorizationPendingException", Times: 4},
	}}, func(e *emulator.Emulator, took time.Duration, err error) {
		if err != nil || took != 5*time.Second || e.Stats().Requests["CreateToken"] != 5 {
			t.Errorf("%v after %v", err, took)
		}
	})
}

func TestDeviceCodeSlowsDownForGood(t *testing.T) {
	device(t, emulator.Config{AutoApprove: true, Interval: time.Second, Faults: []emulator.Fault{
		{Operation: "CreateToken", Answer: "SlowDownException", Times: 2},
		{Operation: "CreateToken", Answer: "AuthorizationPendingException", After: 2, Times: 1},
	}}, func(_ *emulator.Emulator, took time.Duration, err error) {
		if want := (1 + 6 + 11 + 11) * time.Second; err != nil || took != want {
			t.Errorf("%v after %v, want %v", err, took, want)
		}
	})
}

func TestDeviceCodeIsRefused(t *testing.T) {
	device(t, emulator.Config{Faults: []emulator.Fault{{Operation: "CreateToken", Answer: "AccessDeniedException"}}},
		func(_ *emulator.Emulator, took time.Duration, err error) {
			if !errors.Is(err, ErrRefused) || took != 5*time.Second {
				t.Errorf("%v after %v", err, took)
			}
		})
}

func TestDeviceCodeExpires(t *testing.T) {
	// The service says so, or its word is late and our own clock ends the wait.
	device(t, emulator.Config{Faults: []emulator.Fault{{Operation: "CreateToken", Answer: "ExpiredTokenException", After: 3}}},
		func(_ *emulator.Emulator, took time.Duration, err error) {
			if !errors.Is(err, ErrTimeout) || took != 20*time.Second {
				t.Errorf("%v after %v", err, took)
			}
		})
	device(t, emulator.Config{DeviceLifetime: time.Minute, Faults: []emulator.Fault{{Operation: "CreateToken", Answer: "AuthorizationPendingException"}}},
		func(_ *emulator.Emulator, took time.Duration, err error) {
			if !errors.Is(err, ErrTimeout) || took != time.Minute {
				t.Errorf("%v after %v", err, took)
			}
		})
}

func TestDeviceCodeEndsWithThePersonsTime(t *testing.T) {
	device(t, emulator.Config{DeviceLifetime: time.Hour}, func(_ *emulator.Emulator, took time.Duration, err error) {
		if !errors.Is(err, ErrTimeout) || took != DefaultTimeout {
			t.Errorf("%v after %v", err, took)
		}
	})
}
