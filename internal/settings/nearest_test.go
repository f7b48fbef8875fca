package settings_test

import (
	"testing"

	"aws-sso-config-generator/internal/settings"
)

func TestNearest(t *testing.T) {
	names := []string{"start-url", "sso-region", "region", "out", "output", "to"}
	for word, want := range map[string]string{
		"start_url": "start-url", "StartURL": "start-url", "star": "start-url", "regoin": "region", "sso-regin": "sso-region",
		"outputs": "output", "out": "out", "ou": "out", "tp": "to", "x": "", "": "", "favourite": "", "regression": "",
	} {
		if got := settings.Nearest(word, names); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
}
