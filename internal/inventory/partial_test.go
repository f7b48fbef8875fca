package inventory_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"aws-sso-config-generator/internal/emulator"
	"aws-sso-config-generator/internal/identitycenter"
	"aws-sso-config-generator/internal/inventory"
)

func TestOneBadAccountDoesNotLoseTheOthers(t *testing.T) {
	organization := emulator.Organize(1, 120, 3)
	all := want(organization)
	for answer, refusal := range map[string]error{
		"ForbiddenException":        identitycenter.ErrForbidden,
		"ResourceNotFoundException": identitycenter.ErrNotFound,
		"InvalidRequestException":   identitycenter.ErrInvalidRequest,
		"InternalServerException":   identitycenter.ErrTransient,
		"malformed":                 identitycenter.ErrTransient,
		"reset":                     identitycenter.ErrTransient,
	} {
		bad := []inventory.Account{all.Accounts[0], all.Accounts[60], all.Accounts[119]}
		var texts []string
		for _, account := range bad {
			texts = append(texts, "ListAccountRoles="+answer+",account="+account.ID)
		}
		var last inventory.Progress
		r := discover(t, emulator.Config{Organization: organization, Latency: 30 * time.Millisecond, Faults: faults(t, texts...)},
			inventory.Options{Progress: func(p inventory.Progress) { last = p }})
		if r.err != nil || len(r.found.Accounts) != 117 || len(r.found.Failures) != 3 {
			t.Fatalf("%s: %d accounts, %d failures, %v", answer, len(r.found.Accounts), len(r.found.Failures), r.err)
		}
		for i, failure := range r.found.Failures {
			if failure.Account != bad[i].Account || !errors.Is(failure.Err, refusal) ||
				!strings.HasPrefix(failure.Err.Error(), "list roles of account "+bad[i].ID+": ListAccountRoles: ") {
				t.Errorf("%s: %v: %v", answer, failure.Account, failure.Err)
			}
		}
		if last != (inventory.Progress{Accounts: 120, Listed: true, Done: 117, Failed: 3, Roles: 351}) {
			t.Errorf("%s: %+v", answer, last)
		}
		// What is final is asked once; the rest is tried for two minutes.
		tries, final := r.requests["ListAccountRoles"]-117, !errors.Is(refusal, identitycenter.ErrTransient)
		if final && tries != 3 || !final && (tries > 150 || r.took < 2*time.Minute || r.took > 3*time.Minute) {
			t.Errorf("%s: %d requests for three bad accounts in %v", answer, tries, r.took)
		}
	}
}

// Half of an account's roles are not its roles.
func TestAnAccountIsReadWholeOrNotAtAll(t *testing.T) {
	organization := emulator.Organize(1, 2, 150)
	bad := want(organization).Accounts[0].ID
	r := discover(t, emulator.Config{Organization: organization, Faults: faults(t, "ListAccountRoles=ForbiddenException,after=1,account="+bad)}, inventory.Options{})
	if r.err != nil || len(r.found.Accounts) != 1 || r.found.Roles() != 150 || r.found.Failures[0].ID != bad {
		t.Errorf("%d accounts, %d roles, %v, %v", len(r.found.Accounts), r.found.Roles(), r.found.Failures, r.err)
	}
}

// Every sixth answer is broken somehow, in no order.
func TestFaultsCostNothingButThemselves(t *testing.T) {
	organization := emulator.Organize(1, 500, 2)
	var list []emulator.Fault
	for i := range 80 {
		answers := []string{"reset", "502", "malformed", "truncated", "InternalServerException"}
		list = append(list, emulator.Fault{Operation: "ListAccountRoles", Answer: answers[i%len(answers)], After: 3 + 6*i + i%5, Times: 1})
	}
	list = append(list, emulator.Fault{Operation: "ListAccounts", Answer: "503", After: 2, Times: 2})
	r := discover(t, emulator.Config{Organization: organization, Latency: 40 * time.Millisecond, Jitter: 40 * time.Millisecond, Faults: list}, inventory.Options{})
	if diff := cmp.Diff(want(organization), r.found); r.err != nil || diff != "" {
		t.Fatalf("%v, -want +found:\n%s", r.err, diff)
	}
	if asked := r.requests["ListAccounts"] + r.requests["ListAccountRoles"]; r.stats.Faulted < 80 || asked != 505+r.stats.Faulted {
		t.Errorf("%d requests with %d faults", asked, r.stats.Faulted)
	}
}

// A service that is down is not hammered.
func TestAnOutageIsGivenUpWithoutHaste(t *testing.T) {
	r := discover(t, emulator.Config{
		Organization: emulator.Organize(1, 5000, 1), Latency: 20 * time.Millisecond, Faults: faults(t, "*=503,after=1000"),
	}, inventory.Options{})
	if !errors.Is(r.err, identitycenter.ErrTransient) || r.took > 5*time.Minute {
		t.Errorf("%v after %v", r.err, r.took)
	}
	if asked := r.stats.Faulted; asked > 200 {
		t.Errorf("%d requests in vain in four minutes", asked)
	}
}

func TestAnOutageOfAMinuteIsWaitedOut(t *testing.T) {
	organization := emulator.Organize(1, 2000, 1)
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Config{AutoApprove: true, Organization: organization, Latency: 20 * time.Millisecond, Faults: faults(t, "ListAccountRoles=503,after=500,times=90")})
		found, err := inventory.Discover(t.Context(), portal(t, e), inventory.Options{})
		if diff := cmp.Diff(want(organization), found); err != nil || diff != "" {
			t.Errorf("%v, -want +found:\n%s", err, diff)
		}
	})
}

// One account of which the service is tired for good.
func TestAnAccountThatIsAlwaysThrottledIsGivenUp(t *testing.T) {
	organization := emulator.Organize(1, 120, 3)
	bad := want(organization).Accounts[60].ID
	r := discover(t, emulator.Config{
		Organization: organization, Latency: 30 * time.Millisecond, Faults: faults(t, "ListAccountRoles=TooManyRequestsException,account="+bad),
	}, inventory.Options{})
	if r.err != nil || len(r.found.Accounts) != 119 || len(r.found.Failures) != 1 || !errors.Is(r.found.Failures[0].Err, identitycenter.ErrThrottled) {
		t.Errorf("%d accounts, %v, %v", len(r.found.Accounts), r.found.Failures, r.err)
	}
	if r.took > 10*time.Minute || r.requests["ListAccountRoles"] > 200 {
		t.Errorf("%v, %v", r.took, r.requests)
	}
}

// The service is down for all, and there are so few accounts that all are being
// asked: that is no reason to say that each of them cannot be read.
func TestAnOutageOfASmallOrganizationIsNotItsAccounts(t *testing.T) {
	for _, accounts := range []int{5, 20, 60, 100, 300} {
		r := discover(t, emulator.Config{Organization: emulator.Organize(1, accounts, 2), Latency: 30 * time.Millisecond, Faults: faults(t, "*=reset,after=7")}, inventory.Options{})
		if !errors.Is(r.err, identitycenter.ErrTransient) || r.found.Accounts != nil {
			t.Errorf("%d accounts: %v", accounts, r.err)
		}
	}
}

// What a proxy answers in place of the service is not an empty list.
func TestAnAnswerWithoutAListIsNone(t *testing.T) {
	organization := emulator.Organize(1, 250, 2)
	for _, body := range []string{"", "{}", `{"accountList":null,"roleList":null}`, `{"message":"please sign in"}`} {
		for _, path := range []string{"/assignment/accounts", "/assignment/roles"} {
			synctest.Test(t, func(t *testing.T) {
				e := emulator.New(emulator.Config{AutoApprove: true, Organization: organization})
				asked := 0
				p := portalAt(t, identitycenter.Options{Region: emulator.DefaultRegion, Transport: transport(func(r *http.Request) (*http.Response, error) {
					if strings.HasSuffix(r.URL.Path, path) {
						asked++
						if asked == 2 {
							return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
						}
					}
					return e.Transport().RoundTrip(r)
				})})
				found, err := inventory.Discover(t.Context(), p, inventory.Options{})
				if diff := cmp.Diff(want(organization), found); err != nil || diff != "" {
					t.Errorf("%s answers %q: %v, -want +found:\n%s", path, body, err, diff)
				}
			})
		}
	}
}

type transport func(*http.Request) (*http.Response, error)

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }
