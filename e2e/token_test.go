package e2e

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// cacheToken signs in with a device code, as 'aws sso login' does, and leaves the token
// where the SDKs look for it: the name of the file is the SHA-1 of the session's
// name, or of the start URL for profiles that name no session.
func (h *home) cacheToken(legacy bool) {
	h.t.Helper()
	startURL := h.variable("AWS_SSO_CONFIG_GENERATOR_START_URL")
	client := h.post("/client/register", map[string]any{
		"clientName": "e2e", "clientType": "public", "scopes": []string{"sso:account:access"},
	})
	device := h.post("/device_authorization", map[string]any{
		"clientId": client["clientId"], "clientSecret": client["clientSecret"], "startUrl": startURL,
	})
	token := h.post("/token", map[string]any{
		"clientId": client["clientId"], "clientSecret": client["clientSecret"],
		"grantType": "urn:ietf:params:oauth:grant-type:device_code", "deviceCode": device["deviceCode"],
	})
	utc := func(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
	file, err := json.Marshal(map[string]any{
		"startUrl":              startURL,
		"region":                h.variable("AWS_SSO_CONFIG_GENERATOR_SSO_REGION"),
		"accessToken":           token["accessToken"],
		"expiresAt":             utc(time.Unix(time.Now().Unix()+int64(token["expiresIn"].(float64)), 0)),
		"clientId":              client["clientId"],
		"clientSecret":          client["clientSecret"],
		"registrationExpiresAt": utc(time.Unix(int64(client["clientSecretExpiresAt"].(float64)), 0)),
		"refreshToken":          token["refreshToken"],
	})
	if err != nil {
		h.t.Fatal(err)
	}
	key := "my-sso"
	if legacy {
		key = startURL
	}
	sum := sha1.Sum([]byte(key))
	path := filepath.Join(h.dir, ".aws", "sso", "cache", hex.EncodeToString(sum[:])+".json")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(path, file, 0o600); err != nil {
		h.t.Fatal(err)
	}
}

// post calls the service without our client or anybody's SDK.
func (h *home) post(path string, body map[string]any) map[string]any {
	h.t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		h.t.Fatal(err)
	}
	response, err := http.Post(h.variable("AWS_ENDPOINT_URL_SSO_OIDC")+path, "application/json", bytes.NewReader(data))
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var answer map[string]any
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || response.StatusCode != http.StatusOK {
		h.t.Fatalf("POST %s: %s, %v, %v", path, response.Status, answer, err)
	}
	return answer
}
