package emulator

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// consentLifetime is how long a person may look at a page before answering.
const consentLifetime = 10 * time.Minute

// isS256Challenge says whether text is base64url(SHA-256), RFC 7636 §4.2.
func isS256Challenge(text string) bool {
	sum, err := base64.RawURLEncoding.DecodeString(text)
	return err == nil && len(sum) == sha256.Size
}

// consent is a question on a page that waits for its answer.
type consent struct {
	expires time.Time
	answer  func(allow bool) reply
}

// ask renders the question. The ticket is what a forged request cannot know.
func (e *Emulator) ask(c *client, userCode, destination string, answer func(allow bool) reply) reply {
	ticket := randomText(32)
	e.consents[ticket] = consent{time.Now().Add(consentLifetime), answer}
	return reply{status: http.StatusOK, template: "consent.html", data: map[string]any{
		"Title":       "Allow access?",
		"Client":      c.name,
		"Scopes":      inWords(c),
		"StartURL":    e.config.StartURL,
		"Region":      e.config.Region,
		"UserCode":    userCode,
		"Destination": destination,
		"Ticket":      ticket,
	}}
}

// inWords says what a client may do once it is allowed.
func inWords(c *client) []string {
	scopes := c.scopes
	if len(scopes) == 0 {
		scopes = []string{scopeAccountAccess}
	}
	var words []string
	for _, scope := range slices.Compact(slices.Sorted(slices.Values(scopes))) {
		if scope == scopeAccountAccess {
			words = append(words, "See your AWS accounts and roles, and get temporary credentials for them")
		} else {
			words = append(words, "Use the scope "+scope)
		}
	}
	if c.may(grantRefreshToken) {
		words = append(words, "Keep this access, without asking again, until your session ends")
	}
	return words
}

// decide takes the person's answer, once for each ticket.
func (e *Emulator) decide(r *http.Request) reply {
	ticket, decision := r.PostFormValue("ticket"), r.PostFormValue("decision")
	consent, ok := e.consents[ticket]
	if decision != "allow" && decision != "deny" {
		return notice(http.StatusBadRequest, "bad", "Something is missing", "The answer was neither Allow nor Deny.")
	}
	delete(e.consents, ticket)
	if !ok || !time.Now().Before(consent.expires) {
		return notice(http.StatusBadRequest, "bad", "This page is out of date",
			"The question was answered before, or waited too long. Start again in your terminal.")
	}
	return consent.answer(decision == "allow")
}

// serveAuthorize is the authorization endpoint (RFC 6749 §3.1): operation and page in one.
func (e *Emulator) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	if strays("Authorize", r) {
		http.NotFound(w, r)
		return
	}
	var refusal *exception
	a := e.arrive("Authorize", r)
	e.judge(a)
	if a.fault != nil {
		var done bool
		if w, refusal, done = a.fault.strike(w, r); done {
			return
		}
	}
	e.page(func(r *http.Request) reply { return e.authorize(r, refusal) }).ServeHTTP(w, r)
}

func (e *Emulator) authorize(r *http.Request, fault *exception) reply {
	query := r.URL.Query()
	c := e.clients[query.Get("client_id")]
	redirectURI := query.Get("redirect_uri")
	path, ok := loopbackPath(redirectURI)
	if c == nil || c.region != e.region(r) || !time.Now().Before(c.expires) || !ok || !slices.Contains(c.redirectPaths, path) ||
		len(query["client_id"]) > 1 || len(query["redirect_uri"]) > 1 {
		// Never a redirect: nobody vouches for the address (RFC 6749 §4.1.2.1).
		return reply{status: http.StatusBadRequest, json: map[string]any{
			"error": "invalid_request", "error_description": "Invalid client provided", "reason": nil,
		}}
	}
	callback := redirectURI
	if path == "" {
		callback = strings.TrimSuffix(redirectURI, "/") + "/"
	}
	back := func(answer url.Values) reply {
		if query.Has("state") {
			answer.Set("state", query.Get("state"))
		}
		return reply{status: http.StatusFound, location: callback + "?" + answer.Encode()}
	}
	refused := func(code, description string) reply {
		return back(url.Values{"error": {code}, "error_description": {description}})
	}
	if fault != nil {
		model := exceptions[oidc][fault.name]
		return refused(model.code, model.text)
	}
	for name, values := range query {
		if len(values) > 1 { // RFC 6749 §3.1
			return refused("invalid_request", name+" is given more than once")
		}
	}
	codeChallenge := query.Get("code_challenge")
	switch {
	case !c.may(grantAuthorizationCode):
		return refused("unauthorized_client", "The client is not registered for authorization codes")
	case query.Get("response_type") == "":
		return refused("invalid_request", "response_type is missing")
	case query.Get("response_type") != "code":
		return refused("unsupported_response_type", "response_type must be code")
	case codeChallenge == "": // RFC 7636 §4.4.1
		return refused("invalid_request", "code_challenge is missing")
	case query.Get("code_challenge_method") != "S256": // absent is plain, RFC 7636 §4.3
		return refused("invalid_request", "code_challenge_method must be S256")
	case !isS256Challenge(codeChallenge):
		return refused("invalid_request", "code_challenge is not a SHA-256 in base64url")
	}
	answer := func(allow bool) reply {
		if !allow {
			return refused("access_denied", "The person denied the request")
		}
		code := e.newSecret("", 48)
		e.codes[code] = &authorizationCode{
			client:        c,
			redirectURI:   redirectURI,
			codeChallenge: codeChallenge,
			expires:       time.Now().Add(e.config.CodeLifetime),
		}
		return back(url.Values{"code": {code}})
	}
	if e.config.AutoApprove {
		return answer(true)
	}
	destination, _, _ := strings.Cut(strings.TrimPrefix(redirectURI, "http://"), "/")
	return e.ask(c, "", destination, answer)
}

// devicePage is the verification URI (RFC 8628 §3.3): it asks for the user
// code, or, given one, whether the person wants to sign that device in.
func (e *Emulator) devicePage(r *http.Request) reply {
	entered := strings.TrimSpace(r.URL.Query().Get("user_code"))
	form := reply{status: http.StatusOK, template: "device.html", data: map[string]any{
		"Title": "Sign in a device", "UserCode": entered, "Unknown": entered != "",
	}}
	if entered == "" {
		return form
	}
	for _, d := range e.devices {
		if plainUserCode(d.userCode) != plainUserCode(entered) || d.client.region != e.region(r) {
			continue
		}
		switch {
		case !time.Now().Before(d.expires):
			return notice(http.StatusGone, "bad", "This code has expired", "Start again in your terminal to get a new one.")
		case d.answer == pending:
			return e.ask(d.client, d.userCode, "", func(allow bool) reply { return d.decide(allow) })
		case d.answer == denied:
			return accessDenied
		default:
			return accessAllowed
		}
	}
	form.status = http.StatusNotFound
	return form
}

// plainUserCode drops what a person may type differently.
func plainUserCode(text string) string {
	return strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(text))
}

func (d *device) decide(allow bool) reply {
	switch {
	case !time.Now().Before(d.expires):
		return notice(http.StatusGone, "bad", "This code has expired", "Start again in your terminal to get a new one.")
	case d.answer != pending: // on another page
		return notice(http.StatusConflict, "bad", "This code was answered before", "Look at your terminal to see how it went on.")
	case !allow:
		d.answer = denied
		return accessDenied
	}
	d.answer = allowed
	return accessAllowed
}

var (
	accessAllowed = notice(http.StatusOK, "good", "Access allowed", "You can close this page and go back to your terminal.")
	accessDenied  = notice(http.StatusOK, "bad", "Access denied", "Nothing was shared. You can close this page.")
)

// portalPage stands where people expect their access portal. Under the real names
// there is no endpoint to tell.
func (e *Emulator) portalPage(r *http.Request) reply {
	accounts := e.config.Organization.Accounts
	endpoint := origin(r)
	if strings.HasPrefix(endpoint, "https:") {
		endpoint = ""
	}
	roles := 0
	for _, account := range accounts {
		roles += len(account.Roles)
	}
	return reply{status: http.StatusOK, template: "portal.html", data: map[string]any{
		"Title":    "Access portal",
		"Accounts": accounts[:min(len(accounts), 100)],
		"Count":    len(accounts),
		"Roles":    roles,
		"StartURL": e.config.StartURL,
		"Region":   e.config.Region,
		"Endpoint": endpoint,
	}}
}
