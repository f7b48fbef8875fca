package signin

import (
	"context"

	"golang.org/x/oauth2"

	"aws-sso-config-generator/internal/identitycenter"
)

// AuthorizationCode signs in with the authorization code flow. One call is one
// registration, one browser visit and one exchange.
//
// The registration has the one grant type that it needs, and refresh_token only
// for a session that is to be kept.
//
// It returns an error that wraps ErrTimeout, ErrRefused, ErrAuthorize or
// ErrListen, the context's cause, or the service's *identitycenter.Error.
func AuthorizationCode(ctx context.Context, c Config) (Login, error) {
	ctx, cancel := c.begin(ctx)
	defer cancel()

	callback, err := listen(ctx, c.CallbackPort)
	if err != nil {
		return Login{}, err
	}
	defer callback.close()

	registration, err := c.Client.Register(ctx, identitycenter.ClientMetadata{
		ClientName:   identitycenter.ClientName,
		GrantTypes:   c.grantTypes(),
		RedirectURIs: []string{callback.redirectURI},
		Scopes:       []string{identitycenter.ScopeAccountAccess},
		IssuerURL:    c.StartURL,
	})
	if err != nil {
		return Login{}, err
	}

	codeVerifier := identitycenter.Secret(oauth2.GenerateVerifier())
	c.Show(Prompt{URL: c.Client.AuthorizeURL(identitycenter.AuthorizationRequest{
		ClientID:     registration.ClientID,
		RedirectURI:  callback.redirectURI,
		Scopes:       []string{identitycenter.ScopeAccountAccess},
		State:        callback.state,
		CodeVerifier: codeVerifier,
	}), CallbackPort: callback.port, Paste: callback.paste})

	code, err := callback.wait(ctx)
	if err != nil {
		return Login{}, callback.answer(err)
	}
	token, err := c.Client.CreateToken(ctx, registration, identitycenter.Grant{
		Code:         code,
		RedirectURI:  callback.redirectURI,
		CodeVerifier: codeVerifier,
	})
	return Login{token, registration}, callback.answer(err)
}

func (c Config) grantTypes() []string {
	if c.KeepSignedIn {
		return []string{identitycenter.GrantAuthorizationCode, identitycenter.GrantRefreshToken}
	}
	return []string{identitycenter.GrantAuthorizationCode}
}
