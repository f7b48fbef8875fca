package e2e

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// Under AWS's own name, the browser comes from a secure page of the internet to
// one of this machine that is not: by the person's answer, or, if they are known
// there, at once.
func TestRealNames(t *testing.T) {
	t.Parallel()
	const host = "oidc.us-east-1.amazonaws.com"
	for _, c := range []struct {
		name  string
		flags []string
	}{
		{"consent", nil},
		{"at-once", []string{"--auto-approve"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHome(t)
			h.emulate(append([]string{"--https", filepath.Join(h.dir, "ca.pem"), "--accounts", "5", "--roles", "2"}, c.flags...)...)
			proxy := h.variable("HTTPS_PROXY")
			b := newBrowser(t, chromedp.ProxyServer(proxy),
				chromedp.Flag("ignore-certificate-errors-spki-list", keyDigest(t, proxy, h.variable("AWS_CA_BUNDLE"), host)))
			b.host = host
			p := h.start(binary, "--no-browser")
			link := p.said.await(t, `\n  (https://\S+)\n`)[1]
			if !strings.HasPrefix(link, "https://"+host+"/authorize?") {
				t.Fatal(link)
			}

			tab := b.open(link)
			if c.flags == nil {
				tab.shows(consentPage)
				tab.picture("real-name-consent")
				tab.press("Allow")
			}
			tab.shows("You are signed in")
			tab.hidesTheCode()
			if at := within(tab, chromedp.Evaluate[string]("location.href")); at != redirectURI(t, link) {
				t.Errorf("the browser is at %s", at)
			}
			p.exits(0)
			p.says("Found 5 accounts and 10 roles", "10 new")
		})
	}
}

// keyDigest is the SHA-256 of the public key in a host's certificate, which the
// proxy gives that host for as long as it runs. The certificate is verified.
func keyDigest(t *testing.T, proxy, authority, host string) string {
	t.Helper()
	via, err := url.Parse(proxy)
	if err != nil {
		t.Fatal(err)
	}
	trusted, err := os.ReadFile(authority)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(trusted)
	transport := &http.Transport{Proxy: http.ProxyURL(via), TLSClientConfig: &tls.Config{RootCAs: roots}}
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport}).Get("https://" + host + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	digest := sha256.Sum256(response.TLS.PeerCertificates[0].RawSubjectPublicKeyInfo)
	return base64.StdEncoding.EncodeToString(digest[:])
}
