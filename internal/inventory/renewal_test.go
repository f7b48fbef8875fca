package inventory_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"aws-sso-config-generator/internal/emulator"
	"aws-sso-config-generator/internal/identitycenter"
	"aws-sso-config-generator/internal/inventory"
)

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

// What a person needs to sign in does not count as time in which an account failed.
func TestTheSignInIsNoFaultOfAnAccount(t *testing.T) {
	organization := emulator.Organize(1, 120, 3)
	bad := want(organization).Accounts[60].ID
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Config{
			AutoApprove: true, Organization: organization, Latency: 30 * time.Millisecond, Rate: 20, Burst: 20, RevokeAfter: 118,
			Faults: faults(t, "ListAccountRoles=503,times=6,account="+bad),
		})
		found, err := inventory.Discover(t.Context(), portal(t, e), inventory.Options{SignIn: func(context.Context) (*identitycenter.Portal, error) {
			time.Sleep(5 * time.Minute)
			return portal(t, e), nil
		}})
		if diff := cmp.Diff(want(organization), found); err != nil || diff != "" {
			t.Errorf("%v, -want +found:\n%s", err, diff)
		}
	})
}

// A token of a page belongs to the access token that asked for the page before.
func TestListsBeginAnewAfterTheSignIn(t *testing.T) {
	for _, config := range []emulator.Config{
		{Organization: emulator.Organize(1, 250, 2), RevokeAfter: 2},
		{Organization: emulator.Organize(1, 8, 30), PageSize: 10, RevokeAfter: 12},
		{Organization: emulator.Organize(1, 250, 2), RevokeAfter: 100, Jitter: 30 * time.Millisecond},
	} {
		synctest.Test(t, func(t *testing.T) {
			config.AutoApprove, config.Latency = true, 30*time.Millisecond
			e := emulator.New(config)
			found, err := inventory.Discover(t.Context(), portal(t, e), inventory.Options{
				SignIn: func(context.Context) (*identitycenter.Portal, error) { return portal(t, e), nil },
			})
			if diff := cmp.Diff(want(config.Organization), found); err != nil || diff != "" {
				t.Errorf("revoked after %d: %v, -want +found:\n%s", config.RevokeAfter, err, diff)
			}
		})
	}
}

// A token that was kept from an earlier run, and is worth nothing, does not take
// the place of the one renewal that a run may have.
func TestAStaleTokenIsNoRenewal(t *testing.T) {
	organization := emulator.Organize(1, 120, 3)
	for _, test := range []struct {
		revokeAfter, signIns int
		dead                 int // access tokens that never work
		want                 error
	}{{0, 1, 1, nil}, {100, 2, 1, nil}, {100, 1, 0, nil}, {0, 1, 2, identitycenter.ErrUnauthorized}} {
		synctest.Test(t, func(t *testing.T) {
			e := emulator.New(emulator.Config{AutoApprove: true, Organization: organization, Latency: 30 * time.Millisecond, RevokeAfter: test.revokeAfter})
			signIns := 0
			next := func() *identitycenter.Portal {
				p := portal(t, e)
				if signIns < test.dead {
					e.Revoke()
				}
				return p
			}
			found, err := inventory.Discover(t.Context(), next(), inventory.Options{SignIn: func(context.Context) (*identitycenter.Portal, error) {
				signIns++
				return next(), nil
			}})
			if !errors.Is(err, test.want) || signIns != test.signIns || err == nil && len(found.Accounts) != 120 {
				t.Errorf("%+v: %d accounts after %d sign-ins, %v", test, len(found.Accounts), signIns, err)
			}
		})
	}
}
