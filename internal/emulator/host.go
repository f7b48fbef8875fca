package emulator

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// partitions hold the DNS suffixes of AWS's regions, the usual one and that of
// the dual-stack endpoints. The first whose prefix a region has is its own; AWS
// takes what it does not know for the commercial one (the last).
var partitions = []struct {
	prefix   string
	suffixes []string
}{
	{"cn-", []string{"amazonaws.com.cn", "api.amazonwebservices.com.cn"}},
	{"eusc-", []string{"amazonaws.eu", "api.amazonwebservices.eu"}},
	{"us-iso-", []string{"c2s.ic.gov", "api.aws.ic.gov"}},
	{"us-isob-", []string{"sc2s.sgov.gov", "api.aws.scloud"}},
	{"eu-isoe-", []string{"cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"}},
	{"us-isof-", []string{"csp.hci.ic.gov", "api.aws.hci.ic.gov"}},
	{"", []string{"amazonaws.com", "api.aws"}},
}

// serviceNames are what the hosts of the services begin with, FIPS endpoints included.
var serviceNames = map[string]family{
	"oidc.": oidc, "oidc-fips.": oidc,
	"portal.sso.": portal, "portal.sso-fips.": portal,
}

// serviceAt says whose host that is, and in which region it stands.
func serviceAt(host string) (service family, region string, ok bool) {
	for name, service := range serviceNames {
		rest, found := strings.CutPrefix(host, name)
		region, suffix, _ := strings.Cut(rest, ".")
		if !found || !regionPattern.MatchString(region) {
			continue
		}
		for _, partition := range partitions {
			if strings.HasPrefix(region, partition.prefix) {
				return service, region, slices.Contains(partition.suffixes, suffix)
			}
		}
	}
	return 0, "", false
}

// hostOf is the host that a request is for, without the port of https.
func hostOf(r *http.Request) string {
	return strings.TrimSuffix(strings.ToLower(r.Host), ":443")
}

// region is the one that a request was sent to: that of its host, or, where no
// service has such a name, as on loopback, the instance's own.
func (e *Emulator) region(r *http.Request) string {
	if _, region, ok := serviceAt(hostOf(r)); ok {
		return region
	}
	return e.config.Region
}

// strays says that a request was sent to the other service's host.
func strays(operation string, r *http.Request) bool {
	service, _, ok := serviceAt(hostOf(r))
	return ok && service != families[operation]
}

// plays returns the host that CONNECT names (RFC 9110 §9.3.6), if it is one of
// those that the emulator answers for: the services', and that of the start URL.
func (e *Emulator) plays(address string) (host string, ok bool) {
	host, port, err := net.SplitHostPort(strings.ToLower(address))
	if err != nil || port != "443" {
		return "", false
	}
	_, _, service := serviceAt(host)
	start, err := url.Parse(canonicalURL(e.config.StartURL))
	return host, service || err == nil && start.Host == host
}

// isStartURL says whether a request is for the page at the start URL, however
// that is spelled.
func (e *Emulator) isStartURL(r *http.Request) bool {
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) &&
		canonicalURL("https://"+r.Host+r.URL.EscapedPath()) == canonicalURL(e.config.StartURL)
}

// canonicalURL drops what makes no difference between two spellings of a start
// URL: the case of the host, the port of https, slashes at the end, and what the
// portal's own page puts behind "#".
func canonicalURL(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return text
	}
	origin := strings.TrimSuffix(strings.ToLower(u.Scheme+"://"+u.Host), ":443")
	return origin + strings.TrimRight(u.Path, "/")
}
