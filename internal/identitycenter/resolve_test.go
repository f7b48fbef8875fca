package identitycenter_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"aws-sso-config-generator/internal/identitycenter"
)

func TestAnAddressOfAWSIsItsOwnIssuer(t *testing.T) {
	for _, test := range startURLs {
		if strings.Contains(test.startURL, "example.com") || strings.Contains(test.startURL, "evil") {
			continue
		}
		n := &internet{}
		issuerURL, err := identitycenter.Resolve(t.Context(), n.options(), test.startURL)
		if err != nil || issuerURL != test.startURL || len(n.asked) != 0 {
			t.Errorf("%s: %s, %v, asked %v", test.startURL, issuerURL, err, n.asked)
		}
	}
}

func TestADomainOfOnesOwnLeadsToThePortal(t *testing.T) {
	for _, code := range []int{301, 302, 303, 307, 308} {
		for _, headless := range []int{0, 405, 501} {
			n := &internet{hosts: map[string]http.Handler{"sso.example.com": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodHead && headless != 0 {
					w.WriteHeader(headless)
					return
				}
				redirect(code, "HTTPS://SSOins-1.Portal.eu-west-1.app.aws:443/?a=b&c=d#/e?f&g").ServeHTTP(w, r)
			})}}
			found, err := identitycenter.FindRegion(t.Context(), n.options(), "https://sso.example.com/")
			if want := (identitycenter.Found{Region: "eu-west-1", From: identitycenter.FromRedirect}); err != nil || found != want {
				t.Errorf("%d: %+v, %v", code, found, err)
			}
			if len(n.asked) != 1+min(headless, 1) || n.requests("HEAD sso.example.com/") != 1 {
				t.Errorf("%d, %d: asked %v", code, headless, n.asked)
			}
		}
	}
}

// The portal's old address does not tell its region, but its page does.
func TestADomainOfOnesOwnAndThePage(t *testing.T) {
	n := &internet{hosts: map[string]http.Handler{
		"sso.example.com":          redirect(302, startURL+"/"),
		"d-1234567890.awsapps.com": page(`<meta name="region" content="eu-west-1">`),
	}}
	found, err := identitycenter.FindRegion(t.Context(), n.options(), "https://sso.example.com")
	if want := (identitycenter.Found{Region: "eu-west-1", From: identitycenter.FromPage}); err != nil || found != want {
		t.Errorf("got %+v, %v", found, err)
	}
}

func TestADomainThatLeadsAstray(t *testing.T) {
	for name, handler := range map[string]http.Handler{
		"nowhere":             page(`<meta name="region" content="eu-west-1">`),
		"to itself":           redirect(302, "/start"),
		"to a second one":     redirect(302, "https://login.example.com/"),
		"to a look-alike":     redirect(302, "https://d-1.awsapps.com.example.com/start"),
		"to another ending":   redirect(302, "https://evilawsapps.com/start"),
		"to a path like AWS":  redirect(302, "https://example.com/.awsapps.com"),
		"by a user's name":    redirect(302, "https://d-1.awsapps.com@example.com/start"),
		"with a user's name":  redirect(302, "https://user:hunter2@d-1.awsapps.com/start"),
		"in the clear":        redirect(302, "http://d-1.awsapps.com/start"),
		"to a shell":          redirect(302, "https://d-1.awsapps.com/$(reboot)"),
		"to a terminal":       redirect(302, "https://d-1.awsapps.com/\x1b]0;x"),
		"to something huge":   redirect(302, "https://example.com/"+strings.Repeat("x", 100_000)),
		"without a location":  status(302),
		"with a bad location": redirect(302, "https://%zz/"),
		"by another status":   redirect(300, startURL),
		"not any more":        status(404),
		"not for us":          status(403),
	} {
		n := &internet{hosts: map[string]http.Handler{"sso.example.com": handler}}
		for _, find := range []func() error{
			func() error {
				_, err := identitycenter.Resolve(t.Context(), n.options(), "https://sso.example.com")
				return err
			},
			func() error {
				_, err := identitycenter.FindRegion(t.Context(), n.options(), "https://sso.example.com")
				return err
			},
		} {
			err := find()
			if !errors.Is(err, identitycenter.ErrStartURL) || len(err.Error()) > 500 || strings.ContainsAny(err.Error(), "\x1b") || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n.requests("HEAD sso.example.com") != len(n.asked) {
			t.Errorf("%s: asked %v", name, n.asked)
		}
	}
}

func TestADomainThatIsDownIsNotAWrongStartURL(t *testing.T) {
	for _, hosts := range []map[string]http.Handler{nil, {"sso.example.com": status(503)}} {
		n := &internet{hosts: hosts}
		_, err := identitycenter.Resolve(t.Context(), n.options(), "https://sso.example.com")
		if _, ok := errors.AsType[*identitycenter.Error](err); !ok || !errors.Is(err, identitycenter.ErrTransient) || errors.Is(err, identitycenter.ErrStartURL) {
			t.Errorf("got %v", err)
		}
	}
}
