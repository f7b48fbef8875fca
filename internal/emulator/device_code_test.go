package emulator_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"aws-sso-config-generator/internal/emulator"
)

// startDevice registers like the AWS CLI and starts; poll asks for the token once.
func (w *wire) startDevice(registration object) (device object, poll func() answer) {
	w.t.Helper()
	client := w.ok(w.post("/client/register", registration))
	device = w.ok(w.post("/device_authorization", object{
		"clientId": client["clientId"], "clientSecret": client["clientSecret"], "startUrl": emulator.DefaultStartURL + "/#/",
	}))
	return device, func() answer {
		w.t.Helper()
		return w.post("/token", object{
			"clientId": client["clientId"], "clientSecret": client["clientSecret"],
			"grantType": deviceGrant, "deviceCode": device["deviceCode"],
		})
	}
}

// page opens an address as a browser would.
func (w *wire) page(address any) answer {
	w.t.Helper()
	path, ok := strings.CutPrefix(address.(string), w.base)
	if !ok {
		w.t.Fatalf("%v is not at %s, where the client called", address, w.base)
	}
	return w.get(path)
}

func TestDeviceAllowed(t *testing.T) {
	for name, connect := range map[string]func(*testing.T, *emulator.Emulator) *wire{"in process": dial, "over a socket": listen} {
		t.Run(name, func(t *testing.T) {
			w := connect(t, emulator.New(emulator.Config{Interval: time.Second}))
			device, poll := w.startDevice(deviceRegistration())
			userCode := device["userCode"].(string)
			if !regexp.MustCompile(`^[A-Z]{4}-[A-Z]{4}$`).MatchString(userCode) || device["expiresIn"] != 600.0 || device["interval"] != 1.0 {
				t.Errorf("device: %v", device)
			}
			pendingAnswer := poll()
			w.refused(pendingAnswer, 400, "AuthorizationPendingException", "authorization_pending")
			if want := `{"error":"authorization_pending","error_description":"Authorization is still pending"}`; pendingAnswer.body != want {
				t.Errorf("got %s", pendingAnswer.body)
			}

			// The person types the code in their own way.
			form := w.page(device["verificationUri"])
			if !strings.Contains(form.body, `name="user_code"`) {
				t.Fatalf("no form: %s", form.body)
			}
			unknown := w.get("/device?user_code=AAAA-AAAA")
			if unknown.status != http.StatusNotFound || !strings.Contains(unknown.body, "No device waits") {
				t.Errorf("an unknown code: %d %s", unknown.status, unknown.body)
			}
			confirm := w.get("/device?user_code=" + strings.ToLower(strings.ReplaceAll(userCode, "-", "+")))
			if !strings.Contains(confirm.body, userCode) {
				t.Errorf("the code is not shown: %s", confirm.body)
			}
			done := w.decide(confirm, "allow")
			if done.status != http.StatusOK || !strings.Contains(done.body, "Access allowed") {
				t.Errorf("%d %s", done.status, done.body)
			}
			tokens := w.ok(poll())
			if tokens["refreshToken"] == nil || tokens["expiresIn"] != 3600.0 {
				t.Errorf("tokens: %v", tokens)
			}
			w.ok(w.portal("/assignment/accounts", tokens["accessToken"].(string)))
			w.refused(poll(), 400, "InvalidGrantException", "invalid_grant")
			if again := w.page(device["verificationUriComplete"]); !strings.Contains(again.body, "Access allowed") {
				t.Errorf("opened again: %s", again.body)
			}
		})
	}
}

func TestDeviceDenied(t *testing.T) {
	w := dial(t, emulator.New(emulator.Config{}))
	device, poll := w.startDevice(deviceRegistration())
	if _, ok := device["interval"]; ok {
		t.Errorf("interval is sent: %v", device)
	}
	page, second := w.page(device["verificationUriComplete"]), w.page(device["verificationUriComplete"])
	if done := w.decide(page, "deny"); !strings.Contains(done.body, "Access denied") {
		t.Errorf("%s", done.body)
	}
	w.refused(poll(), 400, "AccessDeniedException", "access_denied")
	if late := w.decide(second, "allow"); late.status != http.StatusConflict {
		t.Errorf("a second page could change the answer: %d %s", late.status, late.body)
	}
	w.refused(poll(), 400, "AccessDeniedException", "access_denied")
}

func TestDeviceExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := dial(t, emulator.New(emulator.Config{}))
		device, poll := w.startDevice(deviceRegistration())
		page := w.page(device["verificationUriComplete"])
		time.Sleep(10*time.Minute - time.Nanosecond)
		w.refused(poll(), 400, "AuthorizationPendingException", "authorization_pending")
		time.Sleep(time.Nanosecond)
		w.refused(poll(), 400, "ExpiredTokenException", "expired_token")
		if late := w.decide(page, "allow"); late.status != http.StatusBadRequest || !strings.Contains(late.body, "out of date") {
			t.Errorf("the page was answered late: %d %s", late.status, late.body)
		}
		if again := w.page(device["verificationUriComplete"]); again.status != http.StatusGone {
			t.Errorf("opened late: %d", again.status)
		}
	})
}

// Polling too fast makes the service demand 5 s more, for good (RFC 8628 §3.5).
func TestSlowDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := dial(t, emulator.New(emulator.Config{Interval: 2 * time.Second, EnforceInterval: true}))
		_, poll := w.startDevice(deviceRegistration())
		for _, c := range []struct {
			wait time.Duration
			name string
			code string
		}{
			{0, "AuthorizationPendingException", "authorization_pending"},
			{2 * time.Second, "AuthorizationPendingException", "authorization_pending"},
			{2*time.Second - 1, "SlowDownException", "slow_down"},
			{7*time.Second - 1, "SlowDownException", "slow_down"},
			{12 * time.Second, "AuthorizationPendingException", "authorization_pending"},
			{7 * time.Second, "SlowDownException", "slow_down"},
		} {
			time.Sleep(c.wait)
			w.refused(poll(), 400, c.name, c.code)
		}

		// By default the AWS CLI, which polls twice at once, is not punished.
		w = dial(t, emulator.New(emulator.Config{}))
		_, poll = w.startDevice(deviceRegistration())
		for range 3 {
			w.refused(poll(), 400, "AuthorizationPendingException", "authorization_pending")
		}
	})
}

func TestDeviceAutoApprove(t *testing.T) {
	w := dial(t, emulator.New(emulator.Config{AutoApprove: true}))
	for name, c := range map[string]struct {
		registration object
		expiresIn    float64
		refresh      bool
	}{
		"AWS CLI with an sso-session": {deviceRegistration(), 3600, true},
		"AWS CLI without":             {with(deviceRegistration(), "scopes", nil), 28800, false},
		"explicit grants":             {with(deviceRegistration(), "grantTypes", []string{deviceGrant}), 3600, false},
		"null members":                {object{"clientName": "x", "clientType": "public", "scopes": []string{}, "issuerUrl": nil, "grantTypes": nil}, 28800, false},
	} {
		_, poll := w.startDevice(c.registration)
		tokens := w.ok(poll())
		if tokens["expiresIn"] != c.expiresIn || (tokens["refreshToken"] != nil) != c.refresh {
			t.Errorf("%s: %v", name, tokens)
		}
	}
}

func TestDeviceRefused(t *testing.T) {
	w := dial(t, emulator.New(emulator.Config{}))
	client := w.ok(w.post("/client/register", deviceRegistration()))
	start := func() object {
		return object{"clientId": client["clientId"], "clientSecret": client["clientSecret"], "startUrl": emulator.DefaultStartURL}
	}
	w.refused(w.post("/device_authorization", with(start(), "startUrl", nil)), 400, "InvalidRequestException", "invalid_request")
	w.refused(w.post("/device_authorization", with(start(), "startUrl", "https://other.awsapps.com/start")), 400, "InvalidRequestException", "invalid_request")
	w.refused(w.post("/device_authorization", with(start(), "clientSecret", "wrong")), 401, "InvalidClientException", "invalid_client")
	codeClient := w.ok(w.post("/client/register", registration()))
	w.refused(w.post("/device_authorization", object{
		"clientId": codeClient["clientId"], "clientSecret": codeClient["clientSecret"], "startUrl": emulator.DefaultStartURL,
	}), 400, "UnauthorizedClientException", "unauthorized_client")

	// A device code is of no use to another client.
	device, _ := w.startDevice(deviceRegistration())
	w.refused(w.post("/token", object{
		"clientId": client["clientId"], "clientSecret": client["clientSecret"], "grantType": deviceGrant, "deviceCode": device["deviceCode"],
	}), 400, "InvalidGrantException", "invalid_grant")
}
