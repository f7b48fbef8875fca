// Package emulator is AWS IAM Identity Center on loopback: the OIDC service
// (RegisterClient, authorize, StartDeviceAuthorization, CreateToken), the
// access portal (ListAccounts, ListAccountRoles, GetRoleCredentials, Logout)
// and the pages that a person sees in the browser.
//
// It hides the wire formats, the life of clients, codes, devices and tokens,
// quotas and faults. Its one invariant: every answer follows from state that
// earlier requests made, and whatever the real service refuses is refused. It
// shares no code with the client that it is used to test, so that one
// misreading of the protocol cannot pass on both sides.
package emulator

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"
)

// DefaultStartURL and DefaultRegion are what a zero Config uses.
const (
	DefaultStartURL = "https://d-1234567890.awsapps.com/start"
	DefaultRegion   = "us-east-1"
)

// Config describes the instance of IAM Identity Center to emulate. The zero
// value is an instance without accounts, quotas or faults.
type Config struct {
	// Organization is what the person who signs in may use.
	Organization Organization
	// StartURL is the instance's access portal (default DefaultStartURL). A
	// client that names another one is refused; a trailing "/", "#", "#/" or
	// "/#/" and the case of the host make no difference.
	StartURL string
	// Region is where the instance lives (default DefaultRegion), and where a
	// request goes whose host is no service's. The same services answer at the
	// hosts of other regions, where nobody knows the instance and its clients.
	Region string
	// Skew is how far the service's clock is ahead, or, negative, behind: in the
	// Date header and in every instant that it names. It decides nothing.
	Skew time.Duration
	// AutoApprove answers for the person: /authorize redirects at once, a
	// device code is approved as soon as it is issued.
	AutoApprove bool

	// Latency delays every API request, not the pages; Jitter adds a uniformly
	// distributed 0..Jitter.
	Latency, Jitter time.Duration
	// Approach is the network's part: 0..Approach, uniformly distributed, pass
	// before the quota decides about a portal request.
	Approach time.Duration
	// Seed decides the random delays. They are drawn for each request by what
	// it asks for and how often that was asked before, so that runs repeat.
	Seed uint64

	// Rate refills the token bucket of the portal, in requests per second;
	// 0 is no limit. Burst is the size of the bucket, at least 1. Each
	// portal request takes a token at its arrival; one that finds none is
	// refused with 429 and takes nothing.
	Rate  float64
	Burst int
	// RefusedCosts makes a refused request take a token, too. The debt is
	// bounded: the bucket never holds less than -1 token.
	RefusedCosts bool
	// Penalty is how long nothing is accepted after a request was refused for
	// want of a token. What is refused during a penalty does not lengthen it,
	// and tokens refill meanwhile.
	Penalty time.Duration
	// RetryAfter is sent with what the quota refuses, in whole seconds, rounded up.
	RetryAfter time.Duration
	// RefusalLatency is what a refusal by the quota takes in place of Latency
	// and Jitter; 0 is as long as an answer.
	RefusalLatency time.Duration

	// PageSize is the longest page of a list whatever max_result asks for; 0 is as asked.
	PageSize int
	// EmptyPages makes every list begin with an empty page and a token.
	EmptyPages bool

	// TokenLifetime of access tokens; default 1 h, and 8 h for clients
	// registered without scopes and refresh_token.
	TokenLifetime time.Duration
	// SessionLifetime is how long a person stays signed in: at its end access
	// tokens die early and refresh tokens are worth nothing. Default 8 h, or
	// TokenLifetime when that is longer.
	SessionLifetime time.Duration
	// RegistrationLifetime of clients; default 90 days.
	RegistrationLifetime time.Duration
	// RefreshRotation is what becomes of a refresh token that is used; default Rotate.
	RefreshRotation Rotation
	// RevokeAfter portal requests were answered well, the access token of the
	// last of them is revoked: from then on it gets 401. That happens once;
	// other access tokens, and a refresh token, live on. 0 is never.
	RevokeAfter int
	// CodeLifetime and DeviceLifetime of authorization and device codes; default 10 min.
	CodeLifetime, DeviceLifetime time.Duration

	// Interval is the polling interval sent with device codes, in whole
	// seconds; 0 sends none, which means 5 s (RFC 8628 §3.2).
	Interval time.Duration
	// EnforceInterval answers slow_down to polling faster than the interval,
	// and lengthens what it demands by 5 s each time (RFC 8628 §3.5). Off by
	// default because the AWS CLI polls twice before its first wait.
	EnforceInterval bool

	// Faults are tried in their order; the first that strikes answers.
	Faults []Fault
}

// Rotation is what becomes of a refresh token that is used. Which of them the
// real service does is not known, so that clients must live with all.
type Rotation string

// The zero Rotation is Rotate.
const (
	// Rotate: a new one is issued, and the old one is good for one more minute.
	Rotate Rotation = "rotate"
	// Keep: none is issued, and the old one stays good.
	Keep Rotation = "keep"
	// Strict: a new one is issued, and the old one is worthless at once.
	Strict Rotation = "strict"
)

// Stats counts what the emulator was asked. Refused requests count too.
type Stats struct {
	// Requests per operation, by AWS API name; "Authorize" is GET /authorize.
	Requests map[string]int
	// Throttled is how many portal requests the quota refused.
	Throttled int
	// Hasty is how many portal requests came before the time was over that the
	// last Retry-After for their access token named, counted from when it was sent.
	Hasty int
	// Faulted is how many requests a Fault answered.
	Faulted int
	// PeakInFlight is the highest number of portal requests at one time.
	PeakInFlight int
}

// Emulator is one instance of IAM Identity Center: an http.Handler that serves
// the endpoints of both services and the pages. It may be used concurrently.
type Emulator struct {
	config    Config
	mux       *http.ServeMux
	startPage http.Handler
	// pageKey signs the next_tokens of lists.
	pageKey []byte

	mu     sync.Mutex // guards all below; never held while waiting or writing
	bucket bucket
	asked  map[string]int // how often each question was, for chance
	// comingBack is when a throttled access token may come again.
	comingBack map[string]time.Time
	faults     []pendingFault
	inFlight   int
	answers    int // of the portal that were good, for RevokeAfter
	stats      Stats

	clients       map[string]*client // by clientId
	codes         map[string]*authorizationCode
	devices       map[string]*device // by device code
	accessTokens  map[string]*token
	refreshTokens map[string]*token
	consents      map[string]consent // by ticket
	accounts      map[string]Account // by id
	secrets       []string
}

// New makes an instance. It panics on a Fault that ParseFault would not give, and
// on a Rotation that is none.
func New(config Config) *Emulator {
	orDefault(&config.StartURL, DefaultStartURL)
	orDefault(&config.Region, DefaultRegion)
	orDefault(&config.RegistrationLifetime, defaultRegistrationLifetime)
	orDefault(&config.RefreshRotation, Rotate)
	orDefault(&config.SessionLifetime, max(8*time.Hour, config.TokenLifetime))
	orDefault(&config.CodeLifetime, 10*time.Minute)
	orDefault(&config.DeviceLifetime, 10*time.Minute)
	e := &Emulator{
		config:  config,
		pageKey: randomBytes(32),
		bucket:  bucket{refusedCosts: config.RefusedCosts, penalty: config.Penalty},
		stats:   Stats{Requests: map[string]int{}},

		asked:      map[string]int{},
		comingBack: map[string]time.Time{},

		clients:       map[string]*client{},
		codes:         map[string]*authorizationCode{},
		devices:       map[string]*device{},
		accessTokens:  map[string]*token{},
		refreshTokens: map[string]*token{},
		consents:      map[string]consent{},
		accounts:      map[string]Account{},
	}
	if !slices.Contains([]Rotation{Rotate, Keep, Strict}, config.RefreshRotation) {
		panic(fmt.Sprintf("emulator: refresh rotation %q", config.RefreshRotation))
	}
	for _, account := range config.Organization.Accounts {
		e.accounts[account.ID] = account
	}
	for _, fault := range config.Faults {
		if err := fault.check(); err != nil {
			panic(fmt.Sprintf("emulator: fault %q: %v", fault, err))
		}
		e.faults = append(e.faults, pendingFault{Fault: fault})
	}
	e.bucket.limit(time.Now(), config.Rate, config.Burst)
	e.startPage = e.page(e.portalPage)
	e.mux = e.routes()
	return e
}

func (e *Emulator) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("POST /client/register", e.api("RegisterClient", e.registerClient))
	mux.Handle("POST /device_authorization", e.api("StartDeviceAuthorization", e.startDeviceAuthorization))
	mux.Handle("POST /token", e.api("CreateToken", e.createToken))
	mux.Handle("GET /assignment/accounts", e.api("ListAccounts", e.listAccounts))
	mux.Handle("GET /assignment/roles", e.api("ListAccountRoles", e.listAccountRoles))
	mux.Handle("GET /federation/credentials", e.api("GetRoleCredentials", e.roleCredentials))
	mux.Handle("POST /logout", e.api("Logout", e.logout))

	mux.HandleFunc("GET /authorize", e.serveAuthorize)
	mux.Handle("POST /consent", e.page(e.decide))
	mux.Handle("GET /device", e.page(e.devicePage))
	mux.Handle("GET /start", e.startPage)
	mux.Handle("GET /start/{$}", e.startPage)
	mux.Handle("GET /pages/{file}", assets)
	return mux
}

// ServeHTTP serves both services and the pages. Paths that the real services
// do not have are 404, wrong methods 405.
func (e *Emulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set(requestIDHeader, requestID())
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Date", e.shown(time.Now()).UTC().Format(http.TimeFormat))
	if e.isStartURL(r) {
		e.startPage.ServeHTTP(w, r)
		return
	}
	e.mux.ServeHTTP(w, r)
}

// shown is an instant as the service's clock names it.
func (e *Emulator) shown(t time.Time) time.Time { return t.Add(e.config.Skew) }

// Stats returns the counts up to now.
func (e *Emulator) Stats() Stats {
	e.mu.Lock()
	defer e.mu.Unlock()
	stats := e.stats
	stats.Requests = maps.Clone(stats.Requests)
	return stats
}

// Secrets returns every client secret, authorization code, device code, access
// token, refresh token, secret access key and session token issued so far, and
// every code verifier received: what must never be seen in a log.
func (e *Emulator) Secrets() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.secrets)
}

// Revoke ends every session, as an administrator can: access tokens get
// UnauthorizedException, refresh tokens InvalidGrantException.
func (e *Emulator) Revoke() {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := time.Now()
	for _, token := range e.accessTokens {
		token.session.end(now)
	}
}

// secret remembers a secret for Secrets.
func (e *Emulator) secret(value string) string {
	e.secrets = append(e.secrets, value)
	return value
}

// newSecret makes an opaque text from size random bytes after a prefix.
func (e *Emulator) newSecret(prefix string, size int) string {
	return e.secret(prefix + randomText(size))
}

func randomText(size int) string {
	return base64.RawURLEncoding.EncodeToString(randomBytes(size))
}

func randomBytes(size int) []byte {
	b := make([]byte, size)
	rand.Read(b) // never fails
	return b
}

func orDefault[T comparable](value *T, fallback T) {
	var zero T
	if *value == zero {
		*value = fallback
	}
}
