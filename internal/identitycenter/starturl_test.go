package identitycenter_test

import (
	"testing"

	"pgregory.net/rapid"

	"aws-sso-config-generator/internal/identitycenter"
)

// startURLs are the forms that there are, with what the host name tells.
var startURLs = []struct {
	startURL, canonical, region string
	dualStack                   bool
}{
	{startURL: "https://d-1234567890.awsapps.com/start"},
	{startURL: "https://d-1234567890.awsapps.com/start/", canonical: "https://d-1234567890.awsapps.com/start"},
	{startURL: "https://d-1234567890.awsapps.com/start/#", canonical: "https://d-1234567890.awsapps.com/start"},
	{startURL: "https://d-1234567890.awsapps.com/start/#/", canonical: "https://d-1234567890.awsapps.com/start"},
	{startURL: "https://d-1234567890.awsapps.com/start#/", canonical: "https://d-1234567890.awsapps.com/start"},
	{startURL: "https://d-1234567890.awsapps.com/start/#/?tab=accounts", canonical: "https://d-1234567890.awsapps.com/start"},
	{startURL: "HTTPS://My-Company.AWSApps.com:443/start//", canonical: "https://my-company.awsapps.com/start"},
	{startURL: "https://eu-west-1.awsapps.com/start"}, // an alias, no region
	{startURL: "https://ssoins-7223cdb0ba9b1f23.portal.us-east-1.app.aws", region: "us-east-1", dualStack: true},
	{startURL: "https://ssoins-7223cdb0ba9b1f23.portal.us-east-1.app.aws/#/", canonical: "https://ssoins-7223cdb0ba9b1f23.portal.us-east-1.app.aws", region: "us-east-1", dualStack: true},
	{startURL: "https://ssoins-7223CDB0ba9b1f23.portal.EU-Central-1.app.aws/", canonical: "https://ssoins-7223cdb0ba9b1f23.portal.eu-central-1.app.aws", region: "eu-central-1", dualStack: true},
	{startURL: "https://ssoins-7223cdb0ba9b1f23.eu-west-1.portal.amazonaws.com", region: "eu-west-1"},
	{startURL: "https://identitycenter.amazonaws.com/ssoins-7223cdb0ba9b1f23"},
	{startURL: "https://start.us-gov-home.awsapps.com/directory/Example/", canonical: "https://start.us-gov-home.awsapps.com/directory/Example"},
	{startURL: "https://start.us-gov-west-1.us-gov-home.awsapps.com/directory/d-1234567890", region: "us-gov-west-1"},
	{startURL: "https://identitycenter.us-gov.amazonaws.com/ssoins-7223cdb0ba9b1f23"},
	{startURL: "https://d-1234567890.awsapps.cn/start"},
	{startURL: "https://start.cn-north-1.home.awsapps.cn/directory/d-1234567890", region: "cn-north-1"},
	{startURL: "https://ssoins-7223cdb0ba9b1f23.cn-northwest-1.portal.amazonaws.com.cn", region: "cn-northwest-1"},
	{startURL: "https://ssoins-7223cdb0ba9b1f23.portal.cn-north-1.app.amazonwebservices.com.cn", region: "cn-north-1", dualStack: true},
	{startURL: "https://identitycenter.amazonaws.com.cn/ssoins-7223cdb0ba9b1f23"},
	{startURL: "https://ssoins-7223cdb0ba9b1f23.eusc-de-east-1.portal.amazonaws.eu", region: "eusc-de-east-1"},
	{startURL: "https://ssoins-7223cdb0ba9b1f23.portal.eusc-de-east-1.api.amazonwebservices.eu", region: "eusc-de-east-1", dualStack: true},
	{startURL: "https://identitycenter.amazonaws.eu/ssoins-7223cdb0ba9b1f23"},
	{startURL: "https://sso.example.com"},
	{startURL: "https://sso.example.com:8443/aws/", canonical: "https://sso.example.com:8443/aws"},
	{startURL: "https://example.com/ssoins.portal.us-east-1.app.aws"},
	{startURL: "https://ssoins.portal.us-east-1.app.aws.example.com"},
	{startURL: "https://ssoins.portal.nowhere.app.aws", dualStack: true},
	{startURL: "https://ssoins.portal.us-east-1.evilapp.aws"},
}

func TestEveryFormOfAStartURL(t *testing.T) {
	for _, test := range startURLs {
		if err := identitycenter.CheckStartURL(test.startURL); err != nil {
			t.Error(err)
		}
		want := test.canonical
		if want == "" {
			want = test.startURL
		}
		if got := identitycenter.CanonicalStartURL(test.startURL); got != want {
			t.Errorf("%s: canonical %s, want %s", test.startURL, got, want)
		}
		if !identitycenter.SameStartURL(test.startURL, want) || identitycenter.SameStartURL(test.startURL, want+"x") {
			t.Errorf("%s: compared wrongly", test.startURL)
		}
		if region, ok := identitycenter.RegionTold(test.startURL); region != test.region || ok != (region != "") {
			t.Errorf("%s: region %q, %v, want %q", test.startURL, region, ok, test.region)
		}
		if got := (identitycenter.Options{}).ForDevice(test.startURL).DualStack; got != test.dualStack {
			t.Errorf("%s: dual-stack %v", test.startURL, got)
		}
	}
}

func TestWhatIsNoStartURLStaysAsItIs(t *testing.T) {
	for _, text := range []string{"", "HTTPS://", "http://D-1.awsapps.com/start/", "d-1.awsapps.com/start/", "https://D-1.awsapps.com/start/?a"} {
		if got := identitycenter.CanonicalStartURL(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
		if _, ok := identitycenter.RegionTold(text); ok || (identitycenter.Options{}).ForDevice(text).DualStack {
			t.Errorf("%q tells something", text)
		}
	}
}

// There is one canonical form, and who compares by it can sign in with it.
func TestCanonicalStartURLs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`([hH][tT][tT][pP][sS]?://)?[a-zA-Z0-9_.-]{0,12}(\.[aA]wsapps\.com)?(:[0-9]{0,4})?(/|[a-zA-Z0-9._~%@:+,=\[\]-]{0,4}|%2[fF]){0,6}\??(#[/a-z?=%0-9#]{0,5})?`).Draw(t, "text")
		canonical := identitycenter.CanonicalStartURL(text)
		if again := identitycenter.CanonicalStartURL(canonical); again != canonical {
			t.Fatalf("%q became %q, and that %q", text, canonical, again)
		}
		if identitycenter.CheckStartURL(text) == nil {
			if err := identitycenter.CheckStartURL(canonical); err != nil {
				t.Fatalf("%q became %q: %v", text, canonical, err)
			}
		}
		before, ok := identitycenter.RegionTold(text)
		if after, still := identitycenter.RegionTold(canonical); before != after || ok != still {
			t.Fatalf("%q is in %q, %q in %q", text, before, canonical, after)
		}
	})
}
