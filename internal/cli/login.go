package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/identitycenter"
	"aws-sso-config-generator/internal/profile"
	"aws-sso-config-generator/internal/signin"
)

// signInOptions are the flags of whoever signs in.
type signInOptions struct {
	startURL, ssoRegion, sessionName    string
	layout                              string
	deviceCode, noBrowser, keepSignedIn bool
	callbackPort                        int
	timeout                             time.Duration
	debug                               bool
}

// defaultSession is what a session is called by who does not call it anything.
const defaultSession = "my-sso"

// where adds the flags that say which session.
func (o *signInOptions) where(f *pflag.FlagSet) {
	f.StringVarP(&o.startURL, "start-url", "u", "", "`URL` of your access portal, as in https://d-1234567890.awsapps.com/start")
	f.StringVar(&o.ssoRegion, "sso-region", "", "`REGION` where the access portal lives")
	f.StringVar(&o.sessionName, "sso-session-name", defaultSession, "`NAME` of the [sso-session] and of our block in the file")
}

// how adds the flags that say how to sign in.
func (o *signInOptions) how(f *pflag.FlagSet) {
	f.BoolVar(&o.deviceCode, "device-code", false, "sign in by comparing a code, on any device")
	f.BoolVar(&o.noBrowser, "no-browser", false, "only print the address to open")
	f.IntVar(&o.callbackPort, "callback-port", 0, "`PORT` of this machine that your browser comes back to (default: any that is free)")
	f.DurationVar(&o.timeout, "timeout", signin.DefaultTimeout, "`DURATION` that the sign-in may take, such as 30m")
}

// layoutFlag adds the flag that says what kind of profiles the session is for.
func (o *signInOptions) layoutFlag(f *pflag.FlagSet, fallback profile.Layout) {
	usage := "`LAYOUT` of the profiles: sso-session, or legacy for older tools"
	if fallback == "" {
		usage += " (default what the file has)"
	}
	f.StringVar(&o.layout, "layout", string(fallback), usage)
}

// completeSignIn says what shells offer as the values of these flags.
func completeSignIn(cmd *cobra.Command) {
	complete(cmd, map[string][]string{"layout": layoutNames(), "start-url": nil, "sso-region": nil, "sso-session-name": nil})
}

func (o *signInOptions) debugFlag(f *pflag.FlagSet) {
	f.BoolVar(&o.debug, "debug", false, "log every request on standard error, without secrets")
}

// A login is how a run gets an access token: from the session that all AWS tools
// on this computer share, or from the person.
type login struct {
	*app
	signInOptions
	session signin.Session
	service identitycenter.Options
	client  *identitycenter.Client
	cache   signin.Cache // without a directory: there is no place for it
	now     signin.Login // what was got
	shared  bool         // and is in the cache

	moved func(region string) error // asked before a sign-in in another region; nil: nobody minds
}

// tokens is the cache of a person.
func (a *app) tokens(home string) signin.Cache {
	return signin.Cache{Dir: filepath.Join(home, ".aws", "sso", "cache"), Warn: func(err error) { a.warn("%s", err) }}
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
		l.cache = a.tokens(home)
	}
	if l.client, err = identitycenter.NewClient(l.service); err != nil {
		return nil, fmt.Errorf("%w: %w", errSignIn, err)
	}
	return l, nil
}

// portal gets a token and opens the access portal with it. It is not the one that
// was got before: that has just been rejected.
func (l *login) portal(ctx context.Context) (*identitycenter.Portal, error) {
	if err := l.get(ctx); err != nil {
		return nil, fmt.Errorf("%w: %w", errSignIn, err)
	}
	return identitycenter.NewPortal(l.service, l.now.Token)
}

// get gets a token: from the cache, by refreshing, or else from the person.
func (l *login) get(ctx context.Context) error {
	found, err := l.known(ctx)
	switch {
	case err == nil:
		l.now, l.shared = found, true
		return nil
	case !signin.Ended(err) && !errors.Is(err, signin.ErrCache):
		return err
	}
	l.sayWhy(err)
	return l.signIn(ctx)
}

// known is what the AWS tools are signed in with, refreshed if need be.
func (l *login) known(ctx context.Context) (signin.Login, error) {
	if l.cache.Dir == "" {
		return signin.Login{}, fmt.Errorf("%w: %w", signin.ErrCache, errNoHome)
	}
	return l.cache.Token(ctx, l.client, l.session, l.now.Token.AccessToken)
}

// sayWhy tells the person why they have to sign in, if that is news.
func (l *login) sayWhy(err error) {
	switch {
	case errors.Is(err, signin.ErrSignedOut):
	case errors.Is(err, signin.ErrCache):
		l.warn("%s", err)
	case errors.Is(err, signin.ErrOtherPortal):
		l.warn("%s, and is replaced", err)
		l.hint("--sso-session-name gives this one another name")
	default:
		l.say("Sign in once more: %s.", err)
	}
}

// errSignIn says what was being done.
var errSignIn = errors.New("sign in")

// signIn gets a token from the person, and leaves it where the AWS tools look.
// When the service does not know the start URL, the region may be wrong.
func (l *login) signIn(ctx context.Context) error {
	err := l.ask(ctx)
	if wrongPlace(err) {
		if found, ok := l.elsewhere(ctx); ok {
			if err := l.move(found); err != nil {
				return err
			}
			err = l.ask(ctx)
		}
	}
	if err != nil {
		return err
	}
	l.shared = false
	if l.cache.Dir == "" {
		return nil
	}
	if err := l.cache.Keep(ctx, l.session, l.now); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		l.warn("%s; you are signed in for this run alone", err)
		return nil
	}
	l.shared = true
	return nil
}

// ask has the person sign in.
func (l *login) ask(ctx context.Context) error {
	var end func()
	defer func() {
		if end != nil {
			end()
		}
	}()
	config := signin.Config{
		Client:       l.client,
		StartURL:     l.session.StartURL,
		Timeout:      l.timeout,
		KeepSignedIn: l.keepSignedIn,
		CallbackPort: l.callbackPort,
		Show:         func(p signin.Prompt) { end = l.show(ctx, p, l.noBrowser) },
	}
	signIn := signin.AuthorizationCode
	var err error
	if l.deviceCode {
		signIn = signin.DeviceCode
		if identitycenter.WantsDualStack(l.session.StartURL) && l.service.OIDCEndpoint == "" {
			service := l.service
			service.DualStack = true
			if config.Client, err = identitycenter.NewClient(service); err != nil {
				return err
			}
		}
	}
	if l.service.OIDCEndpoint == "" { // a domain of one's own leads to the portal
		if config.StartURL, err = identitycenter.Resolve(ctx, l.service, l.session.StartURL); err != nil {
			return err
		}
	}
	l.now, err = signIn(ctx, config)
	return err
}

// wrongPlace says that a sign-in may have failed because of the region.
func wrongPlace(err error) bool {
	e, ok := errors.AsType[*identitycenter.Error](err)
	return ok && (e.Region != "" || is(identitycenter.ErrInvalidClientMetadata)(err) ||
		e.Operation == "StartDeviceAuthorization" && is(identitycenter.ErrInvalidRequest, identitycenter.ErrInvalidGrant)(err))
}

// elsewhere finds out whether the access portal lives in another region.
func (l *login) elsewhere(ctx context.Context) (identitycenter.Found, bool) {
	found, err := identitycenter.FindRegion(ctx, l.service, l.session.StartURL)
	return found, err == nil && found.Region != l.session.Region
}

// move goes on in the region where the access portal lives.
func (l *login) move(found identitycenter.Found) error {
	l.say("Your access portal is not in %s: the SSO region is %s, says %s.", l.session.Region, found.Region, found.From)
	l.session.Region, l.service.Region = found.Region, found.Region
	if l.moved != nil {
		if err := l.moved(found.Region); err != nil {
			return err
		}
	}
	var err error
	l.client, err = identitycenter.NewClient(l.service)
	return err
}

// signedIn says whether the AWS tools can use the session now, as far as this
// computer knows.
func (l *login) signedIn() bool {
	if l.now.Token.AccessToken == "" { // a run that needed none
		kept, err := l.cache.Read(l.session)
		return err == nil && kept.Usable(l.session) == nil
	}
	return l.shared
}

// sayUntil tells how long the person is signed in.
func (l *login) sayUntil() {
	switch {
	case !l.shared || l.isDemo:
	case l.now.Token.RefreshToken != "":
		l.inform("You are signed in, for the AWS CLI and the SDKs, too, until the service ends the session.")
	default:
		l.inform("You are signed in, for the AWS CLI and the SDKs, too, until %s. ('%s' keeps you signed in.)", clock(l.now.Token.ExpiresAt), l.command("login --force"))
	}
}

// command is what to type for this session.
func (l *login) command(words string) string {
	words = program + " " + words
	if l.sessionName != defaultSession {
		words += " --sso-session-name " + l.sessionName
	}
	return words
}

// clock is a time as people near it say it.
func clock(t time.Time) string {
	t = t.Local()
	if now := time.Now(); t.Sub(now) < 20*time.Hour && now.Sub(t) < 20*time.Hour {
		return t.Format("15:04")
	}
	return t.Format("2006-01-02 15:04")
}

// loginOptions are the flags of login.
type loginOptions struct {
	signInOptions
	force bool
}

func (a *app) loginCommand() *cobra.Command {
	o := loginOptions{signInOptions: signInOptions{keepSignedIn: true}}
	cmd := &cobra.Command{
		Use:   "login [flags]",
		Short: "Sign in, and stay so, for all AWS tools on this computer",
		Long: `Sign in to the session that the AWS CLI, the AWS SDKs and this program share, and
keep it: it is refreshed without you until the service ends it. Who is signed in
already is not asked again.`,
		Example: `  # The session that the config file names
  aws-sso-config-generator login

  # Another one of the file's sessions
  aws-sso-config-generator login --sso-session-name other

  # No browser on this machine
  aws-sso-config-generator login --device-code

  # As somebody else, or because your access was changed
  aws-sso-config-generator login --force`,
		Args: a.noArguments,
		RunE: job(func(ctx context.Context) error { return a.login(ctx, o) }),
	}
	f := cmd.Flags()
	o.where(f)
	f.BoolVarP(&o.force, "force", "f", false, "sign in although somebody is signed in")
	o.layoutFlag(f, "")
	o.how(f)
	o.debugFlag(f)
	completeSignIn(cmd)
	complete(cmd, map[string][]string{"timeout": nil, "callback-port": nil})
	return cmd
}

// login signs in unless somebody is.
func (a *app) login(ctx context.Context, o loginOptions) error {
	l, _, err := a.findLogin(ctx, o.signInOptions)
	if err != nil {
		return err
	}
	if !o.force {
		if err := l.get(ctx); err != nil {
			return fmt.Errorf("%w: %w", errSignIn, err)
		}
	} else if err := l.signIn(ctx); err != nil {
		return fmt.Errorf("%w: %w", errSignIn, err)
	}
	if !l.shared {
		return fmt.Errorf("%w: %w", errSignIn, errAlone)
	}
	l.sayUntil()
	return nil
}

// errAlone says that nobody has anything of a sign-in.
var errAlone = errors.New("the token could not be kept for the AWS tools")

// findLogin finds the session that the flags or the config file name.
func (a *app) findLogin(ctx context.Context, o signInOptions) (*login, *awsconfig.File, error) {
	if err := o.check(); err != nil {
		return nil, nil, err
	}
	t, err := a.findTarget("")
	if err != nil {
		return nil, nil, err
	}
	file, err := t.load()
	if err != nil {
		return nil, nil, err
	}
	s, err := a.findSession(ctx, o, t, file)
	if err != nil {
		return nil, nil, err
	}
	legacy := o.layout == string(profile.LayoutLegacy) || o.layout == "" && t.legacy(file, s.Name)
	l, err := a.newLogin(o, s, legacy)
	return l, file, err
}
