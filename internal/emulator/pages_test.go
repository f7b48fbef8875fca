package emulator_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"aws-sso-config-generator/internal/emulator"
)

// What others write on our pages stays text.
func TestHostileNames(t *testing.T) {
	const hostile = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>{{.}}`
	organization := emulator.Organization{Accounts: []emulator.Account{{ID: "012345678901", Name: hostile}}}
	w := dial(t, emulator.New(emulator.Config{Organization: organization}))
	client := w.ok(w.post("/client/register", with(with(registration(), "clientName", hostile), "scopes", []string{"<b>scope</b>"})))
	device, _ := w.startDevice(with(deviceRegistration(), "clientName", hostile))
	for _, a := range []answer{
		w.get("/authorize?" + authorizeQuery(client).Encode()),
		w.page(device["verificationUriComplete"]),
		w.get("/device?user_code=" + url.QueryEscape(hostile)),
		w.get("/start"),
	} {
		if strings.Contains(a.body, "<script") || strings.Contains(a.body, "<img src=x") || strings.Contains(a.body, "<b>") || !strings.Contains(a.body, "&lt;script&gt;") {
			t.Errorf("not escaped: %s", a.body)
		}
	}
}

// Pages load nothing from elsewhere, run nothing and stay out of frames and caches.
func TestPageHeaders(t *testing.T) {
	w := dial(t, emulator.New(emulator.Config{Organization: demo()}))
	client := w.ok(w.post("/client/register", registration()))
	consent := w.get("/authorize?" + authorizeQuery(client).Encode())
	denied, _ := w.startDevice(deviceRegistration())
	for _, a := range []answer{
		consent, w.get("/device"), w.get("/start"), w.submit(nil),
		w.decide(w.page(denied["verificationUriComplete"]), "deny"),
	} {
		for name, want := range map[string]string{
			"Cache-Control":          "no-store",
			"Content-Type":           "text/html; charset=utf-8",
			"X-Content-Type-Options": "nosniff",
			"Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; " +
				"form-action 'self' http://127.0.0.1:*; base-uri 'none'; frame-ancestors 'none'",
		} {
			if got := a.header.Get(name); got != want {
				t.Errorf("%s is %q", name, got)
			}
		}
		for _, match := range regexp.MustCompile(`(?:src|href|action)="([^"]*)"`).FindAllStringSubmatch(a.body, -1) {
			if !strings.HasPrefix(match[1], "/") || strings.HasPrefix(match[1], "//") {
				t.Errorf("an outside resource: %s", match[0])
			}
			if strings.HasPrefix(match[1], "/pages/") {
				if asset := w.get(match[1]); asset.status != http.StatusOK {
					t.Errorf("%s is %d", match[1], asset.status)
				}
			}
		}
		if strings.Contains(a.body, "style=") || strings.Contains(a.body, "<style") || strings.Contains(a.body, "<script") {
			t.Errorf("inline style or script, which the policy forbids: %s", a.body)
		}
	}
}

// A question is answered once, with its ticket, from its own page.
func TestConsentForgery(t *testing.T) {
	w := dial(t, emulator.New(emulator.Config{}))
	client := w.ok(w.post("/client/register", registration()))
	page := w.get("/authorize?" + authorizeQuery(client).Encode())
	ticket := ticketPattern.FindStringSubmatch(page.body)[1]
	form := url.Values{"ticket": {ticket}, "decision": {"allow"}}

	for name, value := range map[string]string{"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"} {
		request := w.request("POST", "/consent", strings.NewReader(form.Encode()))
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set(name, value)
		if a := w.do(request); a.status != http.StatusForbidden {
			t.Errorf("%s: %s got %d", name, value, a.status)
		}
	}
	for _, forged := range []url.Values{
		{"ticket": {"guessed"}, "decision": {"allow"}},
		{"decision": {"allow"}},
		{"ticket": {ticket}, "decision": {"maybe"}},
		{"ticket": {ticket}},
	} {
		if a := w.submit(forged); a.status != http.StatusBadRequest {
			t.Errorf("%v got %d", forged, a.status)
		}
	}
	if a := w.get("/consent?" + form.Encode()); a.status != http.StatusMethodNotAllowed {
		t.Errorf("GET got %d", a.status)
	}
	if a := w.do(w.request("POST", "/consent?"+form.Encode(), nil)); a.status != http.StatusBadRequest {
		t.Errorf("an answer in the query got %d", a.status)
	}
	w.callback(w.submit(form))
	if a := w.submit(form); a.status != http.StatusBadRequest || !strings.Contains(a.body, "out of date") {
		t.Errorf("the second time: %d %s", a.status, a.body)
	}
}
