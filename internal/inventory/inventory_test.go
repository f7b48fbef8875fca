package inventory_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"aws-sso-config-generator/internal/emulator"
	"aws-sso-config-generator/internal/identitycenter"
	"aws-sso-config-generator/internal/inventory"
)

// portal is the emulator's portal for a person who has signed in.
func portal(t testing.TB, e *emulator.Emulator) *identitycenter.Portal {
	t.Helper()
	return portalAt(t, identitycenter.Options{Region: emulator.DefaultRegion, Transport: e.Transport()})
}

func portalAt(t testing.TB, o identitycenter.Options) *identitycenter.Portal {
	t.Helper()
	p, err := identitycenter.NewPortal(o, signIn(t, o))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func signIn(t testing.TB, o identitycenter.Options) identitycenter.Token {
	t.Helper()
	client, err := identitycenter.NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	registration, err := client.Register(t.Context(), identitycenter.ClientMetadata{
		ClientName: "test", GrantTypes: []string{identitycenter.GrantDeviceCode}, Scopes: []string{identitycenter.ScopeAccountAccess},
	})
	if err != nil {
		t.Fatal(err)
	}
	device, err := client.StartDeviceAuthorization(t.Context(), registration, emulator.DefaultStartURL)
	if err != nil {
		t.Fatal(err)
	}
	token, err := client.CreateToken(t.Context(), registration, identitycenter.Grant{DeviceCode: device.DeviceCode})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// run discovers in virtual time.
type run struct {
	found    inventory.Inventory
	err      error
	took     time.Duration
	requests map[string]int
	stats    emulator.Stats
}

func discover(t *testing.T, config emulator.Config, o inventory.Options) (r run) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		config.AutoApprove = true
		e := emulator.New(config)
		p := portal(t, e)
		start := time.Now()
		r.found, r.err = inventory.Discover(t.Context(), p, o)
		r.took, r.stats = time.Since(start), e.Stats()
	})
	r.requests = r.stats.Requests
	return r
}

// want is what an organization looks like as an inventory.
func want(organization emulator.Organization) inventory.Inventory {
	var i inventory.Inventory
	for _, a := range organization.Accounts {
		i.Accounts = append(i.Accounts, inventory.Account{
			Account: identitycenter.Account{ID: a.ID, Name: a.Name, Email: a.Email}, Roles: slices.Sorted(slices.Values(a.Roles)),
		})
	}
	slices.SortFunc(i.Accounts, func(a, b inventory.Account) int { return strings.Compare(a.ID, b.ID) })
	return i
}

func TestEveryRoleOfEveryAccountIsFound(t *testing.T) {
	organization := emulator.Organize(1, 250, 3)
	big := emulator.Organize(2, 3, 230)
	for name, config := range map[string]emulator.Config{
		"three pages of accounts":   {Organization: organization},
		"three pages of roles":      {Organization: big},
		"short pages":               {Organization: organization, PageSize: 2},
		"empty pages with a token":  {Organization: organization, PageSize: 7, EmptyPages: true},
		"slow and uneven":           {Organization: organization, Latency: 40 * time.Millisecond, Jitter: 200 * time.Millisecond},
		"throttled":                 {Organization: organization, Rate: 20, Burst: 20, Latency: 40 * time.Millisecond},
		"throttled without a burst": {Organization: organization, Rate: 5, Burst: 1, Latency: 40 * time.Millisecond},
		"every sixth answer broken": {Organization: organization, Faults: []emulator.Fault{
			{Operation: "ListAccountRoles", Answer: "reset", After: 10, Times: 8},
			{Operation: "ListAccountRoles", Answer: "InternalServerException", After: 50, Times: 8},
			{Operation: "ListAccountRoles", Answer: "malformed", After: 90, Times: 8},
			{Operation: "ListAccountRoles", Answer: "truncated", After: 130, Times: 8},
			{Operation: "ListAccountRoles", Answer: "502", After: 170, Times: 8},
			{Operation: "ListAccounts", Answer: "503", After: 1, Times: 3},
		}},
		"no account at all":      {},
		"accounts without roles": {Organization: emulator.Organize(3, 5, 0)},
	} {
		t.Run(name, func(t *testing.T) {
			r := discover(t, config, inventory.Options{})
			if r.err != nil {
				t.Fatal(r.err)
			}
			if diff := cmp.Diff(want(config.Organization), r.found); diff != "" {
				t.Errorf("-want +found:\n%s", diff)
			}
		})
	}
}

func TestNothingIsAskedTwiceWithoutAReason(t *testing.T) {
	r := discover(t, emulator.Config{Organization: emulator.Organize(1, 250, 3), Latency: 30 * time.Millisecond}, inventory.Options{})
	if r.requests["ListAccounts"] != 3 || r.requests["ListAccountRoles"] != 250 {
		t.Errorf("requests %v for 3 pages and 250 accounts", r.requests)
	}
}

func TestThrottlesCostNothingButTime(t *testing.T) {
	r := discover(t, emulator.Config{Organization: emulator.Organize(1, 300, 3), Rate: 20, Burst: 20, Latency: 50 * time.Millisecond}, inventory.Options{})
	if r.err != nil || r.found.Roles() != 900 {
		t.Fatalf("%d roles, %v", r.found.Roles(), r.err)
	}
	if sent := r.requests["ListAccounts"] + r.requests["ListAccountRoles"]; sent != 303+r.stats.Throttled {
		t.Errorf("%d requests, %d throttled", sent, r.stats.Throttled)
	}
	if r.stats.PeakInFlight > 64 {
		t.Errorf("%d requests at once", r.stats.PeakInFlight)
	}
}

// Without the list of accounts, or without any account, there is no inventory.
func TestARefusalEndsTheRun(t *testing.T) {
	for _, test := range []struct {
		fault string
		want  error
		text  string
	}{
		{"ListAccounts=UnauthorizedException", identitycenter.ErrUnauthorized, "list accounts: ListAccounts: HTTP 401"},
		{"ListAccounts=ForbiddenException", identitycenter.ErrForbidden, "list accounts: ListAccounts: HTTP 403"},
		{"ListAccountRoles=UnauthorizedException,after=20", identitycenter.ErrUnauthorized, "list roles of account "},
		{"ListAccountRoles=ForbiddenException", identitycenter.ErrForbidden, "no account could be read: list roles of account "},
		// Minutes of faults are enough.
		{"ListAccountRoles=InternalServerException", identitycenter.ErrTransient, "no account could be read: list roles of account "},
		{"ListAccounts=reset", identitycenter.ErrTransient, "list accounts: ListAccounts: "},
	} {
		r := discover(t, emulator.Config{Organization: emulator.Organize(1, 50, 3), Faults: faults(t, test.fault)}, inventory.Options{})
		if !errors.Is(r.err, test.want) || !strings.HasPrefix(fmt.Sprint(r.err), test.text) || r.found.Accounts != nil || r.found.Failures != nil {
			t.Errorf("%s: %d accounts, %v", test.fault, len(r.found.Accounts), r.err)
		}
		if r.took > 6*time.Minute || r.requests["ListAccountRoles"] > 1500 {
			t.Errorf("%s: %v, %v", test.fault, r.took, r.requests)
		}
	}
}

func faults(t testing.TB, texts ...string) []emulator.Fault {
	t.Helper()
	var parsed []emulator.Fault
	for _, text := range texts {
		fault, err := emulator.ParseFault(text)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, fault)
	}
	return parsed
}

func TestThrottledForGoodEndsWithTheTime(t *testing.T) {
	r := discover(t, emulator.Config{Organization: emulator.Organize(1, 50, 3), Faults: []emulator.Fault{
		{Operation: "ListAccountRoles", Answer: "TooManyRequestsException", After: 10},
	}}, inventory.Options{Timeout: 10 * time.Minute})
	if !errors.Is(r.err, inventory.ErrTimeout) || !errors.Is(r.err, identitycenter.ErrThrottled) || r.took != 10*time.Minute {
		t.Errorf("%v after %v", r.err, r.took)
	}
	if n := r.requests["ListAccountRoles"]; n > 300 {
		t.Errorf("%d requests in ten minutes in which the service takes none", n)
	}
}

// However the end of the time and the last answers fall together, the error is
// what the service said.
func TestTheLastRefusalIsTheServices(t *testing.T) {
	for range 20 {
		r := discover(t, emulator.Config{Organization: emulator.Organize(1, 50, 3), Latency: 30 * time.Millisecond, Faults: []emulator.Fault{
			{Operation: "ListAccountRoles", Answer: "TooManyRequestsException"},
		}}, inventory.Options{Timeout: time.Second})
		if !strings.Contains(fmt.Sprint(r.err), "(1s): the last refusal was list roles of account ") {
			t.Fatal(r.err)
		}
	}
}

func TestAListWithoutAnEndIsAnError(t *testing.T) {
	for name, next := range map[string]func(n int) string{
		"the same page for ever": func(int) string { return "A" },
		"two pages in turns":     func(n int) string { return string(rune('A' + n%2)) },
		"always a new page":      func(n int) string { return fmt.Sprint(n) },
	} {
		n := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			n++
			_, _ = fmt.Fprintf(w, `{"accountList":[],"nextToken":%q}`, next(n))
		}))
		p, err := identitycenter.NewPortal(identitycenter.Options{Region: "us-east-1", PortalEndpoint: server.URL}, identitycenter.Token{AccessToken: "token"})
		if err != nil {
			t.Fatal(err)
		}
		_, err = inventory.Discover(t.Context(), p, inventory.Options{})
		if err == nil || !strings.Contains(err.Error(), "the list has no end") {
			t.Errorf("%s: %v after %d requests", name, err, n)
		}
		server.Close()
	}
}

func TestAHangingServiceEndsWithTheTime(t *testing.T) {
	r := discover(t, emulator.Config{Organization: emulator.Organize(1, 50, 3), Faults: []emulator.Fault{
		{Operation: "ListAccountRoles", Answer: "hang"},
	}}, inventory.Options{Timeout: time.Minute})
	if !errors.Is(r.err, inventory.ErrTimeout) || r.took != time.Minute {
		t.Errorf("%v after %v", r.err, r.took)
	}
}

func TestCtrlCEndsTheRunAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Config{AutoApprove: true, Organization: emulator.Organize(1, 50, 3), Latency: time.Second})
		p := portal(t, e)
		interrupt := errors.New("interrupt")
		ctx, cancel := context.WithCancelCause(t.Context())
		start := time.Now()
		time.AfterFunc(2500*time.Millisecond, func() { cancel(interrupt) })
		_, err := inventory.Discover(ctx, p, inventory.Options{})
		if took := time.Since(start); !errors.Is(err, interrupt) || took != 2500*time.Millisecond {
			t.Errorf("%v after %v", err, took)
		}
	})
}

func TestProgressCountsUpToTheEnd(t *testing.T) {
	var last inventory.Progress
	r := discover(t, emulator.Config{Organization: emulator.Organize(1, 50, 3), Rate: 20, Burst: 5}, inventory.Options{Progress: func(p inventory.Progress) {
		if p.Done < last.Done || p.Roles < last.Roles || p.Throttled < last.Throttled {
			t.Errorf("from %v to %v", last, p)
		}
		last = p
	}})
	if last.Accounts != 50 || last.Done != 50 || last.Roles != 150 || last.Throttled != r.stats.Throttled {
		t.Errorf("%+v with %d throttled", last, r.stats.Throttled)
	}
}

// The first figure of docs/performance.md: a small organization without a limit.
func TestASmallOrganizationTakesAFewRoundTrips(t *testing.T) {
	r := discover(t, emulator.Config{Organization: emulator.Organize(1, 50, 3), Latency: 30 * time.Millisecond}, inventory.Options{})
	if r.err != nil || r.took > 300*time.Millisecond {
		t.Errorf("50 accounts at 30 ms took %v (%v)", r.took, r.err)
	}
	t.Logf("50 accounts at 30 ms: %v, %d at once", r.took, r.stats.PeakInFlight)
}
