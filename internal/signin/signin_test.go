package signin

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"aws-sso-config-generator/internal/emulator"
	"aws-sso-config-generator/internal/identitycenter"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is an emulator on a socket, for the browser, and a client that talks to it.
func world(t *testing.T, config emulator.Config) (*emulator.Emulator, Config) {
	t.Helper()
	return worldThrough(t, config, func(*http.Request, []byte) {})
}

// worldThrough is a world in which somebody sees every request of the client.
func worldThrough(t *testing.T, config emulator.Config, see func(*http.Request, []byte)) (*emulator.Emulator, Config) {
	t.Helper()
	e := emulator.New(config)
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	client, err := identitycenter.NewClient(identitycenter.Options{
		Region: "us-east-1", OIDCEndpoint: server.URL, Transport: witness{e.Transport(), see},
	})
	if err != nil {
		t.Fatal(err)
	}
	return e, Config{Client: client, StartURL: emulator.DefaultStartURL, Show: func(Prompt) {}}
}

// witness sees every request of our client before the emulator does.
type witness struct {
	http.RoundTripper
	see func(request *http.Request, body []byte)
}

func (w witness) RoundTrip(request *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	w.see(request, body)
	request.Body = io.NopCloser(bytes.NewReader(body))
	return w.RoundTripper.RoundTrip(request)
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

// What goes over the wire is what the specification draws, to the letter.
func TestWhatIsSentIsWhatTheSpecificationDraws(t *testing.T) {
	sent := map[string]map[string]any{}
	record := func(request *http.Request, body []byte) {
		members := map[string]any{}
		if err := json.Unmarshal(body, &members); err != nil {
			t.Errorf("%s: %v", request.URL.Path, err)
		}
		sent[request.Method+" "+request.URL.Path] = members
	}
	_, c := worldThrough(t, emulator.Config{AutoApprove: true, StartURL: emulator.DefaultStartURL}, record)
	c.StartURL = emulator.DefaultStartURL + "/#/" // as typed
	var redirectURI string
	seen := browser(t, &c, func(p Prompt) shown {
		redirectURI, _ = callbackOf(t, p)
		return browse(t, p.URL)
	})
	if _, err := AuthorizationCode(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	seen()
	if !regexp.MustCompile(`^http://127\.0\.0\.1:[1-9][0-9]*/oauth/callback$`).MatchString(redirectURI) {
		t.Errorf("redirect URI %q", redirectURI)
	}
	token := sent["POST /token"]
	for name, least := range map[string]int{"clientId": 1, "clientSecret": 1, "code": 1, "codeVerifier": 43} {
		if text, _ := token[name].(string); len(text) < least {
			t.Errorf("%s is %q", name, text)
		}
		delete(token, name)
	}
	if diff := cmp.Diff(map[string]map[string]any{
		"POST /client/register": {
			"clientName": "aws-sso-config-generator", "clientType": "public", "grantTypes": []any{"authorization_code"},
			"redirectUris": []any{redirectURI}, "scopes": []any{"sso:account:access"}, "issuerUrl": emulator.DefaultStartURL + "/#/",
		},
		"POST /token": {"grantType": "authorization_code", "redirectUri": redirectURI},
	}, sent); diff != "" {
		t.Errorf("-want +sent:\n%s", diff)
	}

	clear(sent)
	_, c = worldThrough(t, emulator.Config{AutoApprove: true, Interval: time.Second}, record)
	if _, err := DeviceCode(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"clientId", "clientSecret", "deviceCode"} {
		delete(sent["POST /token"], name)
		delete(sent["POST /device_authorization"], name)
	}
	if diff := cmp.Diff(map[string]map[string]any{
		"POST /client/register": {
			"clientName": "aws-sso-config-generator", "clientType": "public", "scopes": []any{"sso:account:access"},
			"grantTypes": []any{"urn:ietf:params:oauth:grant-type:device_code"},
		},
		"POST /device_authorization": {"startUrl": emulator.DefaultStartURL},
		"POST /token":                {"grantType": "urn:ietf:params:oauth:grant-type:device_code"},
	}, sent); diff != "" {
		t.Errorf("-want +sent:\n%s", diff)
	}
}
