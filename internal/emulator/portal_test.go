package emulator_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"aws-sso-config-generator/internal/emulator"
)

func contextWithCause(t *testing.T) (context.Context, context.CancelCauseFunc) {
	ctx, cancel := context.WithCancelCause(t.Context())
	t.Cleanup(func() { cancel(nil) })
	return ctx, cancel
}

// pages follows nextToken to the end and returns the length of each page and all items.
func (w *wire) pages(path, list, accessToken string) (lengths []int, items []object) {
	w.t.Helper()
	for nextToken := ""; ; {
		page := w.ok(w.portal(path+"&next_token="+url.QueryEscape(nextToken), accessToken))
		lengths = append(lengths, len(page[list].([]any)))
		for _, item := range page[list].([]any) {
			items = append(items, item.(object))
		}
		next, ok := page["nextToken"]
		if !ok {
			w.t.Error("nextToken is absent, want null")
		}
		if next == nil {
			return lengths, items
		}
		nextToken = next.(string)
	}
}

func TestPaging(t *testing.T) {
	organization := emulator.Organize(7, 45, 5)
	organization.Accounts[3].Name, organization.Accounts[4].Email = "", ""
	for _, c := range []struct {
		config emulator.Config
		query  string
		want   string
	}{
		{emulator.Config{}, "max_result=100", "[45]"},
		{emulator.Config{}, "", "[20 20 5]"},
		{emulator.Config{}, "max_result=45", "[45]"},
		{emulator.Config{PageSize: 15}, "max_result=100", "[15 15 15]"},
		{emulator.Config{PageSize: 15}, "max_result=10", "[10 10 10 10 5]"},
		{emulator.Config{EmptyPages: true, PageSize: 40}, "max_result=100", "[0 40 5]"},
	} {
		c.config.Organization = organization
		c.config.AutoApprove = true
		w := dial(t, emulator.New(c.config))
		accessToken := w.accessToken()
		lengths, items := w.pages("/assignment/accounts?"+c.query, "accountList", accessToken)
		if got := fmt.Sprint(lengths); got != c.want {
			t.Errorf("%+v: pages of %s, want %s", c.query, got, c.want)
		}
		for i, account := range organization.Accounts {
			item := items[i]
			name, hasName := item["accountName"]
			email, hasEmail := item["emailAddress"]
			if item["accountId"] != account.ID || hasName && name != account.Name || hasEmail && email != account.Email ||
				hasName != (account.Name != "") || hasEmail != (account.Email != "") {
				t.Errorf("account %d is %v, want %v", i, item, account)
			}
		}
		account := organization.Accounts[44]
		_, items = w.pages("/assignment/roles?max_result=2&account_id="+account.ID, "roleList", accessToken)
		for i, role := range account.Roles {
			if items[i]["roleName"] != role || items[i]["accountId"] != account.ID {
				t.Errorf("role %d is %v", i, items[i])
			}
		}
	}
}

// A next_token belongs to one access token and one list.
func TestForeignNextToken(t *testing.T) {
	organization := emulator.Organize(7, 9, 5)
	w := dial(t, emulator.New(emulator.Config{Organization: organization, AutoApprove: true, PageSize: 2}))
	mine, other := w.accessToken(), w.accessToken()
	roles := func(i int) string { return "/assignment/roles?account_id=" + organization.Accounts[i].ID }
	nextToken := w.ok(w.portal(roles(0), mine))["nextToken"].(string)
	next := "&next_token=" + nextToken
	w.ok(w.portal(roles(0)+next, mine))
	w.ok(w.portal(roles(0)+next, mine))
	for _, a := range []answer{
		w.portal(roles(1)+next, mine),
		w.portal(roles(0)+next, other),
		w.portal("/assignment/accounts?"+next, mine),
		w.portal(roles(0)+next+"A", mine),
		w.portal(roles(0)+"&next_token=2", mine),
		w.portal(roles(0)+"&next_token="+strings.ToUpper(nextToken), mine),
	} {
		w.refused(a, 400, "InvalidRequestException", "")
	}
}

func TestPortalRefused(t *testing.T) {
	organization := emulator.Organize(7, 3, 2)
	w := dial(t, emulator.New(emulator.Config{Organization: organization, AutoApprove: true}))
	accessToken := w.accessToken()
	account := "account_id=" + organization.Accounts[0].ID
	role := "&role_name=" + organization.Accounts[0].Roles[0]
	for _, c := range []struct {
		path, token string
		status      int
		name        string
	}{
		{"/assignment/accounts", "", 401, "UnauthorizedException"},
		{"/assignment/accounts", "Bearer " + accessToken, 401, "UnauthorizedException"},
		{"/assignment/roles?" + account, "guessed", 401, "UnauthorizedException"},
		{"/federation/credentials?" + account + role, "guessed", 401, "UnauthorizedException"},
		{"/assignment/accounts?max_result=0", accessToken, 400, "InvalidRequestException"},
		{"/assignment/accounts?max_result=101", accessToken, 400, "InvalidRequestException"},
		{"/assignment/accounts?max_result=", accessToken, 400, "InvalidRequestException"},
		{"/assignment/roles?max_result=1000&" + account, accessToken, 400, "InvalidRequestException"},
		{"/assignment/roles", accessToken, 400, "InvalidRequestException"},
		{"/assignment/roles?accountId=" + organization.Accounts[0].ID, accessToken, 400, "InvalidRequestException"},
		{"/assignment/roles?account_id=1234", accessToken, 400, "InvalidRequestException"},
		{"/assignment/roles?account_id=999999999999", accessToken, 403, "ForbiddenException"},
		{"/federation/credentials?account_id=999999999999" + role, accessToken, 403, "ForbiddenException"},
		{"/federation/credentials?" + account, accessToken, 400, "InvalidRequestException"},
		{"/federation/credentials?" + account + "&role_name=Nobody", accessToken, 403, "ForbiddenException"},
	} {
		a := w.portal(c.path, c.token)
		w.refused(a, c.status, c.name, "")
		if c.status == 403 && w.json(a)["message"] != "No access" {
			t.Errorf("%s: %s", c.path, a.body)
		}
	}
	// An Authorization header is nothing to the portal.
	request := w.portalRequest("GET", "/assignment/accounts", "")
	request.Header.Set("Authorization", "Bearer "+accessToken)
	w.refused(w.do(request), 401, "UnauthorizedException", "")
	// Nor is a token for something else.
	_, tokens := w.signIn(with(registration(), "scopes", []string{"openid"}))
	w.refused(w.portal("/assignment/accounts", tokens["accessToken"].(string)), 403, "ForbiddenException", "")
}

func TestRoleCredentials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		organization := emulator.Organize(7, 3, 2)
		w := dial(t, emulator.New(emulator.Config{Organization: organization, AutoApprove: true}))
		account := organization.Accounts[1]
		path := "/federation/credentials?role_name=" + account.Roles[1] + "&account_id=" + account.ID
		credentials := w.ok(w.portal(path, w.accessToken()))["roleCredentials"].(object)
		for member, pattern := range map[string]string{
			"accessKeyId":     `^ASIA[A-Z2-7]{16}$`,
			"secretAccessKey": `^[A-Za-z0-9+/]{40}$`,
			"sessionToken":    `^[A-Za-z0-9+/=]{400,}$`,
		} {
			if !regexp.MustCompile(pattern).MatchString(credentials[member].(string)) {
				t.Errorf("%s is %v", member, credentials[member])
			}
		}
		if want := float64(time.Now().Add(time.Hour).UnixMilli()); credentials["expiration"] != want {
			t.Errorf("expiration is %v, want %v", credentials["expiration"], want)
		}
	})
}

func TestLogout(t *testing.T) {
	w := dial(t, emulator.New(emulator.Config{AutoApprove: true}))
	client, tokens := w.signIn(with(registration(), "grantTypes", []string{codeGrant, refreshGrant}))
	accessToken := tokens["accessToken"].(string)
	if a := w.do(w.portalRequest("POST", "/logout", accessToken)); a.status != 200 || a.body != "" {
		t.Errorf("%d %s", a.status, a.body)
	}
	w.refused(w.portal("/assignment/accounts", accessToken), 401, "UnauthorizedException", "")
	w.refused(w.post("/token", refreshing(client, tokens["refreshToken"])), 400, "InvalidGrantException", "invalid_grant")
	w.refused(w.do(w.portalRequest("POST", "/logout", accessToken)), 401, "UnauthorizedException", "")
}

// Every API request takes its time, pages none, and a cancelled one ends at once.
func TestLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Config{Latency: 80 * time.Millisecond})
		w := dial(t, e)
		start := time.Now()
		accessToken := w.accessToken() // RegisterClient, the page, CreateToken
		if got := time.Since(start); got != 160*time.Millisecond {
			t.Errorf("the sign-in took %v, want 160ms", got)
		}

		start = time.Now()
		var requests sync.WaitGroup
		for range 7 {
			requests.Go(func() {
				if a, err := w.try(w.portalRequest("GET", "/assignment/accounts", accessToken)); err != nil || a.status != 200 {
					t.Errorf("%+v, %v", a, err)
				}
			})
		}
		requests.Wait()
		if got := time.Since(start); got != 80*time.Millisecond || e.Stats().PeakInFlight != 7 {
			t.Errorf("seven at once took %v, %d in flight", got, e.Stats().PeakInFlight)
		}

		start = time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		defer cancel()
		_, err := w.try(w.portalRequest("GET", "/assignment/accounts", accessToken).WithContext(ctx))
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 30*time.Millisecond {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
	})
}

func TestJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		durations := func() (all []time.Duration) {
			w := dial(t, emulator.New(emulator.Config{Latency: 50 * time.Millisecond, Jitter: 20 * time.Millisecond}))
			for range 500 {
				start := time.Now()
				w.portal("/assignment/accounts", "")
				all = append(all, time.Since(start))
			}
			return all
		}
		first, second := durations(), durations()
		low, high := first[0], first[0]
		for i, d := range first {
			low, high = min(low, d), max(high, d)
			if d != second[i] {
				t.Fatalf("request %d took %v and then %v", i, d, second[i])
			}
		}
		if low < 50*time.Millisecond || low > 51*time.Millisecond || high < 69*time.Millisecond || high > 70*time.Millisecond {
			t.Errorf("from %v to %v", low, high)
		}
	})
}

// RevokeAfter ends the access token in use, once; neither another one, nor the
// refresh token, nor what was refused counts.
func TestRevokeAfter(t *testing.T) {
	w := dial(t, emulator.New(emulator.Config{AutoApprove: true, RevokeAfter: 3, Organization: demo()}))
	client, tokens := w.signIn(with(registration(), "grantTypes", []string{codeGrant, refreshGrant}))
	accessToken, other := tokens["accessToken"].(string), w.accessToken()
	w.refused(w.portal("/assignment/roles?account_id=1", accessToken), 400, "InvalidRequestException", "")
	for range 3 {
		w.ok(w.portal("/assignment/accounts", accessToken))
	}
	w.refused(w.portal("/assignment/accounts", accessToken), 401, "UnauthorizedException", "")
	refreshed := w.ok(w.post("/token", refreshing(client, tokens["refreshToken"])))["accessToken"].(string)
	for range 10 {
		for _, alive := range []string{other, refreshed, w.accessToken()} {
			w.ok(w.portal("/assignment/accounts", alive))
		}
	}
	w.refused(w.portal("/assignment/accounts", accessToken), 401, "UnauthorizedException", "")
}
