package emulator_test

import (
	"net/http"
	"strings"
	"testing"

	"aws-sso-config-generator/internal/emulator"
)

// elsewhere is the same services in another region.
func (w *wire) elsewhere() *wire {
	other := *w
	other.base = "https://oidc.eu-central-1.amazonaws.com"
	return &other
}

// The service of another region registers clients, but knows neither the instance
// nor anybody from there.
func TestWrongRegion(t *testing.T) {
	w := dial(t, emulator.New(emulator.Config{AutoApprove: true}))
	other := w.elsewhere()
	client, tokens := w.signIn(with(registration(), "grantTypes", []string{codeGrant, refreshGrant}))

	other.refused(other.post("/client/register", registration()), 400, "InvalidClientMetadataException", "invalid_client_metadata")
	a := other.get("/authorize?" + authorizeQuery(client).Encode())
	if a.status != http.StatusBadRequest || !strings.Contains(a.body, "Invalid client provided") {
		t.Errorf("authorize: %d %s", a.status, a.body)
	}
	other.refused(other.post("/token", exchange(client, w.code(client))), 401, "InvalidClientException", "invalid_client")
	other.refused(other.post("/token", refreshing(client, tokens["refreshToken"])), 401, "InvalidClientException", "invalid_client")
	accessToken := tokens["accessToken"].(string)
	other.refused(other.portal("/assignment/accounts", accessToken), 401, "UnauthorizedException", "")
	other.refused(other.do(other.portalRequest("POST", "/logout", accessToken)), 401, "UnauthorizedException", "")
	w.ok(w.portal("/assignment/accounts", accessToken))
}

// A device is registered without the instance, so that the mistake shows later.
func TestDeviceInWrongRegion(t *testing.T) {
	w := dial(t, emulator.New(emulator.Config{}))
	other := w.elsewhere()
	client := other.ok(other.post("/client/register", deviceRegistration()))
	start := object{"clientId": client["clientId"], "clientSecret": client["clientSecret"], "startUrl": emulator.DefaultStartURL}
	other.refused(other.post("/device_authorization", start), 400, "InvalidRequestException", "invalid_request")
	w.refused(w.post("/device_authorization", start), 401, "InvalidClientException", "invalid_client")

	device, _ := w.startDevice(deviceRegistration())
	if a := other.get("/device?user_code=" + device["userCode"].(string)); a.status != http.StatusNotFound {
		t.Errorf("a code of another region: %d %s", a.status, a.body)
	}
}

// Without a service's name, as on loopback, the instance's own region answers; and
// FIPS and dual-stack hosts stand in the same region.
func TestRightRegion(t *testing.T) {
	w := listen(t, emulator.New(emulator.Config{AutoApprove: true, Organization: demo(), Region: "cn-north-1"}))
	w.ok(w.portal("/assignment/accounts", w.accessToken()))

	w = dial(t, emulator.New(emulator.Config{AutoApprove: true, Organization: demo(), Region: "cn-north-1"}))
	accessToken := ""
	for _, base := range []string{
		"https://oidc.cn-north-1.amazonaws.com.cn", "https://oidc-fips.cn-north-1.amazonaws.com.cn",
		"https://oidc.cn-north-1.api.amazonwebservices.com.cn", "https://oidc.cn-north-1.amazonaws.com.cn:443",
	} {
		if w.base = base; accessToken == "" {
			accessToken = w.accessToken()
		}
		w.ok(w.post("/client/register", registration()))
		w.ok(w.portal("/assignment/accounts", accessToken))
	}
}
