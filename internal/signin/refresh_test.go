package signin

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"aws-sso-config-generator/internal/emulator"
	"aws-sso-config-generator/internal/identitycenter"
)

// What the AWS CLI and the SDKs write is read, used, refreshed; and what they
// have added stays.
func TestWhatOtherToolsWrote(t *testing.T) {
	inWorld(t, func(t *testing.T) {
		d := newDesk(t, emulator.Config{})
		l := d.signIn(corp, true)
		for name, layout := range map[string]string{
			"AWS CLI 2":      "2006-01-02T15:04:05Z",
			"AWS CLI 1":      "2006-01-02T15:04:05UTC",
			"JavaScript SDK": "2006-01-02T15:04:05.000Z",
			"Python":         "2006-01-02T15:04:05+00:00",
		} {
			theirs, err := json.MarshalIndent(map[string]any{
				"startUrl": corp.StartURL + "/#/", "region": corp.Region, "accessToken": string(l.Token.AccessToken), "expiresAt": time.Now().Add(time.Hour).UTC().Format(layout),
				"clientId": l.Registration.ClientID, "clientSecret": string(l.Registration.ClientSecret), "refreshToken": string(l.Token.RefreshToken), "registrationExpiresAt": nil, "idToken": nil, "theirs": map[string]any{"a<b": 1},
			}, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			d.write(corp, string(theirs))
			if got, err := d.token(corp, ""); err != nil || got.Token.AccessToken != l.Token.AccessToken {
				t.Errorf("%s: %v, %v", name, got, err)
			}
			time.Sleep(time.Hour)
			got, err := d.token(corp, "")
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			d.works(got)
			if file := d.read(corp); !strings.Contains(file, `"startUrl":"https://d-1234567890.awsapps.com/start/#/"`) ||
				!strings.HasSuffix(strings.Join(strings.Fields(file), ""), `"idToken":null,"theirs":{"a\u003cb":1}}`) || !json.Valid([]byte(file)) {
				t.Errorf("%s: %d bytes, that end in %s", name, len(file), file[len(file)-100:])
			}
			l = got
		}
	})
}

// Another tool is in the middle of writing: it is done in a moment.
func TestAHalfWrittenFile(t *testing.T) {
	inWorld(t, func(t *testing.T) {
		d := newDesk(t, emulator.Config{})
		d.signIn(corp, true)
		whole := d.read(corp)
		d.write(corp, whole[:len(whole)/2])
		time.AfterFunc(halfWritten/2, func() { d.write(corp, whole) })
		if _, err := d.token(corp, ""); err != nil {
			t.Error(err)
		}
	})
}

// Another tool was faster, and our refresh token is worth nothing any more. What it
// got is written a moment after we are told.
func TestAnotherToolRefreshesMeanwhile(t *testing.T) {
	inWorld(t, func(t *testing.T) {
		d := newDesk(t, emulator.Config{})
		d.signIn(corp, true)
		old := d.read(corp)
		time.Sleep(58 * time.Minute)
		theirs, err := d.token(corp, "")
		if err != nil {
			t.Fatal(err)
		}
		now := d.read(corp)
		time.Sleep(5 * time.Minute) // and the grace is over
		d.write(corp, old)
		d.asking = func() { time.AfterFunc(handover/2, func() { d.write(corp, now) }) }
		l, err := d.token(corp, "")
		if err != nil || l.Token.AccessToken != theirs.Token.AccessToken {
			t.Errorf("%v, %v", l, err)
		}
	})
}

func TestTwentyRunsRefreshOnce(t *testing.T) {
	inWorld(t, func(t *testing.T) {
		d := newDesk(t, emulator.Config{Latency: 100 * time.Millisecond})
		d.signIn(corp, true)
		time.Sleep(time.Hour)
		before := d.service.Stats().Requests["CreateToken"]
		var runs sync.WaitGroup
		for range 20 {
			runs.Go(func() {
				if l, err := d.token(corp, ""); err != nil {
					t.Error(err)
				} else {
					d.works(l)
				}
			})
		}
		runs.Wait()
		if n := d.service.Stats().Requests["CreateToken"] - before; n != 1 {
			t.Errorf("%d refreshes", n)
		}
	})
}

// A service that is away is not a session that is over.
func TestTheServiceIsAway(t *testing.T) {
	inWorld(t, func(t *testing.T) {
		d := newDesk(t, emulator.Config{Faults: []emulator.Fault{{Operation: "CreateToken", Answer: "503", After: 1}}})
		l := d.signIn(corp, true)
		time.Sleep(57 * time.Minute)
		if got, err := d.token(corp, ""); err != nil || got.Token.AccessToken != l.Token.AccessToken {
			t.Errorf("still valid: %v, %v", got, err)
		}
		time.Sleep(time.Hour)
		if _, err := d.token(corp, ""); !errors.Is(err, identitycenter.ErrTransient) || Ended(err) {
			t.Errorf("expired: %v", err)
		}
		if got, err := d.cache.Read(corp); err != nil || got.Token.RefreshToken != l.Token.RefreshToken {
			t.Errorf("kept: %v, %v", got, err)
		}
	})
}

// A directory in which others could write is made private before it is used; what
// others put there is not.
func TestAnOpenCache(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no modes")
	}
	d := newDesk(t, emulator.Config{})
	d.signIn(corp, true)
	for path, mode := range map[string]fs.FileMode{d.cache.Dir: 0o777, d.cache.Path(corp): 0o644} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.token(corp, ""); err != nil || len(d.told) != 2 {
		t.Errorf("%v, told %v", err, d.told)
	}
	for path, want := range map[string]fs.FileMode{d.cache.Dir: 0o755, d.cache.Path(corp): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	elsewhere := filepath.Join(t.TempDir(), "token")
	if err := errors.Join(os.Rename(d.cache.Path(corp), elsewhere), os.Symlink(elsewhere, d.cache.Path(corp))); err != nil {
		t.Fatal(err)
	}
	if _, err := d.token(corp, ""); !errors.Is(err, ErrCache) {
		t.Errorf("a link: %v", err)
	}
	if err := d.cache.Keep(t.Context(), corp, Login{}, ""); !errors.Is(err, ErrCache) {
		t.Errorf("a link, written: %v", err)
	}
}

// A cache that cannot be written is not refreshed from: the refresh token would be
// used up, and nobody would have the new one.
func TestACacheThatCannotBeWritten(t *testing.T) {
	if os.Geteuid() == 0 || runtime.GOOS == "windows" {
		t.Skip("modes stop nobody here")
	}
	d := newDesk(t, emulator.Config{TokenLifetime: time.Second, SessionLifetime: time.Hour})
	l := d.signIn(corp, true)
	before := d.service.Stats().Requests["CreateToken"]
	if err := os.Chmod(d.cache.Dir, 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(d.cache.Dir, 0o700) })
	if _, err := d.token(corp, l.Token.AccessToken); !errors.Is(err, ErrCache) || d.service.Stats().Requests["CreateToken"] != before {
		t.Errorf("%v", err)
	}
	if err := d.cache.Keep(t.Context(), corp, l, ""); !errors.Is(err, ErrCache) {
		t.Errorf("kept: %v", err)
	}
}

// Ctrl-C ends the wait for another run.
func TestInterruptedWhileAnotherRunRefreshes(t *testing.T) {
	inWorld(t, func(t *testing.T) {
		d := newDesk(t, emulator.Config{})
		d.signIn(corp, true)
		time.Sleep(time.Hour)
		unlock, err := d.cache.lock(t.Context(), corp)
		if err != nil {
			t.Fatal(err)
		}
		defer unlock()
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		if _, err := d.cache.Login(ctx, d.client, corp, ""); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		// One that hangs does not hold up all others for ever.
		if _, err := d.token(corp, ""); err != nil {
			t.Error(err)
		}
	})
}

// Whatever way the service says no to a refresh, for good, it is the person's turn.
func TestEveryRefusalOfARefresh(t *testing.T) {
	for answer, ended := range map[string]bool{
		"InvalidGrantException": true, "InvalidClientException": true, "UnauthorizedClientException": true, "UnsupportedGrantTypeException": true,
		"InvalidRequestException": true, "InvalidScopeException": true, "AccessDeniedException": true, "ExpiredTokenException": true,
		"SlowDownException": false, "InternalServerException": false, "html": false, "403": false, "429": false,
	} {
		inWorld(t, func(t *testing.T) {
			d := newDesk(t, emulator.Config{Faults: []emulator.Fault{{Operation: "CreateToken", Answer: answer, After: 1}}})
			d.signIn(corp, true)
			time.Sleep(2 * time.Hour)
			if _, err := d.token(corp, ""); err == nil || Ended(err) != ended {
				t.Errorf("%s: %v", answer, err)
			}
		})
	}
}

// While the person was in front of the browser, another tool signed in, for longer.
func TestABetterSessionArrivesMeanwhile(t *testing.T) {
	inWorld(t, func(t *testing.T) {
		d := newDesk(t, emulator.Config{})
		ours := d.signIn(corp, false)
		theirs := d.signIn(corp, true)
		if err := d.cache.Keep(t.Context(), corp, ours, ""); err != nil {
			t.Fatal(err)
		}
		if l, err := d.cache.Read(corp); err != nil || l.Token.AccessToken != theirs.Token.AccessToken {
			t.Errorf("lost: %v, %v", l, err)
		}
		// The one that was there before, and needed a person, does not stay.
		if err := d.cache.Keep(t.Context(), corp, ours, theirs.Token.AccessToken); err != nil {
			t.Fatal(err)
		}
		if l, err := d.cache.Read(corp); err != nil || l.Token.AccessToken != ours.Token.AccessToken {
			t.Errorf("stays: %v, %v", l, err)
		}
	})
}

// While the old token is good, nobody waits for a service that hangs.
func TestAHangingServiceIsNotWaitedFor(t *testing.T) {
	inWorld(t, func(t *testing.T) {
		d := newDesk(t, emulator.Config{Faults: []emulator.Fault{{Operation: "CreateToken", Answer: "hang", After: 1}}})
		l := d.signIn(corp, true)
		time.Sleep(57 * time.Minute)
		start := time.Now()
		if got, err := d.token(corp, ""); err != nil || got.Token.AccessToken != l.Token.AccessToken || time.Since(start) > 10*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}
