package cli

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path/filepath"

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
that the AWS CLI keeps. Other sessions stay. (aws sso logout ends all of them.)`,
		Example: `  aws-sso-config-generator logout
  aws-sso-config-generator logout --sso-session-name other`,
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

// errRevoke says what was being done.
var errRevoke = errors.New("end the session at the service")

// logout ends a session at the service, and forgets it here in any case.
func (a *app) logout(ctx context.Context, o signInOptions) error {
	l, file, err := a.findLogin(ctx, o)
	if err != nil {
		return err
	}
	if l.cache.Dir == "" {
		return errNoHome
	}
	known, err := l.cache.Token(ctx, l.client, l.session, "")
	switch {
	case errors.Is(err, signin.ErrOtherPortal), errors.Is(err, signin.ErrCache), ctx.Err() != nil:
		return err // not ours to delete
	case err == nil:
		err = l.revoke(ctx, known)
	case signin.Ended(err):
		err = nil // there is nothing that the service would take
	default:
		err = fmt.Errorf("%w: %w", errRevoke, err)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	forgotten := l.cache.Forget(ctx, l.session)
	roles, rolesErr := signin.ForgetRoles(filepath.Join(l.cache.Dir, "..", "..", "cli", "cache"), l.session, l.roles(file))
	if err := errors.Join(forgotten, rolesErr); err != nil {
		return err
	}
	if known.Token.AccessToken == "" && roles == 0 && err == nil {
		a.say("Nobody was signed in to %s.", l.name())
		return nil
	}
	kept := ""
	if roles > 0 {
		kept = fmt.Sprintf(", and deleted the credentials of %s", count(roles, "role"))
	}
	a.say("Signed out of %s%s.", l.name(), kept)
	return err
}

// revoke ends a session at the service. One that is over there is what was wanted.
func (l *login) revoke(ctx context.Context, known signin.Login) error {
	portal, err := identitycenter.NewPortal(l.service, known.Token)
	if err == nil {
		err = portal.Logout(ctx)
	}
	if err != nil && !errors.Is(err, identitycenter.ErrUnauthorized) {
		return fmt.Errorf("%w: %w", errRevoke, err)
	}
	return nil
}

// roles are those of the session that are known here, by account id and name:
// they have profiles in the file, or were found by the last run.
func (l *login) roles(file *awsconfig.File) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, section := range file.Sections() {
			ours := section.Value("sso_session") == l.session.Name
			if l.session.Name == "" {
				ours = section.Value("sso_session") == "" && section.Value("sso_start_url") == l.session.StartURL
			}
			if section.Kind == awsconfig.Profile && ours && !yield(section.Value("sso_account_id"), section.Value("sso_role_name")) {
				return
			}
		}
		last := l.remember(profile.Session{Name: l.sessionName, StartURL: l.session.StartURL, Region: l.session.Region}).last
		for accountID, roles := range last.Roles {
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
