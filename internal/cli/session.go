package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/identitycenter"
	"aws-sso-config-generator/internal/profile"
	"aws-sso-config-generator/internal/signin"
)

// A login is how a run gets an access token: from the session that all AWS tools
// on this computer share, or from the person.
type login struct {
	*app
	signInOptions
	session signin.Session
	service identitycenter.Options
	client  *identitycenter.Client
	cache   signin.Cache // without a directory: there is no place for it
	got     signin.Login
	shared  bool // what was got is in the cache

	moved func(region string) error // asked before a sign-in in another region
}

// newLogin finds the session that goes with a place in the config file.
func (a *app) newLogin(o signInOptions, s profile.Session, legacy bool) (*login, error) {
	service, err := a.service(s.Region, o.debug)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errSignIn, err)
	}
	l := &login{app: a, signInOptions: o, session: signin.Session{Name: s.Name, StartURL: s.StartURL, Region: s.Region}, service: service}
	if legacy {
		l.session.Name = ""
	}
	if home, err := a.home(); err == nil {
		l.cache = a.cache(home)
	}
	if l.client, err = identitycenter.NewClient(l.service); err != nil {
		return nil, fmt.Errorf("%w: %w", errSignIn, err)
	}
	return l, nil
}

// cache is that of the AWS tools of a person.
func (a *app) cache(home string) signin.Cache {
	return signin.NewCache(home, func(err error) { a.Warn("%s", err) })
}

// portal gets a token and opens the access portal with it. Called again, it takes
// another token: the last one has just been rejected.
func (l *login) portal(ctx context.Context) (*identitycenter.Portal, error) {
	err := l.known(ctx)
	if signin.Ended(err) || errors.Is(err, signin.ErrCache) {
		l.sayWhy(err)
		err = l.signIn(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errSignIn, err)
	}
	return identitycenter.NewPortal(l.service, l.got.Token)
}

// known gets what the AWS tools are signed in with, refreshed if need be.
func (l *login) known(ctx context.Context) error {
	if l.cache.Dir == "" {
		return fmt.Errorf("%w: %w", signin.ErrCache, errNoHome)
	}
	found, err := l.cache.Login(ctx, l.client, l.session, l.got.Token.AccessToken)
	if found.Token.AccessToken == "" {
		return err
	}
	l.got, l.shared = found, err == nil
	if err != nil { // refreshed, and not kept
		l.Warn("%s; you are signed in for this run alone", err)
	}
	return nil
}

// sayWhy tells the person why they have to sign in, if that is news.
func (l *login) sayWhy(err error) {
	switch {
	case errors.Is(err, signin.ErrSignedOut), errors.Is(err, signin.ErrCache):
	case errors.Is(err, signin.ErrOtherPortal):
		l.Warn("%s, and is replaced", err)
		l.Hint("--sso-session-name gives this one another name")
	default:
		l.Say("Sign in once more: %s.", err)
	}
}

// errSignIn says what was being done.
var errSignIn = errors.New("sign in")

// signIn gets a token from the person, and leaves it where the AWS tools look, if
// it can: that is found out before anybody is asked. When the service does not know
// the start URL, the region may be wrong.
func (l *login) signIn(ctx context.Context) error {
	kept := l.keeps()
	seen, _ := l.cache.Read(l.session) // as far as there is anything
	err := l.ask(ctx)
	if found, ok := l.elsewhere(ctx, err); ok {
		if err := l.move(found); err != nil {
			return err
		}
		err = l.ask(ctx)
	}
	if err != nil {
		return err
	}
	if kept == nil {
		kept = l.cache.Keep(ctx, l.session, l.got, seen.Token.AccessToken)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	l.shared = kept == nil
	if kept != nil {
		l.Warn("%s; you are signed in for this run alone", kept)
	}
	return nil
}

// keeps says why a sign-in could not be kept.
func (l *login) keeps() error {
	if l.cache.Dir == "" {
		return fmt.Errorf("%w: %w", signin.ErrCache, errNoHome)
	}
	return l.cache.Check(l.session)
}

// ask has the person sign in.
func (l *login) ask(ctx context.Context) error {
	var end func()
	defer func() {
		if end != nil {
			end()
		}
	}()
	if l.beside != "" {
		l.Say("Sign in as the one that session %s is for. Your browser may still be signed in for session %s: a private window asks anew.", l.sessionName, l.beside)
	}
	service := l.service
	signIn := signin.AuthorizationCode
	if l.deviceCode {
		signIn, service = signin.DeviceCode, service.ForDevice(l.session.StartURL)
	}
	client, err := identitycenter.NewClient(service)
	if err != nil {
		return err
	}
	issuerURL := l.session.StartURL
	if service.OIDCEndpoint == "" { // else nobody but that endpoint is to be asked
		if issuerURL, err = identitycenter.Resolve(ctx, service, issuerURL); err != nil {
			return err
		}
	}
	l.got, err = signIn(ctx, signin.Config{
		Client:       client,
		StartURL:     issuerURL,
		Timeout:      l.timeout,
		KeepSignedIn: l.keepSignedIn && l.session.Name != "", // no tool refreshes the legacy layout
		CallbackPort: l.callbackPort,
		Show:         func(p signin.Prompt) { end = l.show(ctx, p, l.noBrowser) },
	})
	return err
}

// elsewhere finds out whether a sign-in failed because the access portal lives in
// another region.
func (l *login) elsewhere(ctx context.Context, err error) (identitycenter.Found, bool) {
	found, wrong := identitycenter.WrongRegion(err)
	if wrong && found.Region == "" {
		if found, err = identitycenter.FindRegion(ctx, l.service, l.session.StartURL); err != nil {
			return found, false
		}
	}
	return found, wrong && found.Region != l.session.Region
}

// move goes on in the region where the access portal lives.
func (l *login) move(found identitycenter.Found) error {
	l.Say("Your access portal is not in %s: the SSO region is %s, says %s.", l.session.Region, found.Region, found.From)
	if err := l.moved(found.Region); err != nil {
		return err
	}
	l.session.Region, l.service.Region = found.Region, found.Region
	var err error
	l.client, err = identitycenter.NewClient(l.service)
	return err
}

// signedIn says whether the AWS tools can use the session now, as far as this
// computer knows.
func (l *login) signedIn() bool {
	if l.got.Token.AccessToken == "" { // a run that needed none
		kept, err := l.cache.Read(l.session)
		return err == nil && kept.Usable(l.session) == nil
	}
	return l.shared
}

// sayUntil tells how long the person is signed in.
func (l *login) sayUntil() {
	signedIn := "You are signed in, for the AWS CLI and the SDKs, too, until "
	if len(l.app.settings.Sessions) > 1 {
		signedIn = "You are signed in to " + l.name() + ", for the AWS CLI and the SDKs, too, until "
	}
	switch {
	case !l.shared || l.isDemo || l.got.Token.AccessToken == "":
	case l.got.Refreshes(l.session) == nil:
		l.inform("%sthe service ends the session.", signedIn)
	case l.session.Name == "":
		l.inform("%s%s.", signedIn, clock(l.got.Token.ExpiresAt))
	case l.keepSignedIn:
		l.inform("%s%s. (It is kept from the next sign-in on.)", signedIn, clock(l.got.Token.ExpiresAt))
	default:
		l.inform("%s%s. ('%s' keeps you signed in.)", signedIn, clock(l.got.Token.ExpiresAt), l.howToSignIn(l.session))
	}
}

// howToSignIn is what to type to sign in to a session.
func (a *app) howToSignIn(s signin.Session) string {
	if _, known := session(a.settings, s.Name); known {
		return program + " login --session " + s.Name
	}
	switch {
	case s.Name == "":
		return program + " login --layout legacy --start-url " + shellWord(s.StartURL) + " --sso-region " + shellWord(s.Region)
	case s.Name == defaultSession:
		return program + " login"
	case awsconfig.CheckName(s.Name) != nil: // one that we write for nobody
		return "aws sso login --sso-session " + shellWord(s.Name)
	}
	return program + " login --sso-session-name " + s.Name
}

// clock is a time as people near it say it.
func clock(t time.Time) string {
	t = t.Local()
	if now := time.Now(); t.Sub(now) < 20*time.Hour && now.Sub(t) < 20*time.Hour {
		return t.Format("15:04")
	}
	return t.Format("2006-01-02 15:04")
}
