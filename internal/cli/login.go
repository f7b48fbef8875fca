package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/profile"
	"aws-sso-config-generator/internal/signin"
)

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
for that already is not asked again.`,
		Example: `  # The session that the config file names
  aws-sso-config-generator login

  # One of your sessions
  aws-sso-config-generator login --session other

  # No browser on this machine: paste the address on which another one ends
  aws-sso-config-generator login --no-browser

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

// login signs in to each session unless somebody is, and stays so.
func (a *app) login(ctx context.Context, o loginOptions) error {
	sessions, err := a.sessions(&o.signInOptions)
	if err != nil {
		return err
	}
	all := outcomes{app: a, of: len(sessions)}
	for _, s := range sessions {
		one := o
		one.take(a, s)
		all.note(ctx, one.sessionName, a.loginTo(ctx, one))
		if ctx.Err() != nil {
			break
		}
	}
	return all.err(ctx)
}

// loginTo signs in to one.
func (a *app) loginTo(ctx context.Context, o loginOptions) error {
	l, file, err := a.findLogin(ctx, o.signInOptions)
	if err != nil {
		return err
	}
	if err := l.stay(ctx, o.force); err != nil {
		return fmt.Errorf("%w: %w", errSignIn, err)
	}
	l.sayUntil()
	for range l.profiles(file) {
		return nil
	}
	how := "--sso-session-name " + l.sessionName + " --start-url " + l.session.StartURL
	if _, known := session(a.settings, l.sessionName); known {
		how = "--session " + l.sessionName
	}
	a.inform("No profile uses this session yet: %s %s writes them.", program, how)
	return nil
}

// stay makes sure that somebody is signed in, and for as long as the service allows.
func (l *login) stay(ctx context.Context, force bool) error {
	if err := l.keeps(); err != nil {
		return fmt.Errorf("%w: %w", errAlone, err)
	}
	if !force {
		err := l.known(ctx)
		switch {
		case err == nil && (l.session.Name == "" || l.got.Refreshes(l.session) == nil):
			return l.kept()
		case err != nil && !signin.Ended(err):
			return err
		case err != nil:
			l.sayWhy(err)
		}
	}
	if err := l.signIn(ctx); err != nil {
		return err
	}
	return l.kept()
}

// errAlone says that nobody has anything of a sign-in.
var errAlone = errors.New("the token could not be kept for the AWS tools")

func (l *login) kept() error {
	if !l.shared {
		return errAlone
	}
	return nil
}

// findLogin finds the session that the flags or the config file name.
func (a *app) findLogin(ctx context.Context, o signInOptions) (*login, *awsconfig.File, error) {
	t, file, err := a.lookAt(o)
	if err != nil {
		return nil, nil, err
	}
	s, err := a.findSession(ctx, o, t, file)
	if err != nil {
		return nil, nil, err
	}
	l, err := a.newLogin(o, s, o.legacy(t, file))
	if err != nil {
		return nil, nil, err
	}
	l.moved = func(region string) error { // the AWS tools go by what the file says
		if l.session.Name == "" {
			return nil
		}
		return t.agrees(file, profile.Session{Name: s.Name, StartURL: s.StartURL, Region: region})
	}
	err = l.moved(s.Region)
	return l, file, err
}

// lookAt checks what was typed, and reads the config file.
func (a *app) lookAt(o signInOptions) (*target, *awsconfig.File, error) {
	if err := o.check(); err != nil {
		return nil, nil, err
	}
	t, err := a.findTarget(o.out)
	if err != nil {
		return t, nil, err
	}
	file, err := t.load()
	return t, file, err
}

// legacy says that a session is one of the legacy layout: because it was said, or
// because the file has nothing else.
func (o *signInOptions) legacy(t *target, file *awsconfig.File) bool {
	return o.layout == string(profile.LayoutLegacy) || o.layout == "" && t.legacy(file, o.sessionName)
}
