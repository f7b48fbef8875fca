package identitycenter_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"aws-sso-config-generator/internal/identitycenter"
)

func TestASecretPrintsNothingOfItself(t *testing.T) {
	secret := identitycenter.Secret("hush")
	token := identitycenter.Token{AccessToken: secret}
	encoded, err := json.Marshal(token)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "secret", secret, "token", token)
	for _, text := range []string{
		fmt.Sprint(secret), fmt.Sprintf("%s %v %q %x %X %#v %+v %d", secret, secret, secret, secret, secret, secret, secret, secret),
		fmt.Sprintf("%v %+v %#v", token, token, &token), string(encoded), log.String(),
	} {
		if strings.Contains(text, "hush") || strings.Contains(text, "68757368") || !strings.Contains(text, "[redacted]") {
			t.Errorf("%s", text)
		}
	}
}
