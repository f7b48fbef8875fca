package signin

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"aws-sso-config-generator/internal/emulator"
	"aws-sso-config-generator/internal/identitycenter"
)

// answerOf is where the service sends the browser that opens an address.
func answerOf(t *testing.T, address string) *url.URL {
	t.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Get(address)
	if err != nil {
		t.Error(err)
		return &url.URL{}
	}
	_ = response.Body.Close()
	answer, err := response.Location()
	if err != nil {
		t.Errorf("%s: %s, %v", address, response.Status, err)
		return &url.URL{}
	}
	return answer
}

// with is an address with another value in its query.
func with(t *testing.T, address, name, value string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Error(err)
		return ""
	}
	query := u.Query()
	query.Set(name, value)
	u.RawQuery = query.Encode()
	return u.String()
}

// Somebody knows our state and brings a code to our callback that the service gave
// them: for a client of their own, or for ours, but with a challenge whose verifier
// they know. Nobody is signed in with it.
func TestACodeOfAnotherSignInIsWorthNothing(t *testing.T) {
	const theirVerifier = "a-verifier-of-at-least-forty-three-characters"
	for whose, obtain := range map[string]func(*testing.T, Config, Prompt) string{
		"their client": func(t *testing.T, c Config, p Prompt) string {
			redirectURI, state := callbackOf(t, p)
			theirs, err := c.Client.Register(t.Context(), identitycenter.ClientMetadata{
				ClientName: "theirs", GrantTypes: []string{identitycenter.GrantAuthorizationCode}, RedirectURIs: []string{redirectURI},
				Scopes: []string{identitycenter.ScopeAccountAccess}, IssuerURL: c.StartURL,
			})
			if err != nil {
				t.Error(err)
			}
			return answerOf(t, c.Client.AuthorizeURL(identitycenter.AuthorizationRequest{
				ClientID: theirs.ClientID, RedirectURI: redirectURI, Scopes: []string{identitycenter.ScopeAccountAccess}, State: state, CodeVerifier: theirVerifier,
			})).String()
		},
		"our client": func(t *testing.T, _ Config, p Prompt) string {
			return answerOf(t, with(t, p.URL, "code_challenge", oauth2.S256ChallengeFromVerifier(theirVerifier))).String()
		},
	} {
		t.Run(whose, func(t *testing.T) {
			e, c := world(t, emulator.Config{AutoApprove: true})
			seen := browser(t, &c, func(p Prompt) shown { return browse(t, obtain(t, c, p)) })
			l, err := AuthorizationCode(t.Context(), c)
			if !errors.Is(err, identitycenter.ErrInvalidGrant) || l.Token != (identitycenter.Token{}) {
				t.Errorf("%v, %v", l, err)
			}
			if page := seen(); page.status != http.StatusOK || !strings.Contains(page.body, "Sign-in failed") {
				t.Errorf("the browser shows %d %s", page.status, page.body)
			}
			if got := e.Stats().Requests["CreateToken"]; got != 1 {
				t.Errorf("%d exchanges", got)
			}
		})
	}
}

// Somebody has seen the address that our browser was sent to, and our registration,
// too, and is faster than we are. The verifier alone is what they cannot know.
func TestAStolenAnswerBuysNoToken(t *testing.T) {
	var thief *identitycenter.Client
	tried := 0
	_, c := worldThrough(t, emulator.Config{AutoApprove: true}, func(request *http.Request, body []byte) {
		var sent struct{ ClientID, ClientSecret, Code, CodeVerifier, RedirectURI string }
		if request.URL.Path != "/token" || tried > 0 {
			return
		}
		if err := json.Unmarshal(body, &sent); err != nil || sent.Code == "" {
			t.Errorf("%v: %s", err, body)
		}
		for _, verifier := range []string{"", strings.Repeat("x", len(sent.CodeVerifier)), oauth2.S256ChallengeFromVerifier(sent.CodeVerifier)} {
			tried++
			token, err := thief.CreateToken(t.Context(), identitycenter.Registration{ClientID: sent.ClientID, ClientSecret: identitycenter.Secret(sent.ClientSecret)},
				identitycenter.Grant{Code: identitycenter.Secret(sent.Code), RedirectURI: sent.RedirectURI, CodeVerifier: identitycenter.Secret(verifier)})
			if err == nil || token.AccessToken != "" {
				t.Errorf("verifier %q bought a token", verifier)
			}
		}
	})
	thief = c.Client
	seen := browser(t, &c, func(p Prompt) shown { return browse(t, p.URL) })
	if _, err := AuthorizationCode(t.Context(), c); err != nil {
		t.Errorf("after the thief, we: %v", err)
	}
	seen()
	if tried != 3 {
		t.Errorf("tried %d times: nothing is proved", tried)
	}
}

// What the browser brought to one sign-in, brought to the next, is nothing to it.
func TestYesterdaysAnswerIsAStray(t *testing.T) {
	var yesterday string
	for day := range 2 {
		_, c := world(t, emulator.Config{AutoApprove: true})
		seen := browser(t, &c, func(p Prompt) shown {
			answer := answerOf(t, p.URL)
			if day > 0 {
				redirectURI, _ := callbackOf(t, p)
				if page := browse(t, redirectURI+"?"+yesterday); page.status != http.StatusBadRequest || !strings.Contains(page.body, "Not a sign-in") {
					t.Errorf("yesterday's answer: %d %s", page.status, page.body)
				}
			}
			yesterday = answer.RawQuery
			return browse(t, answer.String())
		})
		if _, err := AuthorizationCode(t.Context(), c); err != nil {
			t.Errorf("day %d: %v", day, err)
		}
		if page := seen(); !strings.Contains(page.body, "You are signed in") {
			t.Errorf("day %d: the browser shows %s", day, page.body)
		}
	}
}

// A page of somebody else can send requests to the callback, but learns nothing from
// it, gets nothing of its own shown there, and cannot put it into a frame.
func TestAHostilePageGetsNothingOutOfTheCallback(t *testing.T) {
	_, c := world(t, emulator.Config{AutoApprove: true})
	seen := browser(t, &c, func(p Prompt) shown {
		redirectURI, state := callbackOf(t, p)
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodOptions} {
			for _, query := range []string{"?code=EVIL<script>&state=EVIL", "?error=EVIL&error_description=<script>EVIL", "?state=" + state + "&x=EVIL"} {
				request, err := http.NewRequestWithContext(t.Context(), method, redirectURI+query, strings.NewReader("EVIL"))
				if err != nil {
					t.Error(err)
					continue
				}
				request.Header = http.Header{
					"Origin": {"https://evil.example.com"}, "Referer": {"https://evil.example.com/EVIL"}, "Cookie": {"EVIL=EVIL"}, "X-EVIL": {"EVIL"},
					"Access-Control-Request-Method": {method}, "Access-Control-Request-Private-Network": {"true"},
				}
				response, err := http.DefaultClient.Do(request)
				if err != nil {
					t.Error(err)
					continue
				}
				body, err := io.ReadAll(response.Body)
				_ = response.Body.Close()
				if err != nil || response.StatusCode/100 != 4 || strings.Contains(string(body), "EVIL") || strings.Contains(string(body), state) {
					t.Errorf("%s %s: %v, %s\n%s", method, query, err, response.Status, body)
				}
				for name := range response.Header {
					if strings.HasPrefix(name, "Access-Control-") || name == "Set-Cookie" {
						t.Errorf("%s %s: %s", method, query, name)
					}
				}
				if policy := response.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "frame-ancestors 'none'") || response.Header.Get("X-Content-Type-Options") != "nosniff" {
					t.Errorf("%s %s: %v", method, query, response.Header)
				}
			}
		}
		return browse(t, p.URL)
	})
	if _, err := AuthorizationCode(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	seen()
}

// Wherever a device sign-in would send the person, it is somewhere that can be
// opened; what is not is not shown, and the error holds it in quotes.
func TestNoBadVerificationAddressIsShown(t *testing.T) {
	const good = "https://device.sso.us-east-1.amazonaws.com/"
	for _, bad := range []string{
		"javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "http://example.com/", "ftp://example.com/", "//example.com/", "/device",
		"--remote-debugging-port=1", "https://", "https://example.com/ --help", "https://example.com/\x1b[2J", "https://example.com/\nx", "https://example.com/$(id)",
		"https://example.com/'\"", "https://example.com/\u202e",
	} {
		for _, addresses := range []map[string]any{
			{"verificationUri": bad}, {"verificationUri": good, "verificationUriComplete": bad}, {"verificationUri": bad, "verificationUriComplete": good},
		} {
			answer := map[string]any{"clientId": "id", "clientSecret": "secret", "deviceCode": "d", "userCode": "AAAA-BBBB"}
			maps.Copy(answer, addresses)
			transport := roundTrip(func(*http.Request) (*http.Response, error) {
				w := httptest.NewRecorder()
				err := json.NewEncoder(w).Encode(answer)
				return w.Result(), err
			})
			client, err := identitycenter.NewClient(identitycenter.Options{Region: "us-east-1", Transport: transport})
			if err != nil {
				t.Fatal(err)
			}
			_, err = DeviceCode(t.Context(), Config{Client: client, StartURL: emulator.DefaultStartURL, Show: func(p Prompt) { t.Errorf("shows %+v", p) }})
			if err == nil || !strings.Contains(err.Error(), "not safe to open") || strings.ContainsAny(err.Error(), "\x1b\n\u202e") {
				t.Errorf("%v: %q", addresses, err)
			}
		}
	}
}

// The refresh token goes to the OIDC service of the region that the config file
// names. A token file that tells of another place leads it nowhere.
func TestTheRefreshTokenGoesWhereTheConfigFileSays(t *testing.T) {
	for name, test := range map[string]struct {
		from, to string
		goes     bool
	}{
		"untouched":         {"", "", true},
		"another region":    {`"region":"us-east-1"`, `"region":"eu-west-1"`, false},
		"no region":         {`"region":"us-east-1"`, `"region":"evil.example.com/"`, false},
		"another start URL": {emulator.DefaultStartURL, "https://evil.awsapps.com/start", false},
		"no start URL":      {emulator.DefaultStartURL, "https://evil.example.com/", false},
		"new members":       {`"region":`, `"endpoint":"https://evil.example.com","tokenEndpoint":"https://evil.example.com","region":`, true},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T) {
				d := newDesk(t, emulator.Config{})
				l := d.signIn(corp, true)
				var went []string
				var err error
				if d.client, err = identitycenter.NewClient(identitycenter.Options{Region: corp.Region, Transport: witness{d.service.Transport(), func(r *http.Request, body []byte) {
					if strings.Contains(string(body), string(l.Token.RefreshToken)) || strings.Contains(r.URL.String(), string(l.Token.RefreshToken)) {
						went = append(went, r.Method+" "+r.URL.String())
					}
				}}}); err != nil {
					t.Fatal(err)
				}
				d.write(corp, strings.ReplaceAll(d.read(corp), test.from, test.to))
				time.Sleep(2 * time.Hour)
				_, err = d.token(corp, "")
				want := []string{"POST https://oidc.us-east-1.amazonaws.com/token"}
				if !test.goes {
					want = nil
				}
				if !slices.Equal(went, want) || (err == nil) != test.goes {
					t.Errorf("the refresh token went %q; %v", went, err)
				}
			})
		})
	}
}

// A redirect would take the body along with 307 and 308, refresh token and all.
func TestARedirectTakesNoRefreshTokenAlong(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		inWorld(t, func(t *testing.T) {
			d := newDesk(t, emulator.Config{})
			d.signIn(corp, true)
			var asked []string
			var err error
			if d.client, err = identitycenter.NewClient(identitycenter.Options{Region: corp.Region, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				asked = append(asked, r.URL.Host)
				w := httptest.NewRecorder()
				http.Redirect(w, r, "https://evil.example.com/token", status)
				return w.Result(), nil
			})}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * time.Hour)
			if _, err := d.token(corp, ""); err == nil || !slices.Equal(asked, []string{"oidc.us-east-1.amazonaws.com"}) {
				t.Errorf("%d: asked %q; %v", status, asked, err)
			}
		})
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }

// A token file can hold anything. What no header takes is no token, and is not tried.
func TestATokenThatIsAHeader(t *testing.T) {
	for _, token := range []string{`aoa\r\nX-Evil: yes`, `aoa\n`, `aoa\u0000`, ` `, `aoa\u00e9`} {
		inWorld(t, func(t *testing.T) {
			d := newDesk(t, emulator.Config{})
			l := d.signIn(corp, true)
			d.write(corp, strings.ReplaceAll(d.read(corp), string(l.Token.AccessToken), token))
			if _, err := d.token(corp, ""); !errors.Is(err, ErrDamaged) || strings.Contains(err.Error(), "aoa") {
				t.Errorf("%s: %v", token, err)
			}
		})
	}
}
