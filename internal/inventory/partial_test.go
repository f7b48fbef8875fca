package inventory_test

import (
	"context"
	"errors"
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
		if final && tries != 3 || !final && (tries > 100 || r.took < 2*time.Minute || r.took > 3*time.Minute) {
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

// A session that ends in the middle of the run costs one sign-in and no answer.
func TestAnEndedSessionIsRenewedInTheMiddle(t *testing.T) {
	organization := emulator.Organize(1, 250, 3)
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Config{
			AutoApprove: true, Organization: organization, Latency: 30 * time.Millisecond, Rate: 20, Burst: 20, RevokeAfter: 150,
		})
		signIns := 0
		start := time.Now()
		found, err := inventory.Discover(t.Context(), portal(t, e), inventory.Options{
			Timeout: time.Minute, // 12 s are enough, without those that the person takes
			SignIn: func(context.Context) (*identitycenter.Portal, error) {
				signIns++
				time.Sleep(5 * time.Minute)
				return portal(t, e), nil
			},
		})
		if diff := cmp.Diff(want(organization), found); err != nil || diff != "" {
			t.Errorf("%v, -want +found:\n%s", err, diff)
		}
		stats := e.Stats()
		again := stats.Requests["ListAccounts"] + stats.Requests["ListAccountRoles"] - 253 - stats.Throttled
		if signIns != 1 || again > 64 || stats.Throttled > 30 {
			t.Errorf("%d sign-ins, %d requests more than needed, %d throttled", signIns, again, stats.Throttled)
		}
		if took := time.Since(start); took > 5*time.Minute+15*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

func TestASessionThatEndsAgainEndsTheRun(t *testing.T) {
	declined := errors.New("declined")
	for name, test := range map[string]struct {
		signIn func(context.Context, *testing.T, *emulator.Emulator) (*identitycenter.Portal, error)
		want   error
	}{
		"it ends again": {func(_ context.Context, t *testing.T, e *emulator.Emulator) (*identitycenter.Portal, error) {
			return portal(t, e), nil
		}, identitycenter.ErrUnauthorized},
		"the person declines": {func(context.Context, *testing.T, *emulator.Emulator) (*identitycenter.Portal, error) {
			return nil, declined
		}, declined},
		"the person goes to bed": {func(ctx context.Context, _ *testing.T, _ *emulator.Emulator) (*identitycenter.Portal, error) {
			<-ctx.Done()
			return nil, context.Cause(ctx)
		}, declined},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := emulator.New(emulator.Config{AutoApprove: true, Organization: emulator.Organize(1, 250, 3), Latency: 30 * time.Millisecond, Faults: faults(t, "ListAccountRoles=UnauthorizedException,after=100")})
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(time.Hour, func() { cancel(declined) })
				found, err := inventory.Discover(ctx, portal(t, e), inventory.Options{
					SignIn: func(ctx context.Context) (*identitycenter.Portal, error) { return test.signIn(ctx, t, e) },
				})
				if !errors.Is(err, test.want) || len(found.Accounts) > 0 {
					t.Errorf("%d accounts, %v", len(found.Accounts), err)
				}
				cancel(nil)
			})
		})
	}
}
