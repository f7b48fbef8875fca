package signin

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"aws-sso-config-generator/internal/emulator"
	"aws-sso-config-generator/internal/identitycenter"
)

// device runs a device sign-in in virtual time and says how long it took.
func device(t *testing.T, config emulator.Config, check func(e *emulator.Emulator, took time.Duration, err error)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(config)
		client, err := identitycenter.NewClient(identitycenter.Options{Region: "us-east-1", Transport: e.Transport()})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		prompted := false
		token, err := DeviceCode(t.Context(), Config{Client: client, StartURL: emulator.DefaultStartURL, Show: func(p Prompt) {
			prompted = p.UserCode != "" && strings.Contains(p.URL, p.UserCode) && p.VerificationURI != ""
		}})
		if err == nil && token.Token.AccessToken == "" {
			t.Error("no error and no token")
		}
		if !prompted {
			t.Error("the person was not told code and address")
		}
		check(e, time.Since(start), err)
	})
}

func TestDeviceCodePollsAtTheServicesInterval(t *testing.T) {
	for interval, want := range map[time.Duration]time.Duration{0: 5 * time.Second, time.Second: time.Second, 7 * time.Second: 7 * time.Second} {
		device(t, emulator.Config{AutoApprove: true, Interval: interval, EnforceInterval: true}, func(_ *emulator.Emulator, took time.Duration, err error) {
			if err != nil || took != want {
				t.Errorf("interval %v: %v after %v", interval, err, took)
			}
		})
	}
}

func TestDeviceCodeWaitsWhileThePersonDecides(t *testing.T) {
	device(t, emulator.Config{AutoApprove: true, Interval: time.Second, Faults: []emulator.Fault{
		{Operation: "CreateToken", Answer: "AuthorizationPendingException", Times: 4},
	}}, func(e *emulator.Emulator, took time.Duration, err error) {
		if err != nil || took != 5*time.Second || e.Stats().Requests["CreateToken"] != 5 {
			t.Errorf("%v after %v", err, took)
		}
	})
}

func TestDeviceCodeSlowsDownForGood(t *testing.T) {
	device(t, emulator.Config{AutoApprove: true, Interval: time.Second, Faults: []emulator.Fault{
		{Operation: "CreateToken", Answer: "SlowDownException", Times: 2},
		{Operation: "CreateToken", Answer: "AuthorizationPendingException", After: 2, Times: 1},
	}}, func(_ *emulator.Emulator, took time.Duration, err error) {
		if want := (1 + 6 + 11 + 11) * time.Second; err != nil || took != want {
			t.Errorf("%v after %v, want %v", err, took, want)
		}
	})
}

func TestDeviceCodeIsRefused(t *testing.T) {
	device(t, emulator.Config{Faults: []emulator.Fault{{Operation: "CreateToken", Answer: "AccessDeniedException"}}},
		func(_ *emulator.Emulator, took time.Duration, err error) {
			if !errors.Is(err, ErrRefused) || took != 5*time.Second {
				t.Errorf("%v after %v", err, took)
			}
		})
}

func TestDeviceCodeExpires(t *testing.T) {
	// The service says so, or its word is late and our own clock ends the wait.
	device(t, emulator.Config{Faults: []emulator.Fault{{Operation: "CreateToken", Answer: "ExpiredTokenException", After: 3}}},
		func(_ *emulator.Emulator, took time.Duration, err error) {
			if !errors.Is(err, ErrTimeout) || took != 20*time.Second {
				t.Errorf("%v after %v", err, took)
			}
		})
	device(t, emulator.Config{DeviceLifetime: time.Minute, Faults: []emulator.Fault{{Operation: "CreateToken", Answer: "AuthorizationPendingException"}}},
		func(_ *emulator.Emulator, took time.Duration, err error) {
			if !errors.Is(err, ErrTimeout) || took != time.Minute {
				t.Errorf("%v after %v", err, took)
			}
		})
}

func TestDeviceCodeEndsWithThePersonsTime(t *testing.T) {
	device(t, emulator.Config{DeviceLifetime: time.Hour}, func(_ *emulator.Emulator, took time.Duration, err error) {
		if !errors.Is(err, ErrTimeout) || took != DefaultTimeout {
			t.Errorf("%v after %v", err, took)
		}
	})
}

func TestDeviceCodeOutlivesANetworkThatIsAway(t *testing.T) {
	device(t, emulator.Config{AutoApprove: true, Interval: time.Second, Faults: []emulator.Fault{
		{Operation: "CreateToken", Answer: "reset", Times: 9}, // three tries at each of three polls
		{Operation: "CreateToken", Answer: "429", After: 9, Times: 1},
	}}, func(_ *emulator.Emulator, _ time.Duration, err error) {
		if err != nil {
			t.Error(err)
		}
	})
	device(t, emulator.Config{DeviceLifetime: time.Minute, Faults: []emulator.Fault{{Operation: "CreateToken", Answer: "reset"}}},
		func(_ *emulator.Emulator, took time.Duration, err error) {
			if !errors.Is(err, ErrTimeout) || !errors.Is(err, identitycenter.ErrTransient) || took != time.Minute {
				t.Errorf("%v after %v", err, took)
			}
		})
}

func TestDeviceCodeShowsNoAddressThatIsNotSafeToOpen(t *testing.T) {
	for _, address := range []string{"javascript:alert(1)", "--help", "file:///etc/passwd", "http://example.com/", "https://example.com/`x`", "https://example.com/\"x"} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			answer := map[string]any{"clientId": "id", "clientSecret": "secret"}
			if r.URL.Path == "/device_authorization" {
				answer = map[string]any{"deviceCode": "d", "userCode": "AAAA-BBBB", "verificationUri": "https://example.com/", "verificationUriComplete": address}
			}
			_ = json.NewEncoder(w).Encode(answer)
		}))
		transport := &http.Transport{}
		client, err := identitycenter.NewClient(identitycenter.Options{Region: "us-east-1", OIDCEndpoint: server.URL, Transport: transport})
		if err != nil {
			t.Fatal(err)
		}
		_, err = DeviceCode(t.Context(), Config{Client: client, StartURL: emulator.DefaultStartURL, Show: func(p Prompt) { t.Errorf("shows %+v", p) }})
		if err == nil || !strings.Contains(err.Error(), "not safe to open") {
			t.Errorf("%s: %v", address, err)
		}
		transport.CloseIdleConnections()
		server.Close()
	}
}
