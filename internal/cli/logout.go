package cli

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/spf13/cobra"

	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/identitycenter"
	"aws-sso-config-generator/internal/profile"
	"aws-sso-config-generator/internal/signin"
)

func (a *app) logoutCommand() *cobra.Command {
	o := signInOptions{timeout: signin.DefaultTimeout} // for check; nobody signs in
	cmd := &cobra.Command{
		Use:   "logout [flags]",
		Short: "End a session, here and at the service",
		Long: `End a session at the service, and delete its token and the credentials of its roles
that the AWS CLI keeps, as far as they are known here. Other sessions stay. (aws sso logout ends all of them.)`,
		Example: `  aws-sso-config-generator logout
  aws-sso-config-generator logout --session other`,
		Args: a.noArguments,
		RunE: job(func(ctx context.Context) error { return a.logout(ctx, o) }),
	}
	f := cmd.Flags()
	o.where(f)
	o.layoutFlag(f, "")
	o.debugFlag(f)
	completeSignIn(cmd)
	return cmd
}

var (
	errRevoke    = errors.New("the session could not be ended at the service")
	errNoSession = errors.New("there is no such session")
)

// logout ends a session at the service, and forgets it here in any case.
func (a *app) logout(ctx context.Context, o signInOptions) error {
	sessions, err := a.sessions(&o)
	switch {
	case err != nil:
		return err
	case len(sessions) > 1:
		return usagef("logout: %w", &severalError{sessions})
	}
	o.take(a, sessions[0])
	t, file, err := a.lookAt(o)
	if err != nil {
		return err
	}
	if known, _ := t.session(file, o.sessionName); o.startURL == "" && known.StartURL == "" {
		return usagef("%w: %s in %s", errNoSession, o.sessionName, t.path)
	}
	l, file, err := a.findLogin(ctx, o)
	if err != nil {
		return err
	}
	if l.cache.Dir == "" {
		return errNoHome
	}
	ended := l.end(ctx)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if errors.Is(ended, signin.ErrOtherPortal) || errors.Is(ended, signin.ErrCache) {
		return ended // not ours to delete
	}
	over := signin.Ended(ended)
	roles, err := l.cache.Forget(ctx, l.session, l.roles(file))
	switch {
	case err != nil:
		return err
	case errors.Is(ended, signin.ErrSignedOut) && roles == 0:
		a.Say("Nobody was signed in to %s.", l.name())
		return nil
	case ended != nil && !over:
		return fmt.Errorf("%w, and is only forgotten here: %w", errRevoke, ended)
	}
	what := ""
	if roles > 0 {
		what = fmt.Sprintf(", and deleted the credentials of %s", count(roles, "role"))
	}
	a.Say("Signed out of %s%s.", l.name(), what)
	return nil
}

const (
	logoutTries = 4
	logoutPause = time.Second
)

// end ends the session at the service. A token that is not taken any more may have
// died before its session, so it is refreshed once.
func (l *login) end(ctx context.Context) error {
	for tries := 1; ; tries++ {
		if err := l.known(ctx); err != nil {
			return err
		}
		portal, err := identitycenter.NewPortal(l.service, l.got.Token)
		if err != nil {
			return err
		}
		err = portal.Logout(ctx)
		switch {
		case err == nil, tries == logoutTries:
			return err
		case errors.Is(err, identitycenter.ErrUnauthorized): // known takes another token
		case errors.Is(err, identitycenter.ErrTransient), errors.Is(err, identitycenter.ErrThrottled):
			l.got = signin.Login{} // this one may well be taken
			select {
			case <-ctx.Done():
				return context.Cause(ctx)
			case <-time.After(logoutPause):
			}
		default:
			return err
		}
	}
}

// profiles are those of the file that use the session.
func (l *login) profiles(file *awsconfig.File) iter.Seq[awsconfig.Section] {
	return func(yield func(awsconfig.Section) bool) {
		for _, section := range file.Sections() {
			uses := section.Value("sso_session") == l.session.Name
			if l.session.Name == "" {
				uses = section.Value("sso_session") == "" && section.Value("sso_start_url") == l.session.StartURL
			}
			if section.Kind == awsconfig.Profile && uses && !yield(section) {
				return
			}
		}
	}
}

// roles are those of the session that are known here, by account id and name:
// they have profiles in the file, or were found by the last run.
func (l *login) roles(file *awsconfig.File) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for section := range l.profiles(file) {
			if !yield(section.Value("sso_account_id"), section.Value("sso_role_name")) {
				return
			}
		}
		memory := l.remember(profile.Session{Name: l.sessionName, StartURL: l.session.StartURL, Region: l.session.Region})
		for accountID, roles := range memory.last().Roles {
			for _, role := range roles {
				if !yield(accountID, role) {
					return
				}
			}
		}
	}
}

// name is what the person calls the session.
func (l *login) name() string {
	if l.session.Name == "" {
		return l.session.StartURL
	}
	return l.session.Name
}
