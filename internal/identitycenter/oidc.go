package identitycenter

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	"golang.org/x/oauth2"
)

// The grant types of CreateToken.
const (
	GrantAuthorizationCode = "authorization_code"                           // RFC 6749 §4.1.3
	GrantDeviceCode        = "urn:ietf:params:oauth:grant-type:device_code" // RFC 8628 §3.4
	GrantRefreshToken      = "refresh_token"                                // RFC 6749 §6
)

// What we register as (RFC 7591 §2).
const (
	ClientName   = "aws-sso-config-generator" // the consent page shows it
	RedirectPath = "/oauth/callback"          // the service asks for this path on 127.0.0.1
)

// ScopeAccountAccess lets a token list accounts and roles, and fetch the
// credentials of a role.
const ScopeAccountAccess = "sso:account:access"

// A Client talks to the OIDC service, which registers clients and issues
// tokens. A transient fault is tried three times in all.
type Client struct {
	api       *ssooidc.Client
	authorize *url.URL
}

// NewClient makes a client; it sends nothing yet.
func NewClient(o Options) (*Client, error) {
	o, err := o.prepared()
	if err != nil {
		return nil, err
	}
	endpoint, err := o.oidcEndpoint()
	if err != nil {
		return nil, fmt.Errorf("find the OIDC endpoint of %s: %w", o.Region, err)
	}
	api := ssooidc.New(ssooidc.Options{
		Region:       o.Region,
		BaseEndpoint: aws.String(endpoint.String()),
		HTTPClient:   o.exchange(),
		Retryer: retry.NewStandard(func(s *retry.StandardOptions) {
			s.MaxBackoff = time.Second
			s.Retryables = []retry.IsErrorRetryable{retry.IsErrorRetryableFunc(func(err error) aws.Ternary {
				return aws.BoolTernary(errors.Is(err, ErrTransient) && !errors.Is(err, ErrProxy)) // a password is not to be wrong three times
			})}
		}),
	})
	return &Client{api: api, authorize: endpoint.JoinPath("authorize")}, nil
}

// oidcEndpoint asks the SDK, which knows the partitions, FIPS and dual-stack.
func (o Options) oidcEndpoint() (*url.URL, error) {
	parameters := ssooidc.EndpointParameters{
		Region:       aws.String(o.Region),
		UseFIPS:      aws.Bool(o.FIPS),
		UseDualStack: aws.Bool(o.DualStack),
	}
	if o.OIDCEndpoint != "" {
		parameters.Endpoint = aws.String(o.OIDCEndpoint)
	}
	endpoint, err := ssooidc.NewDefaultEndpointResolverV2().ResolveEndpoint(context.Background(), parameters)
	return &endpoint.URI, err
}

// A Registration is what a client gets from RegisterClient and presents in
// every later call (RFC 7591).
type Registration struct {
	ClientID     string
	ClientSecret Secret
	ExpiresAt    time.Time // the zero time if the service does not say
}

// ClientMetadata is what a client says of itself when it registers. All clients
// are public ones.
type ClientMetadata struct {
	ClientName   string
	GrantTypes   []string
	RedirectURIs []string // for authorization_code
	Scopes       []string
	IssuerURL    string // for authorization_code: the start URL, as of Resolve
}

// Register calls RegisterClient.
func (c *Client) Register(ctx context.Context, m ClientMetadata) (Registration, error) {
	const operation = "RegisterClient"
	in := &ssooidc.RegisterClientInput{
		ClientName:   aws.String(m.ClientName),
		ClientType:   aws.String("public"),
		GrantTypes:   m.GrantTypes,
		RedirectUris: m.RedirectURIs,
		Scopes:       m.Scopes,
	}
	if m.IssuerURL != "" {
		in.IssuerUrl = aws.String(m.IssuerURL)
	}
	out, err := c.api.RegisterClient(ctx, in)
	if err != nil {
		return Registration{}, answered(ctx, operation, err)
	}
	if aws.ToString(out.ClientId) == "" || aws.ToString(out.ClientSecret) == "" {
		return Registration{}, malformed(operation, "clientId or clientSecret is missing")
	}
	r := Registration{ClientID: *out.ClientId, ClientSecret: Secret(*out.ClientSecret)}
	if at := out.ClientSecretExpiresAt; at > 0 && at < 1<<36 { // RFC 7591 §3.2.1: 0 is never; so is a date beyond the year 4147
		r.ExpiresAt = time.Unix(out.ClientSecretExpiresAt, 0)
	}
	return r, nil
}

// An AuthorizationRequest is the browser's way to an authorization code
// (RFC 6749 §4.1.1, RFC 7636 §4.3).
type AuthorizationRequest struct {
	ClientID     string
	RedirectURI  string
	Scopes       []string
	State        string
	CodeVerifier Secret // only its S256 challenge goes into the URL
}

// AuthorizeURL returns the URL that a person opens to sign in and to consent.
// It lies on the OIDC endpoint, not on the start URL, and its parameter is
// named scopes, as in AWS's own clients.
func (c *Client) AuthorizeURL(r AuthorizationRequest) string {
	u := *c.authorize
	query := url.Values{
		"response_type":         {"code"},
		"client_id":             {r.ClientID},
		"redirect_uri":          {r.RedirectURI},
		"scopes":                {strings.Join(r.Scopes, " ")},
		"state":                 {r.State},
		"code_challenge":        {oauth2.S256ChallengeFromVerifier(string(r.CodeVerifier))},
		"code_challenge_method": {"S256"}, // RFC 7636 §4.2
	}
	u.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20")
	return u.String()
}

// A DeviceAuthorization is the answer of RFC 8628 §3.2.
type DeviceAuthorization struct {
	DeviceCode              Secret
	UserCode                string // what the person compares or types
	VerificationURI         string
	VerificationURIComplete string        // with the user code in it
	ExpiresIn               time.Duration // of device code and user code
	Interval                time.Duration // between two polls; 0 when the service does not say
}

// StartDeviceAuthorization calls the operation of that name.
func (c *Client) StartDeviceAuthorization(ctx context.Context, r Registration, startURL string) (DeviceAuthorization, error) {
	const operation = "StartDeviceAuthorization"
	out, err := c.api.StartDeviceAuthorization(ctx, &ssooidc.StartDeviceAuthorizationInput{
		ClientId:     aws.String(r.ClientID),
		ClientSecret: aws.String(string(r.ClientSecret)),
		StartUrl:     aws.String(startURL),
	})
	if err != nil {
		return DeviceAuthorization{}, answered(ctx, operation, err)
	}
	d := DeviceAuthorization{
		DeviceCode:              Secret(aws.ToString(out.DeviceCode)),
		UserCode:                aws.ToString(out.UserCode),
		VerificationURI:         aws.ToString(out.VerificationUri),
		VerificationURIComplete: aws.ToString(out.VerificationUriComplete),
		ExpiresIn:               time.Duration(out.ExpiresIn) * time.Second,
		Interval:                time.Duration(out.Interval) * time.Second,
	}
	if d.DeviceCode == "" || d.UserCode == "" || d.VerificationURI == "" {
		return DeviceAuthorization{}, malformed(operation, "deviceCode, userCode or verificationUri is missing")
	}
	for _, address := range []string{d.VerificationURI, cmp.Or(d.VerificationURIComplete, d.VerificationURI)} {
		if !SafeToOpen(address) { // a person is asked to open it
			return DeviceAuthorization{}, malformed(operation, fmt.Sprintf("verificationUri %q is not safe to open", address))
		}
	}
	return d, nil
}

// A Token is what CreateToken gives.
type Token struct {
	AccessToken  Secret
	ExpiresAt    time.Time
	RefreshToken Secret // "" unless the client is registered for it
}

// A Grant is what CreateToken exchanges for a token: the three members of an
// authorization code, a device code, or a refresh token.
type Grant struct {
	Code         Secret // RFC 6749 §4.1.3
	RedirectURI  string // the same text as in the authorization request
	CodeVerifier Secret // RFC 7636 §4.5

	DeviceCode Secret // RFC 8628 §3.4

	RefreshToken Secret // RFC 6749 §6
}

// CreateToken exchanges a grant for a token.
func (c *Client) CreateToken(ctx context.Context, r Registration, g Grant) (Token, error) {
	const operation = "CreateToken"
	in := &ssooidc.CreateTokenInput{
		ClientId:     aws.String(r.ClientID),
		ClientSecret: aws.String(string(r.ClientSecret)),
	}
	switch {
	case g.DeviceCode != "":
		in.GrantType = aws.String(GrantDeviceCode)
		in.DeviceCode = aws.String(string(g.DeviceCode))
	case g.RefreshToken != "":
		in.GrantType = aws.String(GrantRefreshToken)
		in.RefreshToken = aws.String(string(g.RefreshToken))
	default:
		in.GrantType = aws.String(GrantAuthorizationCode)
		in.Code = aws.String(string(g.Code))
		in.RedirectUri = aws.String(g.RedirectURI)
		in.CodeVerifier = aws.String(string(g.CodeVerifier))
	}
	out, err := c.api.CreateToken(ctx, in)
	if err != nil {
		return Token{}, answered(ctx, operation, err)
	}
	if aws.ToString(out.AccessToken) == "" {
		return Token{}, malformed(operation, "accessToken is missing")
	}
	return Token{
		AccessToken:  Secret(*out.AccessToken),
		ExpiresAt:    time.Now().Add(time.Duration(out.ExpiresIn) * time.Second),
		RefreshToken: Secret(aws.ToString(out.RefreshToken)),
	}, nil
}
