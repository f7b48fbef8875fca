package emulator_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"aws-sso-config-generator/internal/emulator"
)

// A person signs in with code and PKCE, and the token opens the portal.
func TestAuthorizationCode(t *testing.T) {
	for name, connect := range map[string]func(*testing.T, *emulator.Emulator) *wire{"in process": dial, "over a socket": listen} {
		t.Run(name, func(t *testing.T) {
			w := connect(t, emulator.New(emulator.Config{Organization: demo()}))
			before := time.Now()
			client := w.ok(w.post("/client/register", with(registration(), "someday", "a member that nobody knows")))
			issued, expires := int64(client["clientIdIssuedAt"].(float64)), int64(client["clientSecretExpiresAt"].(float64))
			if issued < before.Unix() || issued > time.Now().Unix() || expires-issued != 90*24*60*60 {
				t.Errorf("registered at %d until %d", issued, expires)
			}
			if secret := client["clientSecret"].(string); len(secret) < 800 || strings.Count(secret, ".") != 2 {
				t.Errorf("clientSecret does not look like a JWT: %s", secret)
			}
			for _, name := range []string{"authorizationEndpoint", "tokenEndpoint"} {
				if value, ok := client[name]; !ok || value != nil {
					t.Errorf("%s is %v, want null", name, value)
				}
			}

			page := w.get("/authorize?" + authorizeQuery(client).Encode())
			for _, text := range []string{"aws-sso-config-generator", "See your AWS accounts and roles", "127.0.0.1:43211", "not AWS"} {
				if !strings.Contains(page.body, text) {
					t.Errorf("the consent page lacks %q: %s", text, page.body)
				}
			}
			callback := w.callback(w.decide(page, "allow"))
			if callback.Get("state") != "a state & more" || len(callback) != 2 {
				t.Errorf("callback with %v", callback)
			}

			a := w.post("/token", exchange(client, callback.Get("code")))
			tokens := w.ok(a)
			if tokens["tokenType"] != "Bearer" || tokens["expiresIn"] != 3600.0 || tokens["refreshToken"] != nil || tokens["idToken"] != nil {
				t.Errorf("tokens: %v", tokens)
			}
			if a.header.Get("Cache-Control") != "no-store" || a.header.Get("Content-Type") != "application/json" {
				t.Errorf("header: %v", a.header)
			}
			accounts := w.ok(w.portal("/assignment/accounts?max_result=100", tokens["accessToken"].(string)))["accountList"].([]any)
			if len(accounts) != 12 {
				t.Errorf("%d accounts, want 12", len(accounts))
			}
		})
	}
}

func TestDenied(t *testing.T) {
	e := emulator.New(emulator.Config{})
	w := dial(t, e)
	client := w.ok(w.post("/client/register", registration()))
	callback := w.callback(w.decide(w.get("/authorize?"+authorizeQuery(client).Encode()), "deny"))
	if callback.Get("error") != "access_denied" || callback.Get("error_description") == "" ||
		callback.Get("state") != "a state & more" || callback.Has("code") {
		t.Errorf("callback with %v", callback)
	}
}

// AutoApprove redirects without a page, and to whatever port waits.
func TestAutoApprove(t *testing.T) {
	w := dial(t, emulator.New(emulator.Config{AutoApprove: true}))
	for registered, requested := range map[string]string{
		"http://127.0.0.1":                      "http://127.0.0.1:5000",
		"http://127.0.0.1/":                     "http://127.0.0.1:5000",
		"http://127.0.0.1:8080":                 "http://127.0.0.1:5000/",
		"http://127.0.0.1/oauth/callback":       "http://127.0.0.1:5000/oauth/callback",
		"http://127.0.0.1:43211/oauth/callback": "http://127.0.0.1/oauth/callback",
	} {
		client := w.ok(w.post("/client/register", with(registration(), "redirectUris", []string{registered})))
		query := authorizeQuery(client)
		query.Set("redirect_uri", requested)
		query.Del("state")
		query.Del("scopes")
		a := w.get("/authorize?" + query.Encode())
		location, err := url.Parse(a.header.Get("Location"))
		if err != nil || a.status != http.StatusFound || location.Path == "" || location.Query().Has("state") {
			t.Fatalf("%s: status %d, Location %q", requested, a.status, location)
		}
		w.ok(w.post("/token", with(exchange(client, location.Query().Get("code")), "redirectUri", requested)))
	}
}

func TestRegistrationRefused(t *testing.T) {
	w := dial(t, emulator.New(emulator.Config{}))
	for _, c := range []struct {
		member string
		value  any
		name   string
		code   string
	}{
		{"clientName", nil, "InvalidRequestException", "invalid_request"},
		{"clientName", 7, "InvalidRequestException", "invalid_request"},
		{"clientType", nil, "InvalidRequestException", "invalid_request"},
		{"clientType", "confidential", "InvalidClientMetadataException", "invalid_client_metadata"},
		{"scopes", "sso:account:access", "InvalidRequestException", "invalid_request"},
		{"scopes", []string{"sso:account:acces"}, "InvalidScopeException", "invalid_scope"},
		{"scopes", []string{"two scopes"}, "InvalidScopeException", "invalid_scope"},
		{"grantTypes", []string{"implicit"}, "UnsupportedGrantTypeException", "unsupported_grant_type"},
		{"grantTypes", []string{codeGrant, deviceGrant}, "InvalidClientMetadataException", "invalid_client_metadata"},
		{"issuerUrl", nil, "InvalidRequestException", "invalid_request"},
		{"issuerUrl", "https://d-0000000000.awsapps.com/start", "InvalidClientMetadataException", "invalid_client_metadata"},
		{"issuerUrl", "http://d-1234567890.awsapps.com/start", "InvalidClientMetadataException", "invalid_client_metadata"},
		{"redirectUris", nil, "InvalidRequestException", "invalid_request"},
		{"redirectUris", []string{"http://localhost/oauth/callback"}, "InvalidRedirectUriException", "invalid_redirect_uri"},
		{"redirectUris", []string{"http://[::1]/oauth/callback"}, "InvalidRedirectUriException", "invalid_redirect_uri"},
		{"redirectUris", []string{"https://127.0.0.1/oauth/callback"}, "InvalidRedirectUriException", "invalid_redirect_uri"},
		{"redirectUris", []string{"http://127.0.0.1/callback"}, "InvalidRedirectUriException", "invalid_redirect_uri"},
		{"redirectUris", []string{"http://127.0.0.1/oauth/callback/"}, "InvalidRedirectUriException", "invalid_redirect_uri"},
		{"redirectUris", []string{"http://127.0.0.1/oauth%2Fcallback"}, "InvalidRedirectUriException", "invalid_redirect_uri"},
		{"redirectUris", []string{"http://127.0.0.1/oauth/callback?x"}, "InvalidRedirectUriException", "invalid_redirect_uri"},
		{"redirectUris", []string{"http://127.0.0.1/oauth/callback#"}, "InvalidRedirectUriException", "invalid_redirect_uri"},
		{"redirectUris", []string{"http://me@127.0.0.1/oauth/callback"}, "InvalidRedirectUriException", "invalid_redirect_uri"},
		{"redirectUris", []string{"http://127.0.0.1.example.com/oauth/callback"}, "InvalidRedirectUriException", "invalid_redirect_uri"},
	} {
		t.Run(c.member, func(t *testing.T) {
			w := *w
			w.t = t
			w.refused(w.post("/client/register", with(registration(), c.member, c.value)), 400, c.name, c.code)
		})
	}
	// A member by another case is another member.
	misspelt := registration()
	misspelt["redirectURIs"] = misspelt["redirectUris"]
	delete(misspelt, "redirectUris")
	w.refused(w.post("/client/register", misspelt), 400, "InvalidRequestException", "invalid_request")
	// A start URL has many spellings.
	for _, spelling := range []string{"/", "#", "/#", "/#/"} {
		w.ok(w.post("/client/register", with(registration(), "issuerUrl", "https://D-1234567890.AWSapps.com/start"+spelling)))
	}
}

// Nobody is sent to an address that no client registered.
func TestAuthorizeWithoutRedirect(t *testing.T) {
	w := dial(t, emulator.New(emulator.Config{AutoApprove: true}))
	client := w.ok(w.post("/client/register", registration()))
	device := w.ok(w.post("/client/register", deviceRegistration()))
	for name, values := range map[string][]string{
		"client_id":    {"", "unknown", device["clientId"].(string)},
		"redirect_uri": {"", "http://127.0.0.1:43211/", "http://localhost:43211/oauth/callback", "https://evil.example/oauth/callback", "http://127.0.0.1:1/oauth/callback?x=1"},
	} {
		for _, value := range values {
			query := authorizeQuery(client)
			query.Set(name, value)
			a := w.get("/authorize?" + query.Encode())
			want := `{"error":"invalid_request","error_description":"Invalid client provided","reason":null}`
			if a.status != http.StatusBadRequest || a.body != want || a.header.Get("Location") != "" {
				t.Errorf("%s=%q: %d %s", name, value, a.status, a.body)
			}
		}
	}
	if a := w.get("/authorize?" + authorizeQuery(client).Encode() + "&redirect_uri=" + url.QueryEscape(redirectURI)); a.status != http.StatusBadRequest {
		t.Errorf("two redirect_uri: status %d", a.status)
	}
}

// Other mistakes go back to the client (RFC 6749 §4.1.2.1).
func TestAuthorizeRefused(t *testing.T) {
	w := dial(t, emulator.New(emulator.Config{AutoApprove: true}))
	client := w.ok(w.post("/client/register", registration()))
	for _, c := range []struct{ name, value, code string }{
		{"response_type", "", "invalid_request"},
		{"response_type", "token", "unsupported_response_type"},
		{"code_challenge", "", "invalid_request"},
		{"code_challenge", verifier, "invalid_request"},
		{"code_challenge_method", "", "invalid_request"},
		{"code_challenge_method", "plain", "invalid_request"},
		{"code_challenge_method", "s256", "invalid_request"},
	} {
		query := authorizeQuery(client)
		query.Set(c.name, c.value)
		callback := w.callback(w.get("/authorize?" + query.Encode()))
		if callback.Get("error") != c.code || callback.Get("state") != "a state & more" || callback.Has("code") {
			t.Errorf("%s=%q: callback with %v", c.name, c.value, callback)
		}
	}
	callback := w.callback(w.get("/authorize?" + authorizeQuery(client).Encode() + "&code_challenge_method=S256"))
	if callback.Get("error") != "invalid_request" {
		t.Errorf("twice: callback with %v", callback)
	}
	loopbackDevice := w.ok(w.post("/client/register", with(registration(), "grantTypes", []string{deviceGrant})))
	if callback := w.callback(w.get("/authorize?" + authorizeQuery(loopbackDevice).Encode())); callback.Get("error") != "unauthorized_client" {
		t.Errorf("device client: callback with %v", callback)
	}
}

// A code is good for the client, the redirect URI and the verifier it belongs to.
func TestCodeExchangeRefused(t *testing.T) {
	w := dial(t, emulator.New(emulator.Config{AutoApprove: true}))
	client := w.ok(w.post("/client/register", registration()))
	other := w.ok(w.post("/client/register", registration()))
	code := w.code(client)
	good := exchange(client, code)
	for _, c := range []struct {
		change object
		status int
		name   string
		code   string
	}{
		{object{"codeVerifier": verifier + "x"}, 400, "InvalidGrantException", "invalid_grant"},
		{object{"codeVerifier": challenge}, 400, "InvalidGrantException", "invalid_grant"},
		{object{"redirectUri": "http://127.0.0.1:43212/oauth/callback"}, 400, "InvalidGrantException", "invalid_grant"},
		{object{"redirectUri": "http://127.0.0.1/oauth/callback"}, 400, "InvalidGrantException", "invalid_grant"},
		{object{"code": "guessed"}, 400, "InvalidGrantException", "invalid_grant"},
		{object{"clientId": other["clientId"], "clientSecret": other["clientSecret"]}, 400, "InvalidGrantException", "invalid_grant"},
		{object{"clientSecret": other["clientSecret"]}, 401, "InvalidClientException", "invalid_client"},
		{object{"clientId": "unknown"}, 401, "InvalidClientException", "invalid_client"},
		{object{"codeVerifier": verifier[:42]}, 400, "InvalidRequestException", "invalid_request"},
		{object{"codeVerifier": verifier + " "}, 400, "InvalidRequestException", "invalid_request"},
		{object{"grantType": "password"}, 400, "UnsupportedGrantTypeException", "unsupported_grant_type"},
		{object{"grantType": deviceGrant}, 400, "UnauthorizedClientException", "unauthorized_client"},
		{object{"grantType": refreshGrant}, 400, "UnauthorizedClientException", "unauthorized_client"},
		{object{"grantType": nil}, 400, "InvalidRequestException", "invalid_request"},
		{object{"codeVerifier": nil}, 400, "InvalidRequestException", "invalid_request"},
		{object{"codeVerifier": nil, "code_verifier": verifier}, 400, "InvalidRequestException", "invalid_request"},
		{object{"redirectUri": nil}, 400, "InvalidRequestException", "invalid_request"},
		{object{"code": nil}, 400, "InvalidRequestException", "invalid_request"},
		{object{"clientId": nil}, 400, "InvalidRequestException", "invalid_request"},
		{object{"clientSecret": nil}, 400, "InvalidRequestException", "invalid_request"},
	} {
		body := maps.Clone(good)
		maps.Copy(body, c.change)
		w.refused(w.post("/token", body), c.status, c.name, c.code)
	}
	w.ok(w.post("/token", good))
}

// A code that comes twice ends what came of it the first time (RFC 6749 §4.1.2).
func TestCodeReuse(t *testing.T) {
	w := dial(t, emulator.New(emulator.Config{AutoApprove: true}))
	client := w.ok(w.post("/client/register", with(registration(), "grantTypes", []string{codeGrant, refreshGrant})))
	body := exchange(client, w.code(client))
	tokens := w.ok(w.post("/token", body))
	w.ok(w.portal("/assignment/accounts", tokens["accessToken"].(string)))
	w.refused(w.post("/token", body), 400, "InvalidGrantException", "invalid_grant")
	w.refused(w.portal("/assignment/accounts", tokens["accessToken"].(string)), 401, "UnauthorizedException", "")
	w.refused(w.post("/token", refreshing(client, tokens["refreshToken"])), 400, "InvalidGrantException", "invalid_grant")
}

func TestExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := dial(t, emulator.New(emulator.Config{AutoApprove: true}))
		client := w.ok(w.post("/client/register", registration()))

		inTime, late := w.code(client), w.code(client)
		time.Sleep(10*time.Minute - time.Nanosecond)
		tokens := w.ok(w.post("/token", exchange(client, inTime)))
		time.Sleep(time.Nanosecond)
		w.refused(w.post("/token", exchange(client, late)), 400, "InvalidGrantException", "invalid_grant")

		time.Sleep(time.Hour - 2*time.Nanosecond)
		w.ok(w.portal("/assignment/accounts", tokens["accessToken"].(string)))
		time.Sleep(time.Nanosecond)
		w.refused(w.portal("/assignment/accounts", tokens["accessToken"].(string)), 401, "UnauthorizedException", "")

		time.Sleep(90 * 24 * time.Hour)
		if a := w.get("/authorize?" + authorizeQuery(client).Encode()); a.status != http.StatusBadRequest {
			t.Errorf("an expired client got status %d", a.status)
		}
		w.refused(w.post("/token", exchange(client, "any")), 401, "InvalidClientException", "invalid_client")
	})
}

// What a client registers decides how long it may stay.
func TestLifetimes(t *testing.T) {
	for _, c := range []struct {
		name         string
		config       emulator.Config
		registration object
		expiresIn    float64
		refresh      bool
	}{
		{"code", emulator.Config{}, registration(), 3600, false},
		{"code and refresh", emulator.Config{}, with(registration(), "grantTypes", []string{codeGrant, refreshGrant}), 3600, true},
		{"without scopes", emulator.Config{}, with(registration(), "scopes", nil), 28800, false},
		{"without scopes, refresh", emulator.Config{}, with(with(registration(), "scopes", nil), "grantTypes", []string{codeGrant, refreshGrant}), 3600, true},
		{"configured", emulator.Config{TokenLifetime: 90 * time.Second}, registration(), 90, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.config.AutoApprove = true
			w := dial(t, emulator.New(c.config))
			_, tokens := w.signIn(c.registration)
			if tokens["expiresIn"] != c.expiresIn || (tokens["refreshToken"] != nil) != c.refresh {
				t.Errorf("tokens: %v", tokens)
			}
			w.ok(w.portal("/assignment/accounts", tokens["accessToken"].(string)))
		})
	}
}

func TestRevoke(t *testing.T) {
	e := emulator.New(emulator.Config{AutoApprove: true})
	w := dial(t, e)
	client, tokens := w.signIn(with(registration(), "grantTypes", []string{codeGrant, refreshGrant}))
	e.Revoke()
	w.refused(w.portal("/assignment/accounts", tokens["accessToken"].(string)), 401, "UnauthorizedException", "")
	w.refused(w.post("/token", refreshing(client, tokens["refreshToken"])), 400, "InvalidGrantException", "invalid_grant")
	w.ok(w.portal("/assignment/accounts", w.accessToken()))
}
