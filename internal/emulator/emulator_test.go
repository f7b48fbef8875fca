package emulator_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"aws-sso-config-generator/internal/emulator"
)

// The tests know the service by its wire format only.

const (
	codeGrant    = "authorization_code"
	deviceGrant  = "urn:ietf:params:oauth:grant-type:device_code"
	refreshGrant = "refresh_token"
	redirectURI  = "http://127.0.0.1:43211/oauth/callback"
)

var (
	verifier  = strings.Repeat("correct-horse.battery~staple_", 2)
	challenge = s256(verifier)
)

func s256(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// object is a JSON object.
type object = map[string]any

// wire speaks plain HTTP to an emulator.
type wire struct {
	t      *testing.T
	client *http.Client
	base   string
}

// dial talks to the emulator in process.
func dial(t *testing.T, e *emulator.Emulator) *wire {
	return &wire{t, &http.Client{Transport: e.Transport(), CheckRedirect: noRedirect}, "https://oidc.us-east-1.amazonaws.com"}
}

// listen talks to the emulator over a socket.
func listen(t *testing.T, e *emulator.Emulator) *wire {
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	client := server.Client()
	client.CheckRedirect = noRedirect
	return &wire{t, client, server.URL}
}

func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// answer is a complete response.
type answer struct {
	status int
	header http.Header
	body   string
}

func (w *wire) try(request *http.Request) (answer, error) {
	w.t.Helper()
	response, err := w.client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, string(body)}, err
}

func (w *wire) do(request *http.Request) answer {
	w.t.Helper()
	a, err := w.try(request)
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

func (w *wire) request(method, path string, body io.Reader) *http.Request {
	w.t.Helper()
	request, err := http.NewRequestWithContext(w.t.Context(), method, w.base+path, body)
	if err != nil {
		w.t.Fatal(err)
	}
	return request
}

func (w *wire) get(path string) answer {
	w.t.Helper()
	return w.do(w.request("GET", path, nil))
}

func (w *wire) post(path string, body object) answer {
	w.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.do(w.request("POST", path, bytes.NewReader(text)))
}

// portalRequest goes to the portal of the region whose oidc service w speaks to.
func (w *wire) portalRequest(method, path, accessToken string) *http.Request {
	w.t.Helper()
	portal := *w
	portal.base = strings.Replace(w.base, "https://oidc", "https://portal.sso", 1)
	request := portal.request(method, path, nil)
	request.Header.Set("x-amz-sso_bearer_token", accessToken)
	return request
}

func (w *wire) portal(path, accessToken string) answer {
	w.t.Helper()
	return w.do(w.portalRequest("GET", path, accessToken))
}

func (w *wire) submit(form url.Values) answer {
	w.t.Helper()
	request := w.request("POST", "/consent", strings.NewReader(form.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return w.do(request)
}

// ok returns the JSON of a success.
func (w *wire) ok(a answer) object {
	w.t.Helper()
	if a.status != http.StatusOK {
		w.t.Fatalf("status %d, want 200: %s", a.status, a.body)
	}
	return w.json(a)
}

func (w *wire) json(a answer) object {
	w.t.Helper()
	var o object
	if err := json.Unmarshal([]byte(a.body), &o); err != nil {
		w.t.Fatalf("%v: %s", err, a.body)
	}
	return o
}

// refused checks that an answer is an exception in its service's shape.
func (w *wire) refused(a answer, status int, name, code string) {
	w.t.Helper()
	o := w.json(a)
	header := a.header.Get("x-amzn-ErrorType")
	if code == "" {
		if header != name || o["__type"] != "com.amazonaws.switchboard.portal#"+name || o["message"] == "" {
			w.t.Errorf("want %s, got header %q, body %s", name, header, a.body)
		}
	} else if header != name+":http://internal.amazon.com/coral/com.amazonaws.sso.oidc/" || o["error"] != code || o["error_description"] == "" {
		w.t.Errorf("want %s and %q, got header %q, body %s", name, code, header, a.body)
	}
	if a.status != status {
		w.t.Errorf("%s has status %d, want %d", name, a.status, status)
	}
	if a.header.Get("x-amzn-RequestId") == "" {
		w.t.Error("x-amzn-RequestId is missing")
	}
}

// registration is what this tool registers by default.
func registration() object {
	return object{
		"clientName":   "aws-sso-config-generator",
		"clientType":   "public",
		"grantTypes":   []string{codeGrant},
		"redirectUris": []string{"http://127.0.0.1/oauth/callback"},
		"scopes":       []string{"sso:account:access"},
		"issuerUrl":    emulator.DefaultStartURL,
	}
}

// deviceRegistration is what the AWS CLI registers for the device flow.
func deviceRegistration() object {
	return object{"clientName": "botocore-client-x", "clientType": "public", "scopes": []string{"sso:account:access"}}
}

// with changes a member; nil removes it.
func with(o object, name string, value any) object {
	if value == nil {
		delete(o, name)
	} else {
		o[name] = value
	}
	return o
}

func authorizeQuery(client object) url.Values {
	return url.Values{
		"response_type":         {"code"},
		"client_id":             {client["clientId"].(string)},
		"redirect_uri":          {redirectURI},
		"state":                 {"a state & more"},
		"scopes":                {"sso:account:access"},
		"code_challenge":        {challenge},
		"code_challenge_method": {"S256"},
	}
}

// callback checks a redirect to the client and returns its query.
func (w *wire) callback(a answer) url.Values {
	w.t.Helper()
	location, err := url.Parse(a.header.Get("Location"))
	if a.status != http.StatusFound || err != nil || !strings.HasPrefix(location.String(), redirectURI+"?") {
		w.t.Fatalf("status %d, Location %q: %s", a.status, location, a.body)
	}
	return location.Query()
}

var ticketPattern = regexp.MustCompile(`name="ticket" value="([^"]+)"`)

// decide answers the question on a page.
func (w *wire) decide(page answer, decision string) answer {
	w.t.Helper()
	match := ticketPattern.FindStringSubmatch(page.body)
	if match == nil {
		w.t.Fatalf("status %d, no question: %s", page.status, page.body)
	}
	return w.submit(url.Values{"ticket": {match[1]}, "decision": {decision}})
}

// exchange is the body that turns a code into tokens.
func exchange(client object, code string) object {
	return object{
		"clientId": client["clientId"], "clientSecret": client["clientSecret"], "grantType": codeGrant,
		"code": code, "redirectUri": redirectURI, "codeVerifier": verifier,
	}
}

func refreshing(client object, refreshToken any) object {
	return object{
		"clientId": client["clientId"], "clientSecret": client["clientSecret"], "grantType": refreshGrant,
		"refreshToken": refreshToken,
	}
}

// code gets an authorization code with a person's consent.
func (w *wire) code(client object) string {
	w.t.Helper()
	page := w.get("/authorize?" + authorizeQuery(client).Encode())
	if page.status == http.StatusOK {
		page = w.decide(page, "allow")
	}
	return w.callback(page).Get("code")
}

// signIn returns the client and its tokens.
func (w *wire) signIn(registration object) (client, tokens object) {
	w.t.Helper()
	client = w.ok(w.post("/client/register", registration))
	return client, w.ok(w.post("/token", exchange(client, w.code(client))))
}

func (w *wire) accessToken() string {
	w.t.Helper()
	_, tokens := w.signIn(registration())
	return tokens["accessToken"].(string)
}

func demo() emulator.Organization { return emulator.Organize(1, 12, 3) }

// Unknown paths, methods and bodies are what the real service makes of them.
func TestStrangers(t *testing.T) {
	w := dial(t, emulator.New(emulator.Config{}))
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/", 404},
		{"GET", "/pages/", 404},
		{"GET", "/pages/style.css", 200},
		{"GET", "/pages/consent.html", 404},
		{"POST", "/token/", 404},
		{"GET", "/token", 405},
		{"GET", "/client/register", 405},
		{"POST", "/authorize", 405},
		{"POST", "/assignment/accounts", 405},
		{"GET", "/logout", 405},
		{"GET", "/start", 200},
	} {
		if a := w.do(w.request(c.method, c.path, nil)); a.status != c.status || a.header.Get("x-amzn-RequestId") == "" {
			t.Errorf("%s %s is %d, want %d", c.method, c.path, a.status, c.status)
		}
	}
	for _, body := range []string{
		"", "null", "[]", "{", "grant_type=authorization_code", `{"clientId":1}`, `{} {}`,
		`{"clientId":"` + strings.Repeat("x", 1<<20) + `"}`,
	} {
		w.refused(w.do(w.request("POST", "/token", strings.NewReader(body))), 400, "InvalidRequestException", "invalid_request")
	}
}

// Every secret on the wire is one that Secrets tells.
func TestSecretsAndStats(t *testing.T) {
	e := emulator.New(emulator.Config{Organization: demo()})
	w := dial(t, e)
	client, tokens := w.signIn(with(registration(), "grantTypes", []string{codeGrant, refreshGrant}))
	account := demo().Accounts[0]
	credentials := w.ok(w.portal("/federation/credentials?account_id="+account.ID+"&role_name="+account.Roles[0],
		tokens["accessToken"].(string)))["roleCredentials"].(object)
	deviceClient := w.ok(w.post("/client/register", deviceRegistration()))
	device := w.ok(w.post("/device_authorization", object{
		"clientId": deviceClient["clientId"], "clientSecret": deviceClient["clientSecret"], "startUrl": emulator.DefaultStartURL,
	}))
	secrets := e.Secrets()
	for _, secret := range []any{
		client["clientSecret"], tokens["accessToken"], tokens["refreshToken"], verifier, device["deviceCode"],
		credentials["secretAccessKey"], credentials["sessionToken"],
	} {
		if !slices.Contains(secrets, secret.(string)) {
			t.Errorf("Secrets lacks %v", secret)
		}
	}
	stats := e.Stats()
	for operation, want := range map[string]int{
		"RegisterClient": 2, "Authorize": 1, "CreateToken": 1, "StartDeviceAuthorization": 1, "GetRoleCredentials": 1, "Logout": 0,
	} {
		if got := stats.Requests[operation]; got != want {
			t.Errorf("%s: %d requests, want %d", operation, got, want)
		}
	}
	stats.Requests["Logout"] = 7
	if e.Stats().Requests["Logout"] != 0 || stats.PeakInFlight != 1 {
		t.Errorf("%+v", stats)
	}
}

// A context that is over gets no answer, as over a socket.
func TestTransportObeysContext(t *testing.T) {
	w := dial(t, emulator.New(emulator.Config{}))
	request := w.request("GET", "/start", nil)
	ctx, cancel := contextWithCause(t)
	cause := errors.New("the person pressed Ctrl-C")
	cancel(cause)
	if _, err := w.try(request.WithContext(ctx)); !errors.Is(err, cause) {
		t.Errorf("got %v", err)
	}
}
