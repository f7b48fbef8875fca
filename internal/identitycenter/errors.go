package identitycenter

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// What the OIDC service answers, in the words of the RFCs.
var (
	ErrAccessDenied          = errors.New("access_denied")           // RFC 6749 §4.1.2.1, RFC 8628 §3.5
	ErrAuthorizationPending  = errors.New("authorization_pending")   // RFC 8628 §3.5
	ErrExpiredToken          = errors.New("expired_token")           // RFC 8628 §3.5
	ErrInvalidClient         = errors.New("invalid_client")          // RFC 6749 §5.2
	ErrInvalidClientMetadata = errors.New("invalid_client_metadata") // RFC 7591 §3.2.2
	ErrInvalidGrant          = errors.New("invalid_grant")           // RFC 6749 §5.2
	ErrInvalidRequest        = errors.New("invalid_request")         // RFC 6749 §5.2
	ErrSlowDown              = errors.New("slow_down")               // RFC 8628 §3.5
)

// What the access portal answers.
var (
	ErrUnauthorized = errors.New("unauthorized") // 401: the access token is not accepted (any more)
	ErrForbidden    = errors.New("forbidden")    // 403: ForbiddenException, which is not in the API's model
	ErrNotFound     = errors.New("not found")    // 404: ResourceNotFoundException
	ErrThrottled    = errors.New("throttled")    // 429: TooManyRequestsException
)

// ErrTransient says that the same request may well succeed in a moment: a 5xx
// status, a connection that broke, an answer that was cut or malformed.
var ErrTransient = errors.New("transient")

// An Error is one request that the service, or the way to it, did not answer
// as asked. errors.Is compares it with the sentinels of this package.
type Error struct {
	Operation   string        // the API's name for it, such as CreateToken
	Status      int           // HTTP status, 0 when no answer came
	Code        string        // exception name or OAuth error code, as the service wrote it
	Description string        // the service's own words: text from outside
	Region      string        // the region that the service names as the right one, if it does
	RetryAfter  time.Duration // how long the service asks us to wait, 0 if it does not

	kind  error // the sentinel
	cause error // what net/http or the decoder said
}

// Error says what was refused and why, in one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Operation)
	switch {
	case e.Status == 0 || e.Status == http.StatusOK:
		fmt.Fprintf(&b, ": %v", e.cause)
	case e.Code == "" && e.Description == "":
		fmt.Fprintf(&b, ": HTTP %d %s", e.Status, http.StatusText(e.Status))
	case e.Description == "":
		fmt.Fprintf(&b, ": HTTP %d, %s", e.Status, e.Code)
	default:
		fmt.Fprintf(&b, ": HTTP %d, %s: %s", e.Status, cmp.Or(e.Code, http.StatusText(e.Status)), e.Description)
	}
	return b.String()
}

// Unwrap returns what the network or the decoder said, if that was it.
func (e *Error) Unwrap() error { return e.cause }

// Is reports whether target is the sentinel of this error.
func (e *Error) Is(target error) bool { return target == e.kind }

// kinds maps the names that the service gives its errors, as exceptions and as
// OAuth codes, to sentinels.
var kinds = map[string]error{
	"AccessDeniedException":          ErrAccessDenied,
	"AuthorizationPendingException":  ErrAuthorizationPending,
	"ExpiredTokenException":          ErrExpiredToken,
	"InvalidClientException":         ErrInvalidClient,
	"InvalidClientMetadataException": ErrInvalidClientMetadata,
	"InvalidGrantException":          ErrInvalidGrant,
	"InvalidRequestException":        ErrInvalidRequest,
	"InvalidRequestRegionException":  ErrInvalidRequest,
	"SlowDownException":              ErrSlowDown,
	"access_denied":                  ErrAccessDenied,
	"authorization_pending":          ErrAuthorizationPending,
	"expired_token":                  ErrExpiredToken,
	"invalid_client":                 ErrInvalidClient,
	"invalid_client_metadata":        ErrInvalidClientMetadata,
	"invalid_grant":                  ErrInvalidGrant,
	"invalid_request":                ErrInvalidRequest,
	"slow_down":                      ErrSlowDown,
}

const (
	maxDescription = 500 // bytes; the service's own are one sentence
	maxRetryAfter  = 5 * time.Minute
)

// refusal reads the error out of an answer with a status of 300 or more.
// The OIDC service names the exception in a header and the OAuth code in the
// body, the portal uses __type, and a proxy in between sends a page.
func refusal(response *http.Response, body []byte) *Error {
	var said struct {
		Error            string `json:"error"`
		ErrorDescription string `json:"error_description"`
		Type             string `json:"__type"`
		Message          string `json:"message"`
		Region           string `json:"region"`
	}
	if json.Unmarshal(body, &said) != nil {
		said.Message = "" // a page of somebody in between
	}
	name := exceptionName(cmp.Or(response.Header.Get("X-Amzn-ErrorType"), said.Type))
	e := &Error{
		Status:      response.StatusCode,
		Code:        cmp.Or(name, said.Error),
		Description: cmp.Or(said.ErrorDescription, said.Message),
		RetryAfter:  min(retryAfter(response.Header, time.Now()), maxRetryAfter),
	}
	if len(e.Description) > maxDescription {
		e.Description = e.Description[:maxDescription] + "…"
	}
	if CheckRegion(said.Region) == nil { // it is shown as something to type
		e.Region = said.Region
	}
	e.kind = cmp.Or(kinds[name], kinds[said.Error])
	if e.kind == nil {
		e.kind = statusKind(response.StatusCode)
	}
	return e
}

// statusKind is the sentinel of an answer that has only its status to say.
func statusKind(status int) error {
	switch {
	case status == http.StatusUnauthorized:
		return ErrUnauthorized
	case status == http.StatusForbidden:
		return ErrForbidden
	case status == http.StatusNotFound:
		return ErrNotFound
	case status == http.StatusTooManyRequests:
		return ErrThrottled
	case status >= http.StatusInternalServerError:
		return ErrTransient
	}
	return nil
}

// exceptionName cuts "com.amazonaws.sso#NAME:http://internal…" down to NAME, as
// the SDKs do.
func exceptionName(text string) string {
	text, _, _ = strings.Cut(text, ":")
	if _, after, found := strings.Cut(text, "#"); found {
		text = after
	}
	return text
}

// retryAfter reads Retry-After (RFC 9110 §10.2.3: seconds or a date) and the
// SDKs' X-Amz-Retry-After (milliseconds).
func retryAfter(header http.Header, now time.Time) time.Duration {
	if ms, err := strconv.ParseUint(header.Get("X-Amz-Retry-After"), 10, 31); err == nil {
		return time.Duration(ms) * time.Millisecond
	}
	text := header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if date, err := http.ParseTime(text); err == nil {
		return max(0, date.Sub(now))
	}
	return 0
}
