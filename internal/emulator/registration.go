package emulator

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Grant types, RFC 6749 §4.1.3 and §6, RFC 8628 §3.4.
const (
	grantAuthorizationCode = "authorization_code"
	grantRefreshToken      = "refresh_token"
	grantDeviceCode        = "urn:ietf:params:oauth:grant-type:device_code"
)

const (
	// scopeAccountAccess opens the portal; it is the only one in the sso namespace.
	scopeAccountAccess = "sso:account:access"
	// defaultRegistrationLifetime is the well-known value; no document states it.
	defaultRegistrationLifetime = 90 * 24 * time.Hour
)

// scopeToken is the syntax of RFC 6749 §3.3.
var scopeToken = regexp.MustCompile(`^[\x21\x23-\x5B\x5D-\x7E]+$`)

// client is a registration (RFC 7591 §3.2.1).
type client struct {
	id, secret, name string
	region           string // where it is registered, and known
	scopes           []string
	grantTypes       []string
	redirectPaths    []string // of the registered loopback redirect URIs
	expires          time.Time
}

func (c *client) may(grantType string) bool { return slices.Contains(c.grantTypes, grantType) }

func (e *Emulator) registerClient(r *http.Request) (any, *exception) {
	m := readMembers(r)
	required := m.require("clientName", "clientType")
	c := &client{
		name:       required[0],
		region:     e.region(r),
		scopes:     member[[]string](m, "scopes"),
		grantTypes: member[[]string](m, "grantTypes"),
	}
	redirectURIs := member[[]string](m, "redirectUris")
	issuerURL := member[string](m, "issuerUrl")
	if m.refusal != nil {
		return nil, m.refusal
	}
	if required[1] != "public" {
		return nil, refuse("InvalidClientMetadataException", "clientType must be public")
	}
	for _, scope := range c.scopes {
		if !scopeToken.MatchString(scope) || strings.HasPrefix(scope, "sso:") && scope != scopeAccountAccess {
			return nil, refuse("InvalidScopeException", "Unknown scope")
		}
	}
	for _, redirectURI := range redirectURIs {
		path, ok := loopbackPath(redirectURI)
		if !ok {
			return nil, &exception{name: "InvalidRedirectUriException"}
		}
		c.redirectPaths = append(c.redirectPaths, path)
	}
	if issuerURL != "" && !e.hasInstance(issuerURL, c.region) {
		return nil, refuse("InvalidClientMetadataException", "issuerUrl is not an instance of this region")
	}
	for _, grantType := range c.grantTypes {
		if !slices.Contains([]string{grantAuthorizationCode, grantRefreshToken, grantDeviceCode}, grantType) {
			return nil, &exception{name: "UnsupportedGrantTypeException"}
		}
	}
	switch {
	case c.may(grantAuthorizationCode) && c.may(grantDeviceCode):
		return nil, refuse("InvalidClientMetadataException", "authorization_code and device_code cannot be mixed")
	case c.may(grantAuthorizationCode) && len(redirectURIs) == 0:
		return nil, refuse("InvalidRequestException", "redirectUris is missing")
	case c.may(grantAuthorizationCode) && issuerURL == "":
		return nil, refuse("InvalidRequestException", "issuerUrl is missing")
	case len(c.grantTypes) == 0:
		// As the AWS CLI registers for the device flow.
		c.grantTypes = []string{grantDeviceCode}
		if len(c.scopes) > 0 {
			c.grantTypes = append(c.grantTypes, grantRefreshToken)
		}
	}

	now := time.Now()
	c.expires = now.Add(e.config.RegistrationLifetime)
	c.id = randomText(16) + base64.RawURLEncoding.EncodeToString([]byte(c.region))
	c.secret = e.clientSecret(c)
	e.clients[c.id] = c
	return map[string]any{
		"clientId":              c.id,
		"clientSecret":          c.secret,
		"clientIdIssuedAt":      e.shown(now).Unix(),
		"clientSecretExpiresAt": e.shown(c.expires).Unix(),
		// Declared in the API model, but the service leaves them null.
		"authorizationEndpoint": nil,
		"tokenEndpoint":         nil,
	}, nil
}

// clientSecret is long and looks like a JWT, as the real ones do.
func (e *Emulator) clientSecret(c *client) string {
	part := func(value map[string]any) string {
		text, err := json.Marshal(value)
		if err != nil {
			panic(err) // only texts and numbers come here
		}
		return base64.RawURLEncoding.EncodeToString(text)
	}
	return e.secret(part(map[string]any{"alg": "HS384", "kid": "key-" + c.id}) + "." +
		part(map[string]any{
			"clientId": c.id, "clientName": c.name, "clientType": "PUBLIC", "scopes": c.scopes,
			"expirationTimestamp": e.shown(c.expires).Unix(), "nonce": randomText(512),
		}) + "." + randomText(48))
}

// loopbackPath returns the path of a redirect URI that the service accepts:
// the IPv4 loopback literal on any port (RFC 8252 §7.3), with the path of
// AWS's own clients or none.
func loopbackPath(redirectURI string) (path string, ok bool) {
	u, err := url.Parse(redirectURI)
	if err != nil || u.Scheme != "http" || u.Hostname() != "127.0.0.1" || u.User != nil ||
		u.RawQuery != "" || u.ForceQuery || strings.Contains(redirectURI, "#") {
		return "", false
	}
	path = strings.TrimSuffix(u.EscapedPath(), "/")
	return path, path == "" || u.EscapedPath() == "/oauth/callback"
}

// hasInstance says whether the instance with that start URL is in that region.
func (e *Emulator) hasInstance(startURL, region string) bool {
	return region == e.config.Region && canonicalURL(startURL) == canonicalURL(e.config.StartURL)
}

// authenticate finds the client that a request comes from. A client of another
// region is unknown.
func (e *Emulator) authenticate(r *http.Request, m *members) (*client, *exception) {
	required := m.require("clientId", "clientSecret")
	if m.refusal != nil {
		return nil, m.refusal
	}
	c := e.clients[required[0]]
	if c == nil || c.region != e.region(r) || !constantTimeEqual(c.secret, required[1]) || !time.Now().Before(c.expires) {
		return nil, &exception{name: "InvalidClientException"}
	}
	return c, nil
}
