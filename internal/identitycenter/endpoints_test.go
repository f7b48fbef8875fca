package identitycenter_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"aws-sso-config-generator/internal/identitycenter"
)

// endpoints are those of the rule sets of both services, as the AWS CLI has them.
var endpoints = []struct{ regions, variant, oidc, portal string }{
	{"us-east-1 eu-west-1 ap-southeast-7 sa-east-1 ca-west-1 me-central-1 af-south-1 il-central-1 mx-central-1", "", "oidc.REGION.amazonaws.com", "portal.sso.REGION.amazonaws.com"},
	{"us-east-1 eu-west-1 ap-southeast-7 sa-east-1 ca-west-1 me-central-1 af-south-1 il-central-1 mx-central-1", "FIPS", "oidc-fips.REGION.amazonaws.com", "portal.sso-fips.REGION.amazonaws.com"},
	{"us-east-1 eu-west-1 ap-southeast-7 sa-east-1 ca-west-1 me-central-1 af-south-1 il-central-1 mx-central-1", "dual-stack", "oidc.REGION.api.aws", "portal.sso.REGION.api.aws"},
	{"us-east-1 eu-west-1 ap-southeast-7 sa-east-1 ca-west-1 me-central-1 af-south-1 il-central-1 mx-central-1", "FIPS dual-stack", "oidc-fips.REGION.api.aws", "portal.sso-fips.REGION.api.aws"},
	{"us-gov-east-1 us-gov-west-1", "", "oidc.REGION.amazonaws.com", "portal.sso.REGION.amazonaws.com"},
	// GovCloud's FIPS endpoints are its ordinary ones.
	{"us-gov-east-1 us-gov-west-1", "FIPS", "oidc.REGION.amazonaws.com", "portal.sso.REGION.amazonaws.com"},
	{"us-gov-east-1 us-gov-west-1", "dual-stack", "oidc.REGION.api.aws", "portal.sso.REGION.api.aws"},
	{"us-gov-east-1 us-gov-west-1", "FIPS dual-stack", "oidc-fips.REGION.api.aws", "portal.sso-fips.REGION.api.aws"},
	{"cn-north-1 cn-northwest-1", "", "oidc.REGION.amazonaws.com.cn", "portal.sso.REGION.amazonaws.com.cn"},
	{"cn-north-1 cn-northwest-1", "FIPS", "oidc-fips.REGION.amazonaws.com.cn", "portal.sso-fips.REGION.amazonaws.com.cn"},
	{"cn-north-1 cn-northwest-1", "dual-stack", "oidc.REGION.api.amazonwebservices.com.cn", "portal.sso.REGION.api.amazonwebservices.com.cn"},
	{"cn-north-1 cn-northwest-1", "FIPS dual-stack", "oidc-fips.REGION.api.amazonwebservices.com.cn", "portal.sso-fips.REGION.api.amazonwebservices.com.cn"},
	{"eusc-de-east-1", "", "oidc.REGION.amazonaws.eu", "portal.sso.REGION.amazonaws.eu"},
	{"eusc-de-east-1", "FIPS", "oidc-fips.REGION.amazonaws.eu", "portal.sso-fips.REGION.amazonaws.eu"},
	{"eusc-de-east-1", "dual-stack", "oidc.REGION.api.amazonwebservices.eu", "portal.sso.REGION.api.amazonwebservices.eu"},
	{"eusc-de-east-1", "FIPS dual-stack", "oidc-fips.REGION.api.amazonwebservices.eu", "portal.sso-fips.REGION.api.amazonwebservices.eu"},
	{"us-iso-east-1 us-iso-west-1", "", "oidc.REGION.c2s.ic.gov", "portal.sso.REGION.c2s.ic.gov"},
	{"us-iso-east-1 us-iso-west-1", "FIPS", "oidc-fips.REGION.c2s.ic.gov", "portal.sso-fips.REGION.c2s.ic.gov"},
	{"us-iso-east-1 us-iso-west-1", "dual-stack", "oidc.REGION.api.aws.ic.gov", "portal.sso.REGION.api.aws.ic.gov"},
	{"us-iso-east-1 us-iso-west-1", "FIPS dual-stack", "oidc-fips.REGION.api.aws.ic.gov", "portal.sso-fips.REGION.api.aws.ic.gov"},
	{"us-isob-east-1 us-isob-west-1", "", "oidc.REGION.sc2s.sgov.gov", "portal.sso.REGION.sc2s.sgov.gov"},
	{"us-isob-east-1 us-isob-west-1", "FIPS", "oidc-fips.REGION.sc2s.sgov.gov", "portal.sso-fips.REGION.sc2s.sgov.gov"},
	{"us-isob-east-1 us-isob-west-1", "dual-stack", "oidc.REGION.api.aws.scloud", "portal.sso.REGION.api.aws.scloud"},
	{"us-isob-east-1 us-isob-west-1", "FIPS dual-stack", "oidc-fips.REGION.api.aws.scloud", "portal.sso-fips.REGION.api.aws.scloud"},
	{"eu-isoe-west-1", "", "oidc.REGION.cloud.adc-e.uk", "portal.sso.REGION.cloud.adc-e.uk"},
	{"eu-isoe-west-1", "FIPS", "oidc-fips.REGION.cloud.adc-e.uk", "portal.sso-fips.REGION.cloud.adc-e.uk"},
	{"eu-isoe-west-1", "dual-stack", "oidc.REGION.api.cloud-aws.adc-e.uk", "portal.sso.REGION.api.cloud-aws.adc-e.uk"},
	{"eu-isoe-west-1", "FIPS dual-stack", "oidc-fips.REGION.api.cloud-aws.adc-e.uk", "portal.sso-fips.REGION.api.cloud-aws.adc-e.uk"},
	{"us-isof-south-1 us-isof-east-1", "", "oidc.REGION.csp.hci.ic.gov", "portal.sso.REGION.csp.hci.ic.gov"},
	{"us-isof-south-1 us-isof-east-1", "FIPS", "oidc-fips.REGION.csp.hci.ic.gov", "portal.sso-fips.REGION.csp.hci.ic.gov"},
	{"us-isof-south-1 us-isof-east-1", "dual-stack", "oidc.REGION.api.aws.hci.ic.gov", "portal.sso.REGION.api.aws.hci.ic.gov"},
	{"us-isof-south-1 us-isof-east-1", "FIPS dual-stack", "oidc-fips.REGION.api.aws.hci.ic.gov", "portal.sso-fips.REGION.api.aws.hci.ic.gov"},
}

func TestEndpointsOfEveryPartition(t *testing.T) {
	for _, test := range endpoints {
		for region := range strings.FieldsSeq(test.regions) {
			if err := identitycenter.CheckRegion(region); err != nil {
				t.Error(err)
			}
			n := &internet{rest: status(http.StatusNotFound)}
			o := identitycenter.Options{
				Region: region, Transport: n,
				FIPS: strings.Contains(test.variant, "FIPS"), DualStack: strings.Contains(test.variant, "dual-stack"),
			}
			client := newClient(t, o)
			authorizeURL, _, _ := strings.Cut(client.AuthorizeURL(identitycenter.AuthorizationRequest{}), "?")
			_, _ = client.Register(t.Context(), registered)
			portal, err := identitycenter.NewPortal(o, identitycenter.Token{AccessToken: "token"})
			if err != nil {
				t.Fatal(err)
			}
			_, _ = portal.Accounts(t.Context(), "")

			oidc, sso := strings.ReplaceAll(test.oidc, "REGION", region), strings.ReplaceAll(test.portal, "REGION", region)
			if want := "https://" + oidc + "/authorize"; authorizeURL != want {
				t.Errorf("%s %s: authorize at %s, want %s", region, test.variant, authorizeURL, want)
			}
			if want := []string{"POST " + oidc + "/client/register", "GET " + sso + "/assignment/accounts"}; !slices.Equal(n.asked, want) {
				t.Errorf("%s %s: asked %v, want %v", region, test.variant, n.asked, want)
			}
		}
	}
}

func TestGivenEndpoints(t *testing.T) {
	for endpoint, want := range map[string]string{
		"http://127.0.0.1:8080":           "http://127.0.0.1:8080/authorize",
		"https://proxy.example.com/oidc/": "https://proxy.example.com/oidc/authorize",
	} {
		got, _, _ := strings.Cut(newClient(t, identitycenter.Options{Region: "us-east-1", OIDCEndpoint: endpoint}).AuthorizeURL(identitycenter.AuthorizationRequest{}), "?")
		if got != want {
			t.Errorf("%s: got %s, want %s", endpoint, got, want)
		}
	}
}

// The SDK would say so of the portal only when it is asked for something.
func TestAGivenEndpointHasNoVariants(t *testing.T) {
	const endpoint = "https://user:hunter2@vpce.example.com"
	for _, o := range []identitycenter.Options{
		{OIDCEndpoint: endpoint, FIPS: true},
		{OIDCEndpoint: endpoint, DualStack: true},
		{PortalEndpoint: endpoint, FIPS: true},
		{PortalEndpoint: endpoint, DualStack: true},
	} {
		_, findErr := identitycenter.FindRegion(t.Context(), o, startURL)
		o.Region, o.Transport = "us-east-1", http.DefaultTransport
		_, clientErr := identitycenter.NewClient(o)
		_, portalErr := identitycenter.NewPortal(o, identitycenter.Token{})
		for _, err := range []error{clientErr, portalErr, findErr} {
			if !errors.Is(err, identitycenter.ErrEndpointVariant) || !strings.Contains(err.Error(), "vpce.example.com") || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%+v: %v", o, err)
			}
		}
	}
}
