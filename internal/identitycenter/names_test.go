package identitycenter_test

import (
	"testing"

	"aws-sso-config-generator/internal/identitycenter"
)

func TestRegionsAndStartURLs(t *testing.T) {
	for region, ok := range map[string]bool{
		"us-east-1": true, "ap-northeast-3": true, "ca-west-1": true, "us-gov-west-1": true, "cn-northwest-1": true,
		"us-isob-east-1": true, "eu-isoe-west-1": true, "eusc-de-east-1": true, "mx-central-1": true, "il-central-1": true,
		"us-iso-west-1": true, "us-isof-south-1": true, "us-isof-east-1": true, "us-gov-east-1": true, "af-south-1": true,
		"ap-southeast-7": true, "ap-east-2": true, "me-central-1": true, "sa-east-1": true,
		"": false, "us-east": false, "us-east-1a": false, "US-EAST-1": false, "eu-wset-1": false, "us east 1": false,
		"us-east-1\n": false, "us-east-1.example.com/": false, "../us-east-1": false, "us-east-0": false,
	} {
		if err := identitycenter.CheckRegion(region); (err == nil) != ok {
			t.Errorf("region %q: %v", region, err)
		}
	}
	for startURL, ok := range map[string]bool{
		"https://d-1234567890.awsapps.com/start":                       true,
		"https://d-1234567890.awsapps.com/start/#/":                    true,
		"https://ssoins-7223cdb0ba9b1f23.portal.us-east-1.app.aws":     true,
		"https://start.us-gov-home.awsapps.com/directory/example":      true,
		"https://identitycenter.amazonaws.com/ssoins-7223cdb0ba9b1f23": true,
		"https://sso.example.com":                                      true,
		"":                                                             false,
		"d-1234567890.awsapps.com/start":                               false,
		"http://d-1234567890.awsapps.com/start":                        false,
		"javascript:alert(1)":                                          false,
		"https://":                                                     false,
		"https://start":                                                false,
		"https://user:password@d-1234567890.awsapps.com/start":         false,
		"https://d-1234567890.awsapps.com/start ":                      false,
		"https://d-1234567890.awsapps.com/\nstart":                     false,
		"https://d-1234567890.awsapps.com/start?a=b&c":                 false,
		"https://d-1234567890.awsapps.com/$(x)":                        false,
		"https://d-1234567890.awsapps.com/start;x":                     false,
		"https://d-1234567890.awsapps.com/\x1b[31m":                    false,
		"https://münchen.example.com/start":                            false,
		"https://d-1234567890.awsapps.com/start?":                      false,
		"https://d-1234567890.awsapps.com./start":                      false,
		"https://.awsapps.com/start":                                   false,
		"https://127.0.0.1/start":                                      false,
		"https://[::ffff:127.0.0.1]/start":                             false,
		"https://d-1234567890.awsapps.com:x/start":                     false,
	} {
		if err := identitycenter.CheckStartURL(startURL); (err == nil) != ok {
			t.Errorf("start URL %q: %v", startURL, err)
		}
	}
}

// The address is partly from outside, and some openers are scripts.
func TestWhichAddressesAreOpened(t *testing.T) {
	for _, address := range []string{
		"https://oidc.us-east-1.amazonaws.com/authorize?client_id=a-b_c.d~e&redirect_uri=http%3A%2F%2F127.0.0.1%3A40121%2Foauth%2Fcallback&scopes=sso%3Aaccount%3Aaccess",
		"https://d-1234567890.awsapps.com/start/#/device?user_code=ABCD-EFGH",
		"http://127.0.0.1:8400/authorize?x=y+z",
		"http://[::1]:8400/authorize",
	} {
		if !identitycenter.SafeToOpen(address) {
			t.Errorf("%s is not opened", address)
		}
	}
	for _, address := range []string{
		"", "https://person@example.com/", "file:///etc/passwd", "javascript:alert(1)", "http://example.com/", "--help", "calc.exe",
		`https://example.com/"&calc.exe&"`, "https://example.com/$(id)", "https://example.com/`id`", "https://example.com/';id;'",
		"https://example.com/a b", "https://example.com/\x1b[31m", "https://example.com/|id", "https://example.com/é", "https://example.com/x\ny",
	} {
		if identitycenter.SafeToOpen(address) {
			t.Errorf("%q is opened", address)
		}
	}
}
