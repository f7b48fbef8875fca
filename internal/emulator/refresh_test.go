package emulator_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"aws-sso-config-generator/internal/emulator"
)

// Refresh tokens rotate; the one before works for a minute more.
func TestRefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := dial(t, emulator.New(emulator.Config{AutoApprove: true}))
		client, first := w.signIn(with(registration(), "grantTypes", []string{codeGrant, refreshGrant}))
		other := w.ok(w.post("/client/register", with(registration(), "grantTypes", []string{codeGrant, refreshGrant})))
		w.refused(w.post("/token", refreshing(other, first["refreshToken"])), 400, "InvalidGrantException", "invalid_grant")
		w.refused(w.post("/token", refreshing(client, first["accessToken"])), 400, "InvalidGrantException", "invalid_grant")
		w.refused(w.post("/token", refreshing(client, nil)), 400, "InvalidRequestException", "invalid_request")

		time.Sleep(time.Hour)
		second := w.ok(w.post("/token", refreshing(client, first["refreshToken"])))
		if second["refreshToken"] == first["refreshToken"] || second["expiresIn"] != 3600.0 {
			t.Errorf("after the refresh: %v", second)
		}
		w.ok(w.portal("/assignment/accounts", second["accessToken"].(string)))
		time.Sleep(time.Minute - time.Nanosecond)
		w.ok(w.post("/token", refreshing(client, first["refreshToken"])))
		time.Sleep(time.Nanosecond)
		w.refused(w.post("/token", refreshing(client, first["refreshToken"])), 400, "InvalidGrantException", "invalid_grant")

		time.Sleep(6 * time.Hour)
		third := w.ok(w.post("/token", refreshing(client, second["refreshToken"])))
		time.Sleep(59 * time.Minute) // eight hours after the sign-in the session is over
		w.refused(w.portal("/assignment/accounts", third["accessToken"].(string)), 401, "UnauthorizedException", "")
		w.refused(w.post("/token", refreshing(client, third["refreshToken"])), 400, "InvalidGrantException", "invalid_grant")
	})
}

// The two other ways in which a service may treat a refresh token that was used.
func TestRefreshRotation(t *testing.T) {
	for rotation, oldStaysGood := range map[emulator.Rotation]bool{emulator.Keep: true, emulator.Strict: false} {
		w := dial(t, emulator.New(emulator.Config{AutoApprove: true, RefreshRotation: rotation}))
		client, first := w.signIn(with(registration(), "grantTypes", []string{codeGrant, refreshGrant}))
		second := w.ok(w.post("/token", refreshing(client, first["refreshToken"])))
		w.ok(w.portal("/assignment/accounts", second["accessToken"].(string)))
		if (second["refreshToken"] == nil) != oldStaysGood {
			t.Errorf("%s: %v", rotation, second)
		}
		again := w.post("/token", refreshing(client, first["refreshToken"]))
		if oldStaysGood {
			w.ok(again)
			continue
		}
		w.refused(again, 400, "InvalidGrantException", "invalid_grant")
		w.ok(w.post("/token", refreshing(client, second["refreshToken"])))
	}
	defer func() {
		if recover() == nil {
			t.Error("New takes any rotation")
		}
	}()
	emulator.New(emulator.Config{RefreshRotation: "never"})
}

// A registration and a session end when they are configured to.
func TestConfiguredEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := dial(t, emulator.New(emulator.Config{AutoApprove: true, RegistrationLifetime: 10 * time.Minute, SessionLifetime: 5 * time.Minute}))
		client, tokens := w.signIn(with(registration(), "grantTypes", []string{codeGrant, refreshGrant}))
		if got := client["clientSecretExpiresAt"].(float64) - client["clientIdIssuedAt"].(float64); got != 600 {
			t.Errorf("a registration for %v s", got)
		}
		time.Sleep(5 * time.Minute)
		w.refused(w.portal("/assignment/accounts", tokens["accessToken"].(string)), 401, "UnauthorizedException", "")
		w.refused(w.post("/token", refreshing(client, tokens["refreshToken"])), 400, "InvalidGrantException", "invalid_grant")
		time.Sleep(5 * time.Minute)
		w.refused(w.post("/token", refreshing(client, tokens["refreshToken"])), 401, "InvalidClientException", "invalid_client")
	})
}

// A service whose clock is wrong names wrong instants, and means what it always does.
func TestSkew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, skew := range []time.Duration{0, 3 * time.Hour, -3 * time.Hour} {
			w := dial(t, emulator.New(emulator.Config{AutoApprove: true, Organization: demo(), Skew: skew}))
			registered := w.post("/client/register", registration())
			client := w.ok(registered)
			tokens := w.ok(w.post("/token", exchange(client, w.code(client))))
			account := demo().Accounts[0]
			credentials := w.ok(w.portal("/federation/credentials?account_id="+account.ID+"&role_name="+account.Roles[0], tokens["accessToken"].(string)))
			date, err := http.ParseTime(registered.header.Get("Date"))
			if err != nil {
				t.Fatal(err)
			}
			for name, got := range map[string]time.Time{
				"Date":                  date,
				"clientIdIssuedAt":      time.Unix(int64(client["clientIdIssuedAt"].(float64)), 0),
				"clientSecretExpiresAt": time.Unix(int64(client["clientSecretExpiresAt"].(float64)), 0).AddDate(0, 0, -90),
				"expiration":            time.UnixMilli(int64(credentials["roleCredentials"].(object)["expiration"].(float64))).Add(-time.Hour),
			} {
				if !got.Equal(time.Now().Add(skew)) {
					t.Errorf("skew %s: %s is off by %s", skew, name, time.Until(got))
				}
			}
			if tokens["expiresIn"] != 3600.0 {
				t.Errorf("skew %s: %v", skew, tokens)
			}
		}
	})
}
