package signin

import (
	"errors"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"aws-sso-config-generator/internal/emulator"
	"aws-sso-config-generator/internal/identitycenter"
)

// corp is the session of these tests.
var corp = Session{Name: "corp", StartURL: emulator.DefaultStartURL, Region: "us-east-1"}

// A desk is a computer on which somebody signs in, in virtual time.
type desk struct {
	t       *testing.T
	service *emulator.Emulator
	client  *identitycenter.Client
	cache   Cache
	told    []error // what the cache said
	asking  func()  // is called before the service is
}

func newDesk(t *testing.T, config emulator.Config) *desk {
	t.Helper()
	config.AutoApprove = true
	d := &desk{t: t, service: emulator.New(config)}
	var err error
	if d.client, err = identitycenter.NewClient(identitycenter.Options{Region: "us-east-1", Transport: witness{d.service.Transport(), func(*http.Request, []byte) {
		if d.asking != nil {
			d.asking()
		}
	}}}); err != nil {
		t.Fatal(err)
	}
	d.cache = Cache{Dir: filepath.Join(t.TempDir(), ".aws", "sso", "cache"), Warn: func(err error) { d.told = append(d.told, err) }}
	return d
}

// signIn signs in with a device code, and keeps it.
func (d *desk) signIn(s Session, keep bool) Login {
	d.t.Helper()
	seen, _ := d.cache.Read(s) // as far as there is anything
	l, err := DeviceCode(d.t.Context(), Config{Client: d.client, StartURL: s.StartURL, KeepSignedIn: keep, Show: func(Prompt) {}})
	if err == nil {
		err = d.cache.Keep(d.t.Context(), s, l, seen.Token.AccessToken)
	}
	if err != nil {
		d.t.Fatal(err)
	}
	return l
}

func (d *desk) token(s Session, rejected identitycenter.Secret) (Login, error) {
	return d.cache.Login(d.t.Context(), d.client, s, rejected)
}

// works asks whether the access portal takes a login.
func (d *desk) works(l Login) {
	d.t.Helper()
	portal, err := identitycenter.NewPortal(identitycenter.Options{Region: "us-east-1", Transport: d.service.Transport()}, l.Token)
	if err == nil {
		_, err = portal.Accounts(d.t.Context(), "")
	}
	if err != nil {
		d.t.Error(err)
	}
}

func (d *desk) read(s Session) string {
	d.t.Helper()
	data, err := os.ReadFile(d.cache.Path(s))
	if err != nil {
		d.t.Fatal(err)
	}
	return string(data)
}

func (d *desk) write(s Session, text string) {
	d.t.Helper()
	if err := os.WriteFile(d.cache.Path(s), []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

// inWorld runs a test in virtual time.
func inWorld(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, test)
}

func TestFilesHaveTheNamesThatAllToolsLookFor(t *testing.T) {
	for s, want := range map[Session]string{
		{Name: "corp", StartURL: "https://d-1234567890.awsapps.com/start"}: "ee0bfd2552fbd840c02cc48b6e823320543c450f.json",
		{StartURL: "https://d-1234567890.awsapps.com/start"}:               "7487b5b67d5fa1132cf33fa93ae51ef38cc37752.json",
	} {
		if got := (Cache{Dir: "cache"}).Path(s); got != filepath.Join("cache", want) {
			t.Errorf("%+v: %s", s, got)
		}
	}
}

func TestASignInIsSharedWithTheOtherTools(t *testing.T) {
	inWorld(t, func(t *testing.T) {
		d := newDesk(t, emulator.Config{})
		l := d.signIn(corp, true)
		want := `{"startUrl":"https://d-1234567890.awsapps.com/start","region":"us-east-1",` +
			`"accessToken":"` + string(l.Token.AccessToken) + `","expiresAt":"` + l.Token.ExpiresAt.UTC().Format("2006-01-02T15:04:05Z") + `",` +
			`"clientId":"` + l.Registration.ClientID + `","clientSecret":"` + string(l.Registration.ClientSecret) + `",` +
			`"registrationExpiresAt":"` + l.Registration.ExpiresAt.UTC().Format("2006-01-02T15:04:05Z") + `",` +
			`"refreshToken":"` + string(l.Token.RefreshToken) + `"}` + "\n"
		if got := d.read(corp); got != want {
			t.Errorf("%s\nwant\n%s", got, want)
		}
		if runtime.GOOS == "windows" {
			return
		}
		for path, want := range map[string]fs.FileMode{d.cache.Path(corp): 0o600, d.cache.Dir: 0o700, filepath.Dir(filepath.Dir(d.cache.Dir)): 0o700} {
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
				t.Errorf("%s: %v, %v", path, info.Mode(), err)
			}
		}
	})
}

func TestAValidTokenIsUsedWithoutARequest(t *testing.T) {
	inWorld(t, func(t *testing.T) {
		d := newDesk(t, emulator.Config{})
		if _, err := d.token(corp, ""); !errors.Is(err, ErrSignedOut) || !Ended(err) {
			t.Errorf("before: %v", err)
		}
		l := d.signIn(corp, true)
		before := d.service.Stats().Requests["CreateToken"]
		time.Sleep(54 * time.Minute)
		again, err := d.token(corp, "")
		if err != nil || again.Token.AccessToken != l.Token.AccessToken || d.service.Stats().Requests["CreateToken"] != before {
			t.Errorf("%v, %v", again, err)
		}
		d.works(again)
	})
}

// Refreshed before it expires, for hours, however the service goes about refresh
// tokens, until the session ends.
func TestASessionIsRefreshedUntilItEnds(t *testing.T) {
	for _, rotation := range []emulator.Rotation{emulator.Rotate, emulator.Keep, emulator.Strict} {
		inWorld(t, func(t *testing.T) {
			d := newDesk(t, emulator.Config{RefreshRotation: rotation})
			d.signIn(corp, true)
			for range 14 {
				time.Sleep(30 * time.Minute)
				l, err := d.token(corp, "")
				if err != nil {
					t.Fatalf("%s: %v", rotation, err)
				}
				d.works(l)
			}
			time.Sleep(2 * time.Hour)
			_, err := d.token(corp, "")
			if !errors.Is(err, ErrRefreshRefused) || !Ended(err) || !errors.Is(err, identitycenter.ErrInvalidGrant) {
				t.Errorf("%s: after the end: %v", rotation, err)
			}
		})
	}
}

func TestWhyAPersonHasToSignIn(t *testing.T) {
	legacy := Session{StartURL: corp.StartURL, Region: corp.Region}
	for name, test := range map[string]struct {
		session Session
		keep    bool
		meet    func(*desk, *Login) // what happens to the session
		want    error
	}{
		"not kept":      {corp, false, func(*desk, *Login) { time.Sleep(2 * time.Hour) }, ErrExpired},
		"legacy, kept":  {legacy, true, func(*desk, *Login) { time.Sleep(2 * time.Hour) }, ErrExpiredLegacy},
		"legacy":        {legacy, false, func(*desk, *Login) { time.Sleep(2 * time.Hour) }, ErrExpiredLegacy},
		"administrator": {corp, true, func(d *desk, _ *Login) { d.service.Revoke(); time.Sleep(2 * time.Hour) }, ErrRefreshRefused},
		"registration": {corp, true, func(d *desk, l *Login) {
			l.Registration.ExpiresAt = time.Now().Add(time.Minute)
			if err := d.cache.Keep(d.t.Context(), corp, *l, ""); err != nil {
				d.t.Fatal(err)
			}
			time.Sleep(2 * time.Hour)
		}, ErrRegistrationExpired},
		"other portal": {corp, true, func(d *desk, _ *Login) {
			d.write(corp, strings.ReplaceAll(d.read(corp), "d-1234567890", "d-0000000000"))
		}, ErrOtherPortal},
		"other region": {corp, true, func(d *desk, _ *Login) {
			d.write(corp, strings.ReplaceAll(d.read(corp), "us-east-1", "eu-west-1"))
		}, ErrOtherPortal},
		"no portal at all": {corp, true, func(d *desk, _ *Login) { d.write(corp, `{"accessToken":"x","expiresAt":"2099-01-01T00:00:00Z"}`) }, ErrDamaged},
		"cut":              {corp, true, func(d *desk, _ *Login) { d.write(corp, d.read(corp)[:100]) }, ErrDamaged},
		"empty":            {corp, true, func(d *desk, _ *Login) { d.write(corp, "") }, ErrDamaged},
		"not for tokens":   {corp, true, func(d *desk, _ *Login) { d.write(corp, `{"startUrl":"x"}`) }, ErrDamaged},
		"not an object":    {corp, true, func(d *desk, _ *Login) { d.write(corp, `["accessToken"]`) }, ErrDamaged},
		"null":             {corp, true, func(d *desk, _ *Login) { d.write(corp, `null`) }, ErrDamaged},
		"no date":          {corp, true, func(d *desk, _ *Login) { d.write(corp, `{"accessToken":"x","expiresAt":"tomorrow"}`) }, ErrDamaged},
		"a wrong type":     {corp, true, func(d *desk, _ *Login) { d.write(corp, `{"accessToken":{},"expiresAt":1}`) }, ErrDamaged},
		"huge":             {corp, true, func(d *desk, _ *Login) { d.write(corp, strings.Repeat(" ", 2<<20)) }, ErrDamaged},
		"signed out": {corp, true, func(d *desk, _ *Login) {
			if _, err := d.cache.Forget(d.t.Context(), corp, maps.All(map[string]string(nil))); err != nil {
				d.t.Fatal(err)
			}
		}, ErrSignedOut},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T) {
				d := newDesk(t, emulator.Config{})
				l := d.signIn(test.session, test.keep)
				test.meet(d, &l)
				got, err := d.token(test.session, "")
				if !errors.Is(err, test.want) || !Ended(err) || got != (Login{}) {
					t.Errorf("%v, %v", got, err)
				}
				if err != nil && strings.Contains(err.Error(), string(l.Token.AccessToken)) {
					t.Errorf("the error has the token: %v", err)
				}
				// The next sign-in makes it good again.
				d.works(d.signIn(test.session, true))
				if l, err := d.token(test.session, ""); err != nil {
					t.Errorf("healed: %v", err)
				} else {
					d.works(l)
				}
			})
		})
	}
}

// A token that the service has rejected is not served again, however long it
// should live.
func TestARejectedTokenIsRefreshed(t *testing.T) {
	inWorld(t, func(t *testing.T) {
		d := newDesk(t, emulator.Config{})
		l := d.signIn(corp, true)
		renewed, err := d.token(corp, l.Token.AccessToken)
		if err != nil || renewed.Token.AccessToken == l.Token.AccessToken {
			t.Fatalf("%v, %v", renewed, err)
		}
		d.works(renewed)
		// Another run that had the old one takes what the first has fetched.
		before := d.service.Stats().Requests["CreateToken"]
		if again, err := d.token(corp, l.Token.AccessToken); err != nil || again.Token.AccessToken != renewed.Token.AccessToken || d.service.Stats().Requests["CreateToken"] != before {
			t.Errorf("%v, %v", again, err)
		}
		d.service.Revoke()
		if _, err := d.token(corp, renewed.Token.AccessToken); !errors.Is(err, ErrRefreshRefused) {
			t.Errorf("revoked: %v", err)
		}
		l = d.signIn(corp, false)
		if _, err := d.token(corp, l.Token.AccessToken); !errors.Is(err, ErrRejected) {
			t.Errorf("not kept: %v", err)
		}
	})
}
