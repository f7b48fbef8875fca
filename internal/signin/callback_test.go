package signin

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"aws-sso-config-generator/internal/emulator"
)

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
			{"GET", redirectURI + "?code=" + strings.Repeat("x", 2*http.DefaultMaxHeaderBytes) + "&state=" + state, host, 431},
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

// The page takes the code out of the address bar, and runs nothing else.
func TestThePageAllowsItsOwnStyleAndScriptAlone(t *testing.T) {
	w := httptest.NewRecorder()
	resultPage(nil).write(w, http.StatusOK)
	body, policy := w.Body.String(), w.Header().Get("Content-Security-Policy")
	if !strings.Contains(body, `history.replaceState(null, "", location.pathname)`) {
		t.Error("the code stays in the address bar")
	}
	for tag, directive := range map[string]string{"style": "style-src", "script": "script-src"} {
		content := regexp.MustCompile(`(?s)<` + tag + `>(.*?)</` + tag + `>`).FindStringSubmatch(body)
		if content == nil || !strings.Contains(policy, directive+" "+source(content[1])+";") {
			t.Errorf("%s is not that of the policy %s", tag, policy)
		}
	}
	if strings.Contains(policy, "unsafe") {
		t.Errorf("policy %s", policy)
	}
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
	for _, seed := range []string{
		"", "code=a&state=STATE", "error=access_denied&state=STATE", "error=x&error_description=y&state=STATE", "code=a&state=b",
		"code=%zz", "code=a;state=STATE", "state=STATE&state=STATE&code=a", "code=a&error=b&state=STATE",
	} {
		f.Add(seed)
	}
	c := newCallback("127.0.0.1:1")
	c.state = "STATE"
	f.Fuzz(func(t *testing.T, rawQuery string) {
		o, err := c.read(rawQuery)
		query, malformed := url.ParseQuery(rawQuery)
		ours := malformed == nil && len(query["state"]) == 1 && query.Get("state") == "STATE"
		if err == nil && (!ours || o.err == nil && string(o.code) != query.Get("code")) {
			t.Errorf("%q gave %v", rawQuery, o)
		}
	})
}
