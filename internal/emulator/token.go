package emulator

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"regexp"
	"time"
)

const (
	// refreshGrace is how long a used refresh token works again, so that two
	// processes that refresh at once both stay signed in.
	refreshGrace = time.Minute
	// defaultInterval and slowDown are those of RFC 8628 §3.2 and §3.5.
	defaultInterval = 5 * time.Second
	slowDown        = 5 * time.Second
)

// unreserved are the characters of a code verifier, RFC 7636 §4.1. (Counted
// repetitions in the pattern would slow down every start of the program.)
var unreserved = regexp.MustCompile(`^[A-Za-z0-9._~-]+$`)

// authorizationCode is bound to all that its exchange must repeat.
type authorizationCode struct {
	client        *client
	redirectURI   string
	codeChallenge string
	expires       time.Time
	session       *session // since it was used
}

// device is a device authorization (RFC 8628 §3.2) and the person's answer.
type device struct {
	client   *client
	userCode string
	expires  time.Time
	interval time.Duration
	polled   time.Time
	answer   deviceAnswer
}

type deviceAnswer int

const (
	pending deviceAnswer = iota
	allowed
	denied
	collected
)

// session is what a person allowed a client; tokens live no longer than it.
type session struct {
	client *client
	ends   time.Time
}

func (s *session) end(now time.Time) {
	if s.ends.After(now) {
		s.ends = now
	}
}

// token is an access or a refresh token.
type token struct {
	session *session
	expires time.Time
}

func (t *token) valid(now time.Time) bool {
	return t != nil && now.Before(t.expires) && now.Before(t.session.ends)
}

func constantTimeEqual(a, b string) bool {
	return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}

func (e *Emulator) startDeviceAuthorization(r *http.Request) (any, *exception) {
	m := readMembers(r)
	c, refusal := e.authenticate(r, m)
	if refusal != nil {
		return nil, refusal
	}
	startURL := m.require("startUrl")[0]
	switch {
	case m.refusal != nil:
		return nil, m.refusal
	case !c.may(grantDeviceCode):
		return nil, &exception{name: "UnauthorizedClientException"}
	case !e.hasInstance(startURL, c.region):
		return nil, refuse("InvalidRequestException", "startUrl is not an instance of this region")
	}
	d := &device{
		client:   c,
		userCode: newUserCode(),
		expires:  time.Now().Add(e.config.DeviceLifetime),
		interval: e.config.Interval,
	}
	orDefault(&d.interval, defaultInterval)
	if e.config.AutoApprove {
		d.answer = allowed
	}
	deviceCode := e.newSecret("", 64)
	e.devices[deviceCode] = d
	// The pages live where the client found the endpoint.
	verificationURI := origin(r) + "/device"
	answer := map[string]any{
		"deviceCode":              deviceCode,
		"userCode":                d.userCode,
		"verificationUri":         verificationURI,
		"verificationUriComplete": verificationURI + "?user_code=" + d.userCode,
		"expiresIn":               wholeSeconds(e.config.DeviceLifetime),
	}
	if e.config.Interval > 0 {
		answer["interval"] = wholeSeconds(e.config.Interval)
	}
	return answer, nil
}

func wholeSeconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }

// newUserCode is easy to read and to type (RFC 8628 §6.1).
func newUserCode() string {
	const letters = "BCDFGHJKLMNPQRSTVWXZ"
	code := []byte("XXXX-XXXX")
	for i, random := range randomBytes(len(code)) {
		if code[i] != '-' {
			code[i] = letters[int(random)%len(letters)]
		}
	}
	return string(code)
}

func (e *Emulator) createToken(r *http.Request) (any, *exception) {
	m := readMembers(r)
	if verifier := member[string](m, "codeVerifier"); verifier != "" {
		e.secret(verifier)
	}
	c, refusal := e.authenticate(r, m)
	if refusal != nil {
		return nil, refusal
	}
	grantType := m.require("grantType")[0]
	if m.refusal != nil {
		return nil, m.refusal
	}
	grants := map[string]func(*client, *members) (any, *exception){
		grantAuthorizationCode: e.exchangeCode,
		grantDeviceCode:        e.pollDevice,
		grantRefreshToken:      e.refresh,
	}
	grant, ok := grants[grantType]
	switch {
	case !ok:
		return nil, &exception{name: "UnsupportedGrantTypeException"}
	case !c.may(grantType):
		return nil, &exception{name: "UnauthorizedClientException"}
	}
	return grant(c, m)
}

// exchangeCode is RFC 6749 §4.1.3 with RFC 7636 §4.6.
func (e *Emulator) exchangeCode(c *client, m *members) (any, *exception) {
	required := m.require("code", "redirectUri", "codeVerifier")
	if m.refusal != nil {
		return nil, m.refusal
	}
	code, redirectURI, verifier := e.codes[required[0]], required[1], required[2]
	if len(verifier) < 43 || len(verifier) > 128 || !unreserved.MatchString(verifier) {
		return nil, refuse("InvalidRequestException", "codeVerifier must have 43 to 128 unreserved characters")
	}
	challenge := sha256.Sum256([]byte(verifier))
	now := time.Now()
	switch {
	case code == nil || code.client != c:
		return nil, &exception{name: "InvalidGrantException"}
	case code.session != nil:
		// Twice: one of the two is a thief (RFC 6749 §4.1.2).
		code.session.end(now)
		return nil, &exception{name: "InvalidGrantException"}
	case !now.Before(code.expires),
		code.redirectURI != redirectURI,
		!constantTimeEqual(code.codeChallenge, base64.RawURLEncoding.EncodeToString(challenge[:])):
		return nil, &exception{name: "InvalidGrantException"}
	}
	code.session = e.newSession(c)
	return e.tokens(code.session, true), nil
}

// pollDevice is RFC 8628 §3.4 and §3.5.
func (e *Emulator) pollDevice(c *client, m *members) (any, *exception) {
	required := m.require("deviceCode")
	if m.refusal != nil {
		return nil, m.refusal
	}
	d := e.devices[required[0]]
	if d == nil || d.client != c || d.answer == collected {
		return nil, &exception{name: "InvalidGrantException"}
	}
	now := time.Now()
	previous := d.polled
	d.polled = now
	switch {
	case !now.Before(d.expires):
		return nil, &exception{name: "ExpiredTokenException"}
	case e.config.EnforceInterval && !previous.IsZero() && now.Sub(previous) < d.interval:
		d.interval += slowDown
		return nil, &exception{name: "SlowDownException"}
	case d.answer == denied:
		return nil, &exception{name: "AccessDeniedException"}
	case d.answer == pending:
		return nil, &exception{name: "AuthorizationPendingException"}
	}
	d.answer = collected
	return e.tokens(e.newSession(c), true), nil
}

// refresh is RFC 6749 §6 with whatever Rotation is configured.
func (e *Emulator) refresh(c *client, m *members) (any, *exception) {
	required := m.require("refreshToken")
	if m.refusal != nil {
		return nil, m.refusal
	}
	now := time.Now()
	t := e.refreshTokens[required[0]]
	if !t.valid(now) || t.session.client != c {
		return nil, &exception{name: "InvalidGrantException"}
	}
	switch e.config.RefreshRotation {
	case Keep:
		return e.tokens(t.session, false), nil
	case Strict:
		t.expires = now
	default:
		if grace := now.Add(refreshGrace); grace.Before(t.expires) {
			t.expires = grace
		}
	}
	return e.tokens(t.session, true), nil
}

func (e *Emulator) newSession(c *client) *session {
	return &session{client: c, ends: time.Now().Add(e.config.SessionLifetime)}
}

// tokens issues what CreateToken answers; a refresh token only if the client may
// have one and it is time for one.
func (e *Emulator) tokens(s *session, withRefresh bool) any {
	refreshable := s.client.may(grantRefreshToken)
	lifetime := e.config.TokenLifetime
	switch {
	case lifetime > 0:
	case len(s.client.scopes) > 0 || refreshable:
		lifetime = time.Hour
	default:
		lifetime = 8 * time.Hour
	}
	accessToken := e.newSecret("aoaAAAAAG", 96)
	e.accessTokens[accessToken] = &token{s, time.Now().Add(lifetime)}
	answer := map[string]any{
		"accessToken": accessToken,
		"tokenType":   "Bearer",
		"expiresIn":   wholeSeconds(lifetime),
		"idToken":     nil, // declared, never sent
	}
	if refreshable && withRefresh {
		refreshToken := e.newSecret("aorAAAAAG", 96)
		e.refreshTokens[refreshToken] = &token{s, s.ends}
		answer["refreshToken"] = refreshToken
	}
	return answer
}
