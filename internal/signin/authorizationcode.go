package signin

import (
	"context"

	"golang.org/x/oauth2"

	"aws-sso-config-generator/internal/identitycenter"
)

// AuthorizationCode signs in with the authorization code flow. One call is one
// registration, one browser visit and one exchange.
//
// It returns an error that wraps ErrTimeout, ErrRefused, ErrAuthorize or
// ErrListen, the context's cause, or the service's *identitycenter.Error.
func AuthorizationCode(ctx context.Context, c Config) (identitycenter.Token, error) {
	ctx, cancel := c.begin(ctx)
	defer cancel()

	callback, err := listen(ctx)
	if err != nil {
		return identitycenter.Token{}, err
	}
	defer callback.close()

	registration, err := c.Client.Register(ctx, identitycenter.ClientMetadata{
		ClientName:   clientName,
		GrantTypes:   []string{identitycenter.GrantAuthorizationCode},
		RedirectURIs: []string{callback.redirectURI},
		Scopes:       []string{identitycenter.ScopeAccountAccess},
		IssuerURL:    c.StartURL,
	})
	if err != nil {
		return identitycenter.Token{}, err
	}

	codeVerifier := identitycenter.Secret(oauth2.GenerateVerifier())
	c.Show(Prompt{URL: c.Client.AuthorizeURL(identitycenter.AuthorizationRequest{
		ClientID:     registration.ClientID,
		RedirectURI:  callback.redirectURI,
		Scopes:       []string{identitycenter.ScopeAccountAccess},
		State:        callback.state,
		CodeVerifier: codeVerifier,
	})})

	code, err := callback.wait(ctx)
	if err != nil {
		return identitycenter.Token{}, callback.answer(err)
	}
	token, err := c.Client.CreateToken(ctx, registration, identitycenter.Grant{
		Code:         code,
		RedirectURI:  callback.redirectURI,
		CodeVerifier: codeVerifier,
	})
	return token, callback.answer(err)
}
