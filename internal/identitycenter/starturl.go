package identitycenter

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// ErrStartURL says that a text is not an https URL that could be the start URL
// of an access portal, or that it does not lead to one.
var ErrStartURL = errors.New("not the https URL of an access portal")

// CheckStartURL returns an error that wraps [ErrStartURL] unless startURL could
// be the address of an access portal, an issuer URL, or a domain of one's own that
// leads to one. It does not change the text: the AWS tools hash it as typed.
func CheckStartURL(startURL string) error {
	_, err := parseStartURL(startURL)
	return err
}

// hostName is a name of at least two labels, and no address in digits.
var hostName = regexp.MustCompile(`^(?i)([a-z0-9_-]+\.)+[a-z][a-z0-9-]*$`)

func parseStartURL(startURL string) (*url.URL, error) {
	u, err := url.Parse(startURL)
	switch {
	case err == nil && u.User != nil: // there may be a password in it
		return nil, fmt.Errorf("start URL %q: %w", u.Redacted(), ErrStartURL)
	case err != nil || strings.ContainsFunc(startURL, notInURL) || strings.Contains(startURL, "&") ||
		u.RawQuery != "" || u.ForceQuery || !hostName.MatchString(u.Hostname()):
		return nil, fmt.Errorf("start URL %q: %w", startURL, ErrStartURL)
	case u.Scheme != "https":
		return nil, fmt.Errorf("start URL %q: %w (it begins with %s://)", startURL, ErrStartURL, u.Scheme)
	}
	return u, nil
}

// CanonicalStartURL is the one spelling of all that a browser and the portal's
// own pages show for the same start URL: without fragment, slashes at the end and
// the port 443, with scheme and host in lower case. The path keeps its case. A text
// that CheckStartURL refuses stays as it is.
//
// It is for comparing, and for what is written the first time. A start URL that is
// in a file already is used as it stands there: the AWS tools hash it as typed.
func CanonicalStartURL(text string) string {
	u, err := parseStartURL(text)
	if err != nil {
		return text
	}
	host := strings.ToLower(u.Hostname())
	if port := u.Port(); port != "" && port != "443" {
		host += ":" + port
	}
	return "https://" + host + strings.TrimRight(u.EscapedPath(), "/")
}

// SameStartURL reports whether a and b are two spellings of one start URL.
func SameStartURL(a, b string) bool { return CanonicalStartURL(a) == CanonicalStartURL(b) }

// regionTold returns the SSO region that the host name of a start URL tells, as
// those of newer portals do. It is not in https://….awsapps.com/start.
func regionTold(startURL string) (region string, ok bool) {
	u, err := parseStartURL(startURL)
	if err != nil {
		return "", false
	}
	return regionOfHost(u.Hostname())
}

// regionalHosts are the host names of portals that tell their region.
var regionalHosts = []*regexp.Regexp{
	regexp.MustCompile(`^[^.]+\.portal\.([^.]+)\.(?:app\.aws|app\.amazonwebservices\.com\.cn|api\.amazonwebservices\.eu)$`), // dual-stack
	regexp.MustCompile(`^[^.]+\.([^.]+)\.portal\.amazonaws\.(?:com|com\.cn|eu)$`),
	regexp.MustCompile(`^start\.([^.]+)\.(?:us-gov-home\.awsapps\.com|home\.awsapps\.cn)$`),
}

func regionOfHost(host string) (region string, ok bool) {
	for _, form := range regionalHosts {
		if match := form.FindStringSubmatch(strings.ToLower(host)); match != nil && CheckRegion(match[1]) == nil {
			return match[1], true
		}
	}
	return "", false
}

// ForDevice returns the options for a device sign-in at startURL. The pages that a
// device code leads to are in the domain of the OIDC endpoint that was asked, and an
// instance with a dual-stack portal refuses those of the other one. For an
// authorization code it makes no difference.
func (o Options) ForDevice(startURL string) Options {
	if u, err := parseStartURL(startURL); err == nil && o.OIDCEndpoint == "" {
		o.DualStack = o.DualStack || hasSuffix(u.Hostname(), dualStackSuffixes)
	}
	return o
}

// What is AWS's own, as the AWS CLI knows it: hosts of issuer URLs, and what the
// names of portals end with.
var (
	issuerHosts = []string{
		"identitycenter.amazonaws.com", "identitycenter.amazonaws.com.cn",
		"identitycenter.amazonaws.eu", "identitycenter.us-gov.amazonaws.com",
	}
	dualStackSuffixes = []string{".app.aws", ".app.amazonwebservices.com.cn", ".api.amazonwebservices.eu"}
	portalSuffixes    = append([]string{
		".portal.amazonaws.com", ".portal.amazonaws.com.cn", ".portal.amazonaws.eu", ".awsapps.com", ".awsapps.cn",
	}, dualStackSuffixes...)
)

// OfAWS reports whether a start URL leads to a host under whose name nobody but AWS
// answers. A domain of one's own is none.
func OfAWS(startURL string) bool {
	u, err := parseStartURL(startURL)
	return err == nil && awsOwned(u.Hostname())
}

// awsOwned reports whether nobody but AWS answers under that name.
func awsOwned(host string) bool {
	return slices.Contains(issuerHosts, strings.ToLower(host)) || hasSuffix(host, portalSuffixes)
}

func hasSuffix(host string, suffixes []string) bool {
	return slices.ContainsFunc(suffixes, func(suffix string) bool { return strings.HasSuffix(strings.ToLower(host), suffix) })
}

// candidates returns where the instance behind a host of AWS may live. The lists
// are those of the SDKs in 2026, and only for guessing: what a person types is
// checked by its form alone.
func candidates(host string) []string {
	host = strings.ToLower(host)
	switch {
	case strings.HasSuffix(host, ".cn"):
		return []string{"cn-north-1", "cn-northwest-1"}
	case strings.HasSuffix(host, ".eu"):
		return []string{"eusc-de-east-1"}
	case strings.HasSuffix(host, ".us-gov-home.awsapps.com"), host == "identitycenter.us-gov.amazonaws.com":
		return []string{"us-gov-east-1", "us-gov-west-1"}
	}
	return []string{
		"af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3",
		"ap-south-1", "ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4",
		"ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "ca-central-1", "ca-west-1", "eu-central-1",
		"eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3",
		"il-central-1", "me-central-1", "me-south-1", "mx-central-1", "sa-east-1", "us-east-1", "us-east-2",
		"us-west-1", "us-west-2",
	}
}
