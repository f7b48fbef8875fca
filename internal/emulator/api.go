package emulator

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

const (
	requestIDHeader = "x-amzn-RequestId"
	errorTypeHeader = "x-amzn-ErrorType"
	// maxBody is far above any request of the API; a client secret is about 1.5 kB.
	maxBody = 64 << 10
)

// A family is a service: it decides the shape and the words of refusals.
type family int

const (
	oidc family = iota
	portal
)

// families holds every operation by its AWS API name. Authorize is not in the
// API model; it answers with the OIDC service's error codes, in a redirect.
var families = map[string]family{
	"RegisterClient":           oidc,
	"Authorize":                oidc,
	"StartDeviceAuthorization": oidc,
	"CreateToken":              oidc,
	"ListAccounts":             portal,
	"ListAccountRoles":         portal,
	"GetRoleCredentials":       portal,
	"Logout":                   portal,
}

// exceptionModel is what follows from an exception's name.
type exceptionModel struct {
	status int
	code   string // the "error" member, RFC 6749 §5.2 and RFC 8628 §3.5; OIDC only
	text   string
}

// exceptions holds what each service can refuse with. The portal's model lacks
// ForbiddenException and InternalServerException, but the service sends them.
var exceptions = map[family]map[string]exceptionModel{
	oidc: {
		"AccessDeniedException":          {400, "access_denied", "The person denied the request"},
		"AuthorizationPendingException":  {400, "authorization_pending", "Authorization is still pending"},
		"ExpiredTokenException":          {400, "expired_token", "Device code has expired"},
		"InternalServerException":        {500, "server_error", "Internal server error"},
		"InvalidClientException":         {401, "invalid_client", "Invalid client provided"},
		"InvalidClientMetadataException": {400, "invalid_client_metadata", "Invalid client metadata"},
		"InvalidGrantException":          {400, "invalid_grant", "Invalid grant provided"},
		"InvalidRedirectUriException":    {400, "invalid_redirect_uri", "Requested client type must use loopback interface for redirect"},
		"InvalidRequestException":        {400, "invalid_request", "Invalid request"},
		"InvalidRequestRegionException":  {400, "invalid_request", "The request belongs to another region"},
		"InvalidScopeException":          {400, "invalid_scope", "Invalid scope"},
		"SlowDownException":              {400, "slow_down", "Slow down"},
		"UnauthorizedClientException":    {400, "unauthorized_client", "Client is not authorized for this grant"},
		"UnsupportedGrantTypeException":  {400, "unsupported_grant_type", "Unsupported grant type"},
	},
	portal: {
		"ForbiddenException":        {403, "", "No access"},
		"InternalServerException":   {500, "", "Internal server error"},
		"InvalidRequestException":   {400, "", "Invalid request"},
		"ResourceNotFoundException": {404, "", "Not found"},
		"TooManyRequestsException":  {429, "", "HTTP 429 Unknown Code"},
		"UnauthorizedException":     {401, "", "Session token not found or invalid"},
	},
}

// exception is a refusal. The text is not part of the contract; empty is the usual one.
type exception struct {
	name, text string
	region     string // InvalidRequestRegionException: the right one
}

func refuse(name, format string, args ...any) *exception {
	return &exception{name: name, text: fmt.Sprintf(format, args...)}
}

func (x *exception) write(w http.ResponseWriter, family family) {
	model := exceptions[family][x.name]
	text := cmp.Or(x.text, model.text)
	body := map[string]any{}
	switch family {
	case oidc:
		w.Header().Set(errorTypeHeader, x.name+":http://internal.amazon.com/coral/com.amazonaws.sso.oidc/")
		body["error"], body["error_description"] = model.code, text
		if x.region != "" {
			body["region"], body["endpoint"] = x.region, "https://oidc."+x.region+".amazonaws.com"
		}
	case portal:
		w.Header().Set(errorTypeHeader, x.name)
		body["message"], body["__type"] = text, "com.amazonaws.switchboard.portal#"+x.name
	}
	writeJSON(w, model.status, body)
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // only maps, texts and numbers come here
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Pragma", "no-cache") // RFC 6749 §5.1
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

// api wraps an operation in what all of them have: counts, quota, latency,
// faults and the shapes of answers. The operation runs with e.mu held; a nil
// answer is an empty body.
func (e *Emulator) api(operation string, answer func(*http.Request) (any, *exception)) http.Handler {
	family := families[operation]
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strays(operation, r) {
			http.NotFound(w, r)
			return
		}
		// Before all else, because net/http sees a client go away only after the body is read.
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		r.Body = io.NopCloser(bytes.NewReader(body))

		a := e.arrive(operation, r)
		defer e.leave(a)
		wait(r.Context(), a.approach)
		e.judge(a)
		wait(r.Context(), a.latency)

		var result any
		var refusal *exception
		switch {
		case a.throttled:
			e.comeBack(w, r)
			refusal = &exception{name: "TooManyRequestsException"}
		case a.fault != nil:
			var done bool
			if w, refusal, done = a.fault.strike(w, r); done {
				return
			}
		}
		if refusal == nil && err != nil {
			refusal = refuse("InvalidRequestException", "Unreadable body: %v", err)
		}
		if refusal == nil {
			result, refusal = func() (any, *exception) {
				e.mu.Lock()
				defer e.mu.Unlock()
				result, refusal := answer(r)
				if family == portal && refusal == nil {
					e.answered(r)
				}
				return result, refusal
			}()
		}
		switch {
		case refusal != nil:
			refusal.write(w, family)
		case result != nil:
			writeJSON(w, http.StatusOK, result)
		}
	})
}

// members are those of a request's JSON object. They are looked up by their
// exact names: encoding/json would take redirectURI for redirectUri, and the
// real service does not.
type members struct {
	raw     map[string]json.RawMessage
	refusal *exception // the first member of a wrong type
}

func readMembers(r *http.Request) *members {
	m := &members{}
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(body, &m.raw)
	}
	if err != nil {
		m.refusal = refuse("InvalidRequestException", "The body is not a JSON object: %v", err)
	}
	return m
}

// member returns a member's value; null and absent are the zero value.
func member[T any](m *members, name string) (value T) {
	if raw, ok := m.raw[name]; ok {
		if err := json.Unmarshal(raw, &value); err != nil && m.refusal == nil {
			m.refusal = refuse("InvalidRequestException", "%s has the wrong type", name)
		}
	}
	return value
}

// require returns texts that must not be missing.
func (m *members) require(names ...string) []string {
	values := make([]string, len(names))
	for i, name := range names {
		values[i] = member[string](m, name)
		if values[i] == "" && m.refusal == nil {
			m.refusal = refuse("InvalidRequestException", "%s is missing", name)
		}
	}
	return values
}

// requestID looks like AWS's: a random UUID (RFC 9562 §5.4).
func requestID() string {
	b := randomBytes(16)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
