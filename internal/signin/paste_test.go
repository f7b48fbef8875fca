package signin

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"aws-sso-config-generator/internal/emulator"
	"aws-sso-config-generator/internal/identitycenter"
)

// follow is where the service sends a browser that cannot reach the callback.
func follow(t *testing.T, p Prompt) string {
	t.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Get(p.URL)
	if err != nil {
		t.Error(err)
		return ""
	}
	_ = response.Body.Close()
	return response.Header.Get("Location")
}

// The browser is on another computer, where 127.0.0.1 is not ours: the person
// pastes the address that it ended on.
func TestAPersonPastesTheAddress(t *testing.T) {
	for _, as := range []func(string) string{
		func(address string) string { return address },
		func(address string) string { return strings.TrimPrefix(address, "http://") },
		func(address string) string { return address + "#" },
		func(address string) string {
			return strings.Replace(address, "?", "?x="+strings.Repeat("x", 6000)+"&", 1)
		},
	} {
		e, c := world(t, emulator.Config{AutoApprove: true})
		var used error
		c.Show = func(p Prompt) {
			address := as(follow(t, p))
			if err := p.Paste(address); err != nil {
				t.Errorf("%s: %v", address, err)
			}
			used = p.Paste(address)
		}
		token, err := AuthorizationCode(t.Context(), c)
		if err != nil || token.Token.AccessToken == "" {
			t.Fatalf("no token: %v", err)
		}
		if !errors.Is(used, ErrStray) || !errors.Is(used, errUsed) {
			t.Errorf("pasted again: %v", used)
		}
		if got := e.Stats().Requests["CreateToken"]; got != 1 {
			t.Errorf("%d exchanges", got)
		}
	}
}

func TestAPersonPastesARefusal(t *testing.T) {
	_, c := world(t, emulator.Config{})
	c.Show = func(p Prompt) {
		redirectURI, state := callbackOf(t, p)
		if err := p.Paste(redirectURI + "?error=access_denied&state=" + state); err != nil {
			t.Error(err)
		}
	}
	if _, err := AuthorizationCode(t.Context(), c); !errors.Is(err, ErrRefused) || !errors.Is(err, identitycenter.ErrAccessDenied) {
		t.Errorf("got %v", err)
	}
}

// Whatever else is pasted changes nothing, and the person learns why. What they
// pasted is not repeated: there may be a code in it.
func TestAPersonPastesSomethingElse(t *testing.T) {
	c := newCallback("127.0.0.1:40121")
	elsewhere := c.elsewhere()
	for _, test := range []struct {
		address string
		want    error
	}{
		{"", elsewhere},
		{"yes", elsewhere},
		{"SECRET", elsewhere},
		{"https://oidc.us-east-1.amazonaws.com/authorize?response_type=code&state=STATE", elsewhere},
		{"https://127.0.0.1:40121/oauth/callback?code=SECRET&state=STATE", elsewhere},
		{"http://127.0.0.1:40121/?code=SECRET&state=STATE", elsewhere},
		{"http://127.0.0.1:40121/oauth/callback/?code=SECRET&state=STATE", elsewhere},
		{"http://localhost:40121/oauth/callback?code=SECRET&state=STATE", elsewhere},
		{"http://user@127.0.0.1:40121/oauth/callback?code=SECRET&state=STATE", elsewhere},
		{"http://127.0.0.1:40121@attacker.example.com/oauth/callback?code=SECRET&state=STATE", elsewhere},
		{"http://127.0.0.1:40121\x1b[31m/oauth/callback?code=SECRET&state=STATE", elsewhere},
		{"http://127.0.0.1:40122/oauth/callback?code=SECRET&state=STATE", errAnother},
		{"http://127.0.0.1:40121/oauth/callback?code=SECRET&state=other", errAnother},
		{"http://127.0.0.1:40121/oauth/callback?code=SECRET", errAnother},
		{"http://127.0.0.1:40121/oauth/callback", errAnother},
		{"http://127.0.0.1:40121/oauth/callback?state=STATE", errIncomplete},
		{"http://127.0.0.1:40121/oauth/callback?code=SECRET&code=SECRET&state=STATE", errIncomplete},
		{"http://127.0.0.1:40121/oauth/callback?code=SECRET&error=access_denied&state=STATE", errIncomplete},
		{"http://127.0.0.1:40121/oauth/callback?code=%zz&state=STATE", errIncomplete},
		{"http://127.0.0.1:40121/oauth/callback?state=STATE&code=SECRET" + strings.Repeat("x", maxQuery), errLong},
	} {
		err := c.paste(strings.ReplaceAll(test.address, "STATE", c.state))
		if !errors.Is(err, ErrStray) || err.Error() != test.want.Error() {
			t.Errorf("%.100s: %v", test.address, err)
		}
		if err != nil && strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%v", err)
		}
	}
	if err := c.paste(c.redirectURI + "?code=SECRET&state=" + c.state); err != nil {
		t.Errorf("after all that, the answer: %v", err)
	}
}

// Pasting takes what the callback takes, and nothing else.
func TestPastedIsCheckedAsIfTheBrowserHadCome(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pasted, came := newCallback("127.0.0.1:40121"), newCallback("127.0.0.1:40121")
		came.state = pasted.state
		came.verdict <- nil
		query := url.Values{}
		for _, name := range rapid.SliceOf(rapid.SampledFrom([]string{"code", "state", "error", "x"})).Draw(t, "names") {
			query.Add(name, rapid.OneOf(rapid.Just(pasted.state), rapid.Just(""), rapid.String()).Draw(t, name))
		}
		if rapid.Bool().Draw(t, "ours") {
			query.Set("state", pasted.state)
		}
		address := "http://" +
			rapid.SampledFrom([]string{pasted.host, pasted.host, "127.0.0.1", "localhost:40121", "127.0.0.1:1"}).Draw(t, "host") +
			rapid.SampledFrom([]string{callbackPath, callbackPath, "/oauth/%63allback", "/oauth//callback", "/", ""}).Draw(t, "path") +
			rapid.SampledFrom([]string{"?", "?", "?x&", "?%zz&", "?;", "#?"}).Draw(t, "mark") + query.Encode()
		err := pasted.paste(address)

		request, malformed := http.NewRequest(http.MethodGet, address, nil)
		if malformed != nil {
			t.Fatal(malformed)
		}
		came.ServeHTTP(httptest.NewRecorder(), request)
		if (err == nil) != came.taken.Load() || pasted.taken.Load() != came.taken.Load() {
			t.Fatalf("%s: pasted, %v; by the browser, taken %t", address, err, came.taken.Load())
		}
		if err == nil {
			if p, b := <-pasted.arrived, <-came.arrived; p.code != b.code || (p.err == nil) != (b.err == nil) {
				t.Fatalf("%s: %v pasted, %v by the browser", address, p, b)
			}
		} else if !errors.Is(err, ErrStray) {
			t.Fatal(err)
		}
	})
}

// The browser comes back while the person pastes the same address, many times: one
// of them is first, the others are late, and there is one exchange.
func TestPasteAndBrowserRace(t *testing.T) {
	e, c := world(t, emulator.Config{AutoApprove: true})
	var racing sync.WaitGroup
	var pasted, late, came atomic.Int32
	c.Show = func(p Prompt) {
		address := follow(t, p)
		for range 8 {
			racing.Go(func() {
				if err := p.Paste(address); err == nil {
					pasted.Add(1)
				} else if errors.Is(err, ErrStray) {
					late.Add(1)
				}
			})
			racing.Go(func() {
				response, err := http.Get(address)
				if err != nil {
					return // the sign-in is over
				}
				_ = response.Body.Close()
				if response.StatusCode == http.StatusOK {
					came.Add(1)
				}
			})
		}
	}
	if _, err := AuthorizationCode(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	racing.Wait()
	if pasted.Load()+came.Load() != 1 || pasted.Load()+late.Load() != 8 {
		t.Errorf("%d pasted, %d late, %d by the browser", pasted.Load(), late.Load(), came.Load())
	}
	if got := e.Stats().Requests["CreateToken"]; got != 1 {
		t.Errorf("%d exchanges", got)
	}
}

// Nobody waits for a page that no browser asked for; one that a browser did ask
// for gets its time.
func TestAfterAPasteTheSignInGoesOnAtOnce(t *testing.T) {
	for _, pasted := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			c := newCallback("127.0.0.1:40121")
			c.server, c.served = &http.Server{}, make(chan struct{})
			close(c.served)
			if pasted {
				if err := c.paste(c.redirectURI + "?code=x&state=" + c.state); err != nil {
					t.Fatal(err)
				}
			} else if !c.take(outcome{code: "x"}) {
				t.Fatal("not taken")
			}
			if code, err := c.wait(t.Context()); err != nil || string(code) != "x" {
				t.Fatalf("%q, %v", string(code), err)
			}
			_ = c.answer(nil)
			start := time.Now()
			c.close()
			if waited := time.Since(start); (waited == 0) != pasted {
				t.Errorf("pasted %t: waited %v", pasted, waited)
			}
		})
	}
}

// What is pasted when the sign-in is over is not taken.
func TestPasteAfterTheEnd(t *testing.T) {
	_, c := world(t, emulator.Config{})
	var prompt Prompt
	ctx, cancel := context.WithCancel(t.Context())
	c.Show = func(p Prompt) { prompt = p; cancel() }
	if _, err := AuthorizationCode(ctx, c); err == nil {
		t.Fatal("signed in")
	}
	redirectURI, state := callbackOf(t, prompt)
	if err := prompt.Paste(redirectURI + "?code=x&state=" + state); !errors.Is(err, errUsed) {
		t.Errorf("got %v", err)
	}
}

func TestTheCallbackPortThatWasAskedFor(t *testing.T) {
	taken, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, c := world(t, emulator.Config{AutoApprove: true})
	c.CallbackPort = taken.Addr().(*net.TCPAddr).Port
	if _, err := AuthorizationCode(t.Context(), c); !errors.Is(err, ErrListen) || !strings.Contains(err.Error(), taken.Addr().String()) {
		t.Errorf("the port is taken: %v", err)
	}
	if err := taken.Close(); err != nil {
		t.Fatal(err)
	}
	seen := browser(t, &c, func(p Prompt) shown {
		redirectURI, _ := callbackOf(t, p)
		if want := "http://" + taken.Addr().String() + callbackPath; redirectURI != want || p.CallbackPort != c.CallbackPort {
			t.Errorf("%s, port %d; %s wanted", redirectURI, p.CallbackPort, want)
		}
		return browse(t, p.URL)
	})
	if _, err := AuthorizationCode(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	seen()
}
