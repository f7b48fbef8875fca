package identitycenter_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"aws-sso-config-generator/internal/emulator"
	"aws-sso-config-generator/internal/identitycenter"
)

const startURL = emulator.DefaultStartURL

func TestTheHostNameTellsTheRegion(t *testing.T) {
	for _, test := range startURLs {
		if test.region == "" {
			continue
		}
		n := &internet{}
		found, err := identitycenter.FindRegion(t.Context(), n.options(), test.startURL)
		if err != nil || found.Region != test.region || found.From != identitycenter.FromStartURL || len(n.asked) != 0 {
			t.Errorf("%s: %+v, %v, asked %v", test.startURL, found, err, n.asked)
		}
	}
}

func TestTheRegionOfAnInstance(t *testing.T) {
	for _, test := range []struct{ startURL, region, from string }{
		{"https://d-1234567890.awsapps.com/start", "eu-west-3", identitycenter.FromPage},
		{"https://start.us-gov-home.awsapps.com/directory/d-1234567890", "us-gov-east-1", identitycenter.FromPage},
		{"https://ssoins-1234567890abcdef.portal.eu-west-3.app.aws", "eu-west-3", identitycenter.FromStartURL},
	} {
		e := emulator.New(emulator.Config{StartURL: test.startURL, Region: test.region})
		o := identitycenter.Options{Transport: e.Transport()}
		found, err := identitycenter.FindRegion(t.Context(), o, test.startURL+"/#/")
		if want := (identitycenter.Found{Region: test.region, From: test.from}); err != nil || found != want {
			t.Errorf("%s: %+v, %v", test.startURL, found, err)
		}
		o.Region = found.Region
		metadata := registered
		metadata.IssuerURL = test.startURL
		if _, err := newClient(t, o).Register(t.Context(), metadata); err != nil {
			t.Errorf("%s: %v", test.startURL, err)
		}
	}
}

// The page has it, as fwdcloudsec/granted#413 found out.
func TestThePageOfThePortalTellsTheRegion(t *testing.T) {
	for text, region := range map[string]string{
		`<!DOCTYPE html><html><head><meta charset="utf-8"><meta name="region" content="us-west-2"/></head>`: "us-west-2",
		`<META CONTENT='eu-west-1' NAME='region'>`:                                                          "eu-west-1",
		"<meta\n  content = ap-southeast-2\n  name = region\n>":                                             "ap-southeast-2",
		`<meta name="region" content=" eu-north-1 "><meta name="region" content="us-east-1">`:               "eu-north-1",
		`<meta name="region" content="nowhere"><meta name="region" content="us-east-1">`:                    "us-east-1",
		`<meta name="region" content="us-east-1; rm -rf /">`:                                                "",
		`<meta name="geo.region" content="us-east-1">`:                                                      "",
		`<meta data-name="region" content="us-east-1">`:                                                     "",
		`<metadata name="region" content="us-east-1">`:                                                      "",
		`<meta name="region">us-east-1`:                                                                     "",
		strings.Repeat(" ", 1<<20) + `<meta name="region" content="us-east-1">`:                             "",
		strings.Repeat("<meta ", 200_000):                                                                   "",
		``:                                                                                                  "",
	} {
		n := &internet{hosts: map[string]http.Handler{"d-1234567890.awsapps.com": page(text)}}
		o := n.options()
		o.OIDCEndpoint = "https://oidc.example.com" // so that nobody else is asked
		found, err := identitycenter.FindRegion(t.Context(), o, startURL+"/#/")
		switch {
		case region == "" && !errors.Is(err, identitycenter.ErrNoRegion),
			region != "" && (err != nil || found.Region != region || found.From != identitycenter.FromPage):
			t.Errorf("%.90s: %+v, %v", text, found, err)
		}
		if len(n.asked) != 1 || n.asked[0] != "GET d-1234567890.awsapps.com/start/" {
			t.Errorf("asked %v", n.asked)
		}
	}
}

func TestThePageIsFollowedWithinAWSOnly(t *testing.T) {
	mark := page(`<meta name="region" content="eu-west-1">`)
	for _, test := range []struct {
		name, location, region string
		requests               int
	}{
		{"to another page of AWS", "https://start.awsapps.com/a?b=c", "eu-west-1", 2},
		{"to a path", "/other", "us-west-2", 2},
		{"to a portal that has the region in its name", "https://ssoins-1.portal.ap-east-1.app.aws/x?y", "ap-east-1", 1},
		{"to somebody else", "https://evil.example.com/", "", 1},
		{"in the clear", "http://start.awsapps.com/a", "", 1},
		{"with a user's name", "https://x:y@start.awsapps.com/a", "", 1},
		{"to nothing", "https://%zz", "", 1},
		{"in circles", "/start", "", 4},
	} {
		n := &internet{hosts: map[string]http.Handler{"start.awsapps.com": mark, "evil.example.com": mark}}
		n.hosts["d-1234567890.awsapps.com"] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/other" {
				page(`<meta name="region" content="us-west-2">`).ServeHTTP(w, r)
				return
			}
			redirect(http.StatusFound, test.location).ServeHTTP(w, r)
		})
		o := n.options()
		o.OIDCEndpoint = "https://oidc.example.com"
		found, err := identitycenter.FindRegion(t.Context(), o, startURL)
		if found.Region != test.region || errors.Is(err, identitycenter.ErrNoRegion) != (test.region == "") || len(n.asked) != test.requests {
			t.Errorf("%s: %+v, %v, asked %v", test.name, found, err, n.asked)
		}
	}
}

func TestTheOneRegionThatKnowsTheStartURL(t *testing.T) {
	for _, test := range []struct {
		startURL string
		lives    []string
		asked    int
		region   string
		says     string
	}{
		{startURL, []string{"ap-southeast-7"}, 34, "ap-southeast-7", ""},
		{startURL, []string{"eu-west-1", "us-east-1"}, 34, "", "eu-west-1, us-east-1 know it"},
	} {
		n := &internet{hosts: map[string]http.Handler{"d-1234567890.awsapps.com": page("<html>")}, oidc: livesIn(test.lives...)}
		found, err := identitycenter.FindRegion(t.Context(), n.options(), test.startURL)
		if found.Region != test.region || test.region != "" && found.From != identitycenter.FromService ||
			test.says != "" && (!errors.Is(err, identitycenter.ErrNoRegion) || !strings.Contains(err.Error(), test.says)) {
			t.Errorf("%v: %+v, %v", test.lives, found, err)
		}
		if got := n.requests("POST oidc."); got != test.asked || n.peak > 8 {
			t.Errorf("%v: asked %d regions, %d at once", test.lives, got, n.peak)
		}
	}
}

// A typing mistake is told from a region that could not be asked.
func TestAStartURLThatNobodyKnows(t *testing.T) {
	n := &internet{hosts: map[string]http.Handler{"d-1234567890.awsapps.com": page("<html>")}, oidc: livesIn()}
	_, err := identitycenter.FindRegion(t.Context(), n.options(), startURL)
	if !errors.Is(err, identitycenter.ErrUnknownStartURL) || !errors.Is(err, identitycenter.ErrStartURL) || errors.Is(err, identitycenter.ErrNoRegion) {
		t.Errorf("got %v", err)
	}
	if n.requests("POST oidc.") != 34 {
		t.Errorf("asked %v", n.asked)
	}
}

// One region can be asked alone, for a domain of one's own, too.
func TestARegionKnowsItsStartURLs(t *testing.T) {
	for _, address := range []string{startURL, "https://sso.example.com"} {
		for region, known := range map[string]bool{"eu-west-3": true, "us-east-1": false} {
			n := &internet{hosts: map[string]http.Handler{"sso.example.com": redirect(http.StatusFound, startURL)}, oidc: livesIn("eu-west-3")}
			o := n.options()
			o.Region = region
			err := identitycenter.Knows(t.Context(), o, address)
			if _, wrong := identitycenter.WrongRegion(err); (err == nil) != known || wrong == known || n.requests("POST oidc.") != 1 {
				t.Errorf("%s, %s: %v, asked %v", address, region, err, n.asked)
			}
		}
	}
}

func TestOnlyTheRegionsOfThePartitionAreAsked(t *testing.T) {
	for text, hosts := range map[string]string{
		"https://start.us-gov-home.awsapps.com/directory/x":    "oidc.us-gov-east-1.amazonaws.com oidc.us-gov-west-1.amazonaws.com",
		"https://identitycenter.us-gov.amazonaws.com/ssoins-1": "oidc.us-gov-east-1.amazonaws.com oidc.us-gov-west-1.amazonaws.com",
		"https://d-1234567890.awsapps.cn/start":                "oidc.cn-north-1.amazonaws.com.cn oidc.cn-northwest-1.amazonaws.com.cn",
		"https://identitycenter.amazonaws.com.cn/ssoins-1":     "oidc.cn-north-1.amazonaws.com.cn oidc.cn-northwest-1.amazonaws.com.cn",
		"https://identitycenter.amazonaws.eu/ssoins-1":         "oidc.eusc-de-east-1.amazonaws.eu",
	} {
		n := &internet{oidc: livesIn()}
		if _, err := identitycenter.FindRegion(t.Context(), n.options(), text); !errors.Is(err, identitycenter.ErrUnknownStartURL) {
			t.Errorf("%s: %v", text, err)
		}
		for host := range strings.FieldsSeq(hosts) {
			if n.requests("POST "+host+"/client/register") != 1 {
				t.Errorf("%s: %s was not asked: %v", text, host, n.asked)
			}
		}
		if got, want := n.requests("POST "), len(strings.Fields(hosts)); got != want {
			t.Errorf("%s: asked %v", text, n.asked)
		}
	}
}

func TestARegionThatIsNamedIsFound(t *testing.T) {
	named := emulator.New(emulator.Config{Faults: []emulator.Fault{{Operation: "RegisterClient", Answer: "InvalidRequestRegionException:eu-south-2"}}})
	n := &internet{oidc: func(string) http.Handler { return named }}
	found, err := identitycenter.FindRegion(t.Context(), n.options(), startURL)
	if err != nil || found.Region != "eu-south-2" {
		t.Errorf("got %+v, %v", found, err)
	}
}

// A region that cannot be reached may be the one: that is worth more to know than
// what the others say.
func TestWhatWasInTheWayIsSaid(t *testing.T) {
	elsewhere := livesIn()
	n := &internet{oidc: func(region string) http.Handler {
		if region == "me-south-1" {
			return nil
		}
		return elsewhere(region)
	}}
	_, err := identitycenter.FindRegion(t.Context(), n.options(), startURL)
	if e, ok := errors.AsType[*net.DNSError](err); !ok || e.Name != "oidc.me-south-1.amazonaws.com" || !errors.Is(err, identitycenter.ErrNoRegion) {
		t.Errorf("got %v", err)
	}
	if n.requests("POST oidc.") != 34 {
		t.Errorf("asked more than once: %v", n.asked)
	}
}

func TestAVeryHopelessStartURL(t *testing.T) {
	if _, err := identitycenter.FindRegion(t.Context(), identitycenter.Options{}, "http://d-1234567890.awsapps.com/start"); !errors.Is(err, identitycenter.ErrStartURL) {
		t.Errorf("got %v", err)
	}
	if _, err := identitycenter.FindRegion(t.Context(), identitycenter.Options{OIDCEndpoint: "http://example.com"}, startURL); !errors.Is(err, identitycenter.ErrEndpoint) {
		t.Errorf("got %v", err)
	}
}

func TestASilentPageLeavesTimeForTheService(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &internet{hosts: map[string]http.Handler{"d-1234567890.awsapps.com": silent}, oidc: livesIn("eu-west-3")}
		start := time.Now()
		found, err := identitycenter.FindRegion(t.Context(), n.options(), startURL)
		if took := time.Since(start); err != nil || found.Region != "eu-west-3" || took != 4*time.Second {
			t.Errorf("got %+v, %v after %v", found, err, took)
		}
	})
}

func TestASilentNetworkEndsTheSearch(t *testing.T) {
	for address, says := range map[string]string{
		startURL:                  "nothing tells the SSO region: no answer within 10s",
		"https://sso.example.com": "HEAD sso.example.com: no answer within 10s",
	} {
		synctest.Test(t, func(t *testing.T) {
			n := &internet{hosts: map[string]http.Handler{"sso.example.com": silent, "d-1234567890.awsapps.com": silent}, oidc: func(string) http.Handler { return silent }}
			start := time.Now()
			_, err := identitycenter.FindRegion(t.Context(), n.options(), address)
			if took := time.Since(start); err == nil || errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), says) || took != 10*time.Second {
				t.Errorf("got %v after %v", err, took)
			}
		})
	}
}

func TestCtrlCEndsTheSearch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		interrupted := errors.New("interrupted")
		n := &internet{hosts: map[string]http.Handler{"sso.example.com": silent, "d-1234567890.awsapps.com": silent}, oidc: func(string) http.Handler { return silent }}
		for _, after := range []time.Duration{time.Second, 5 * time.Second} { // of the page, of the service
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(after, func() { cancel(interrupted) })
			start := time.Now()
			if _, err := identitycenter.FindRegion(ctx, n.options(), startURL); !errors.Is(err, interrupted) || time.Since(start) != after {
				t.Errorf("got %v after %v", err, time.Since(start))
			}
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(interrupted)
		if _, err := identitycenter.Resolve(ctx, n.options(), "https://sso.example.com"); !errors.Is(err, interrupted) {
			t.Errorf("got %v", err)
		}
	})
}

func TestTheLogOfASearch(t *testing.T) {
	var log bytes.Buffer
	n := &internet{
		hosts: map[string]http.Handler{"sso.example.com": redirect(302, startURL+"?session=hunter2"), "d-1234567890.awsapps.com": redirect(302, "/x?token=hunter2")},
		oidc:  livesIn("us-east-1"),
	}
	o := n.options()
	o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if _, err := identitycenter.FindRegion(t.Context(), o, "https://sso.example.com"); err != nil {
		t.Fatal(err)
	}
	if strings.Count(log.String(), "msg=request") != 1+4+34 || strings.Contains(log.String(), "hunter2") {
		t.Errorf("the log:\n%s", log.String())
	}
}
