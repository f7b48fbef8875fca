package identitycenter

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sso"
)

// pageSize is the most that the portal gives in one page (MaxResultType).
const pageSize = 100

// A Portal is the access portal as one signed-in person sees it. One call is
// one request: whoever asks for much decides about pace and retries.
type Portal struct {
	api   *sso.Client
	token Secret
}

// NewPortal makes a portal for the holder of token; it sends nothing yet.
func NewPortal(o Options, token Token) (*Portal, error) {
	o, err := o.prepared()
	if err != nil {
		return nil, err
	}
	options := sso.Options{
		Region:     o.Region,
		HTTPClient: o.exchange(),
		Retryer:    aws.NopRetryer{},
	}
	if o.FIPS {
		options.EndpointOptions.UseFIPSEndpoint = aws.FIPSEndpointStateEnabled
	}
	if o.DualStack {
		options.EndpointOptions.UseDualStackEndpoint = aws.DualStackEndpointStateEnabled
	}
	if o.PortalEndpoint != "" {
		options.BaseEndpoint = aws.String(o.PortalEndpoint)
	}
	return &Portal{api: sso.New(options), token: token.AccessToken}, nil
}

// An Account is an AWS account that the person may use. Name and Email may be
// empty, and are text from outside.
type Account struct {
	ID    string // twelve digits, zeros in front included
	Name  string
	Email string
}

// A Page is one answer of a list operation. NextToken asks for the next one and
// is empty on the last; a page without items may have a next one.
type Page[T any] struct {
	Items     []T
	NextToken string
}

// Accounts calls ListAccounts.
func (p *Portal) Accounts(ctx context.Context, nextToken string) (Page[Account], error) {
	in := &sso.ListAccountsInput{
		AccessToken: aws.String(string(p.token)),
		MaxResults:  aws.Int32(pageSize),
	}
	if nextToken != "" {
		in.NextToken = aws.String(nextToken)
	}
	out, err := p.api.ListAccounts(ctx, in)
	if err != nil {
		return Page[Account]{}, answered(ctx, "ListAccounts", err)
	}
	if out.AccountList == nil { // an empty list is one, too; a proxy's answer is none
		return Page[Account]{}, malformed("ListAccounts", "there is no accountList")
	}
	page := Page[Account]{NextToken: aws.ToString(out.NextToken)}
	for _, a := range out.AccountList {
		if aws.ToString(a.AccountId) == "" {
			return Page[Account]{}, malformed("ListAccounts", "an account has no accountId")
		}
		page.Items = append(page.Items, Account{
			ID: aws.ToString(a.AccountId), Name: aws.ToString(a.AccountName), Email: aws.ToString(a.EmailAddress),
		})
	}
	return page, nil
}

// Roles calls ListAccountRoles: the names of the permission sets that the
// person has in one account.
func (p *Portal) Roles(ctx context.Context, accountID, nextToken string) (Page[string], error) {
	in := &sso.ListAccountRolesInput{
		AccessToken: aws.String(string(p.token)),
		AccountId:   aws.String(accountID),
		MaxResults:  aws.Int32(pageSize),
	}
	if nextToken != "" {
		in.NextToken = aws.String(nextToken)
	}
	out, err := p.api.ListAccountRoles(ctx, in)
	if err != nil {
		return Page[string]{}, answered(ctx, "ListAccountRoles", err)
	}
	if out.RoleList == nil {
		return Page[string]{}, malformed("ListAccountRoles", "there is no roleList")
	}
	page := Page[string]{NextToken: aws.ToString(out.NextToken)}
	for _, r := range out.RoleList {
		page.Items = append(page.Items, aws.ToString(r.RoleName))
	}
	return page, nil
}

// Logout calls the operation of that name: the service ends the session behind
// the access token, and with it all its refresh tokens. Credentials of roles that
// were fetched with it live on until they expire.
func (p *Portal) Logout(ctx context.Context) error {
	_, err := p.api.Logout(ctx, &sso.LogoutInput{AccessToken: aws.String(string(p.token))})
	if err != nil {
		return answered(ctx, "Logout", err)
	}
	return nil
}
