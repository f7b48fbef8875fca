// Package signin gets an access token from a person: by the authorization code
// flow with PKCE over a loopback callback (RFC 6749 §4.1, RFC 7636, RFC 8252),
// or by the device authorization grant (RFC 8628). It keeps the token where the
// AWS CLI and the SDKs look, and refreshes it there.
//
// It hides registration, proof key, state, the callback server with its pages,
// polling, and the files that all AWS tools share. Its invariant: nothing but a
// token that the service issued to this very sign-in ends it well, and nothing
// that is sent to the callback without its state ends it at all; what other tools
// keep for a session is never lost, nor a refresh token used up in vain.
package signin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"aws-sso-config-generator/internal/identitycenter"
)

// DefaultTimeout is how long a person may take.
const DefaultTimeout = 10 * time.Minute

var (
	// ErrTimeout says that the person did not finish in time.
	ErrTimeout = errors.New("the sign-in was not finished in time")
	// ErrRefused says that the person chose "deny" (access_denied).
	ErrRefused = errors.New("the sign-in was refused")
	// ErrAuthorize says that the service sent the browser back with another error
	// than that (RFC 6749 §4.1.2.1).
	ErrAuthorize = errors.New("the service did not authorize the sign-in")
	// ErrListen says that no callback could be opened on the loopback interface.
	ErrListen = errors.New("listen for the browser on 127.0.0.1")
	// ErrStray says that what was pasted does not answer this sign-in.
	ErrStray = errors.New("not the answer to this sign-in")
)

// Config says how to sign in.
type Config struct {
	Client   *identitycenter.Client
	StartURL string        // as of identitycenter.Resolve: the service ties the registration to it
	Timeout  time.Duration // for the person; 0: DefaultTimeout

	// KeepSignedIn asks for a refresh token: the session lasts until the service
	// ends it, without the person.
	KeepSignedIn bool

	// CallbackPort is the port of 127.0.0.1 that the browser comes back to; 0: any
	// free one. (Authorization code only.)
	CallbackPort int

	// Show tells the person where to sign in, once the sign-in can begin, and
	// opens the browser if it wants to. It must not block.
	Show func(Prompt)
}

// A Prompt is where the person goes to sign in. The texts are from outside.
type Prompt struct {
	URL             string // opens ready to sign in
	UserCode        string // device code only: what the page must show
	VerificationURI string // device code only: a short address to type, asks for the user code

	// CallbackPort is the port of 127.0.0.1 that the browser comes back to.
	// (Authorization code only.)
	CallbackPort int
	// Paste takes the address that the browser ended on when it could not reach
	// CallbackPort, such as http://127.0.0.1:40121/oauth/callback?code=…&state=….
	// Where that is not the answer to this sign-in, or the second one, the error
	// wraps ErrStray and quotes nothing of it, and the wait goes on. It may be
	// called at any time. (Authorization code only, nil else.)
	Paste func(address string) error
}

// begin starts the person's time.
func (c Config) begin(ctx context.Context) (context.Context, context.CancelFunc) {
	timeout := c.Timeout
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	return context.WithTimeoutCause(ctx, timeout, fmt.Errorf("%w (%v)", ErrTimeout, timeout))
}
