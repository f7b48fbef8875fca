package identitycenter

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
)

// ErrNoRegion says that neither the start URL nor anybody who was asked tells the
// SSO region: only a person can.
var ErrNoRegion = errors.New("nothing tells the SSO region")

// ErrUnknownStartURL says that all regions were asked, and that it is a start URL of
// none of them. It is an [ErrStartURL].
var ErrUnknownStartURL error = startURLError("every region of AWS was asked, and none knows it")

type startURLError string

func (e startURLError) Error() string { return string(e) }
func (e startURLError) Unwrap() error { return ErrStartURL }

// Found is where an instance of Identity Center lives.
type Found struct {
	Region string // its SSO region
	From   string // what told it, in words: one of the constants below
}

// What tells a region, from the surest to the last resort.
const (
	FromStartURL = "the start URL"
	FromRedirect = "the address that the start URL leads to"
	FromPage     = "the page of the access portal"
	FromService  = "the one region that knows the start URL"
	FromRefusal  = "the service"
)

const (
	findTimeout = 10 * time.Second // for all of FindRegion, or of Resolve
	pageTimeout = 4 * time.Second  // of it for the page, so that some is left for the service
	maxAsked    = 8                // regions at once
)

// FindRegion finds the SSO region of a start URL, for a person who does not know
// it. [Options.Region] is not needed. It looks at the host name, at where a domain
// of one's own leads to, at the page of the portal, and at last it registers a
// client in every region that there may be: all but one of them refuse it.
//
// It takes ten seconds at most and sends nothing secret. With
// [Options.OIDCEndpoint] no other regions can be asked. The error wraps
// [ErrNoRegion] and, if there is one, what was in the way; it is [ErrUnknownStartURL]
// if nothing was and all regions refuse; or it is one of [Resolve].
func FindRegion(ctx context.Context, o Options, startURL string) (Found, error) {
	o, err := o.preparedForAnyRegion()
	if err != nil {
		return Found{}, err
	}
	within, cancel := limit(ctx, findTimeout)
	defer cancel()
	found, err := o.findRegion(within, startURL)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return found, err
}

func (o Options) findRegion(ctx context.Context, startURL string) (Found, error) {
	issuerURL, err := o.resolve(ctx, startURL)
	if err != nil {
		return Found{}, err
	}
	if region, ok := regionTold(issuerURL); ok {
		if issuerURL == startURL {
			return Found{region, FromStartURL}, nil
		}
		return Found{region, FromRedirect}, nil
	}
	region, obstacle := o.regionOfPage(ctx, issuerURL)
	if region != "" {
		return Found{region, FromPage}, nil
	}
	if o.OIDCEndpoint == "" {
		region, err = o.regionThatKnows(ctx, issuerURL)
		if err == nil {
			return Found{region, FromService}, nil
		}
		if errors.Is(err, ErrUnknownStartURL) {
			return Found{}, fmt.Errorf("start URL %q: %w", startURL, err)
		}
		obstacle = err
	}
	if obstacle != nil {
		return Found{}, fmt.Errorf("start URL %q: %w: %w", startURL, ErrNoRegion, obstacle)
	}
	return Found{}, fmt.Errorf("start URL %q: %w", startURL, ErrNoRegion)
}

// metaTag is one of a page's <meta>, attribute what is in it: in any order, and in
// any quotes.
var (
	metaTag   = regexp.MustCompile(`(?i)<meta\s[^>]*>`)
	attribute = regexp.MustCompile(`(?i)\s(name|content)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))`)
)

// regionInPage reads <meta name="region" content="eu-west-1">, which the page of an
// access portal has in its head; "" if there is none.
func regionInPage(page []byte) string {
	for _, tag := range metaTag.FindAll(page, -1) {
		var name, content string
		for _, match := range attribute.FindAllSubmatch(tag, -1) {
			value := strings.TrimSpace(string(slices.Concat(match[2], match[3], match[4])))
			if strings.EqualFold(string(match[1]), "name") {
				name = value
			} else {
				content = value
			}
		}
		if strings.EqualFold(name, "region") && CheckRegion(content) == nil {
			return content
		}
	}
	return ""
}

// regionOfPage asks the portal itself, and follows it as long as it stays AWS's.
func (o Options) regionOfPage(ctx context.Context, address string) (string, error) {
	ctx, cancel := limit(ctx, pageTimeout)
	defer cancel()
	x := o.exchange()
	for range 4 {
		answer, err := x.visit(ctx, http.MethodGet, address)
		if err != nil {
			return "", err
		}
		if answer.location == nil {
			return regionInPage(answer.page), nil
		}
		if answer.location.Scheme != "https" || answer.location.User != nil || !awsOwned(answer.location.Hostname()) {
			return "", nil
		}
		if region, ok := regionOfHost(answer.location.Hostname()); ok {
			return region, nil
		}
		address = answer.location.String()
	}
	return "", nil
}

// regionThatKnows registers a client everywhere. A region refuses the start URL of
// another one with InvalidClientMetadataException. Where several know it (an
// instance can be in more than one) the person has to choose.
func (o Options) regionThatKnows(ctx context.Context, issuerURL string) (string, error) {
	u, err := parseStartURL(issuerURL)
	if err != nil {
		return "", err
	}
	regions := candidates(u.Hostname())
	answers := make([]error, len(regions))
	places := make(chan struct{}, maxAsked)
	var group sync.WaitGroup
	for i, region := range regions {
		group.Go(func() {
			select {
			case places <- struct{}{}:
				answers[i] = o.knows(ctx, region, issuerURL)
				<-places
			case <-ctx.Done():
				answers[i] = context.Cause(ctx)
			}
		})
	}
	group.Wait()
	return judge(regions, answers)
}

// Knows registers a client in [Options.Region] for a start URL. The error is nil if the
// service there takes it for its own; [WrongRegion] tells if it does not.
func Knows(ctx context.Context, o Options, startURL string) error {
	o, err := o.prepared()
	if err != nil {
		return err
	}
	ctx, cancel := limit(ctx, findTimeout)
	defer cancel()
	if o.OIDCEndpoint == "" { // else nobody but that endpoint is to be asked
		if startURL, err = o.resolve(ctx, startURL); err != nil {
			return err
		}
	}
	return o.knows(ctx, o.Region, startURL)
}

// knows returns nil if the service in a region takes issuerURL for its own.
func (o Options) knows(ctx context.Context, region, issuerURL string) error {
	o.Region = region
	client, err := NewClient(o)
	if err != nil {
		return err
	}
	_, err = client.api.RegisterClient(ctx, &ssooidc.RegisterClientInput{
		ClientName:   aws.String(ClientName),
		ClientType:   aws.String("public"),
		GrantTypes:   []string{GrantAuthorizationCode},
		RedirectUris: []string{"http://127.0.0.1" + RedirectPath},
		Scopes:       []string{ScopeAccountAccess},
		IssuerUrl:    aws.String(issuerURL),
	}, func(once *ssooidc.Options) { once.Retryer = aws.NopRetryer{} })
	if err != nil {
		return answered(ctx, "RegisterClient", err)
	}
	return nil
}

// judge finds the one region that said yes, or that the others name. The error is
// of a region that could not be asked rather than of one that refused: that may be
// the one. Where all know that it is not theirs, it is ErrUnknownStartURL.
func judge(regions []string, answers []error) (string, error) {
	var yes, named []string
	var refused, unreached error
	strangers := 0
	for i, err := range answers {
		if errors.Is(err, ErrInvalidClientMetadata) {
			strangers++
		}
		e, answered := errors.AsType[*Error](err)
		switch {
		case err == nil:
			yes = append(yes, regions[i])
		case answered && e.Region != "":
			named = append(named, e.Region)
			fallthrough
		case answered && e.Status != 0:
			refused = cmp.Or(refused, err)
		default:
			unreached = cmp.Or(unreached, err)
		}
	}
	named = slices.Compact(slices.Sorted(slices.Values(named)))
	switch {
	case len(yes) == 1:
		return yes[0], nil
	case len(yes) > 1:
		return "", fmt.Errorf("%s know it", strings.Join(yes, ", "))
	case len(named) == 1:
		return named[0], nil
	case strangers == len(regions):
		return "", ErrUnknownStartURL
	}
	return "", cmp.Or(unreached, refused)
}

// WrongRegion says whether a sign-in may have failed with err because the instance
// lives in another region, and which one that is, if the service named it.
func WrongRegion(err error) (named Found, wrong bool) {
	e, ok := errors.AsType[*Error](err)
	switch {
	case !ok:
		return Found{}, false
	case e.Region != "":
		return Found{e.Region, FromRefusal}, true
	case errors.Is(e, ErrInvalidClientMetadata):
		return Found{}, true
	}
	return Found{}, e.Operation == "StartDeviceAuthorization" && (errors.Is(e, ErrInvalidRequest) || errors.Is(e, ErrInvalidGrant))
}
