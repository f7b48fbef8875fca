package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/profile"
	"aws-sso-config-generator/internal/signin"
	"aws-sso-config-generator/internal/terminal"
)

func (a *app) statusCommand() *cobra.Command {
	var o signInOptions
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status [flags]",
		Short: "Say who is signed in to what, and for how long",
		Long: `Say of each session in the config file whether somebody is signed in, for how long,
and why not. The service is not asked: a session that was ended there shows only
when it is used.`,
		Example: `  aws-sso-config-generator status
  aws-sso-config-generator status --json`,
		Args: a.noArguments,
		RunE: job(func(context.Context) error { return a.status(o, asJSON) }),
	}
	o.settingsFlag(cmd.Flags())
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it in JSON")
	return cmd
}

// A sessionStatus is what is known of a session here. Its names are a promise.
type sessionStatus struct {
	Session   string     `json:"session"` // "" in the legacy layout
	Layout    string     `json:"layout"`
	StartURL  string     `json:"start_url"`
	SSORegion string     `json:"sso_region"`
	SignedIn  bool       `json:"signed_in"`  // with or without a refresh
	ExpiresAt *time.Time `json:"expires_at"` // the access token; null: there is none
	Refreshes bool       `json:"refreshes"`  // without the person
	// RegistrationExpiresAt ends the refreshing at the latest; null: it is not known.
	RegistrationExpiresAt *time.Time `json:"registration_expires_at"`
	Reason                string     `json:"reason"` // why nobody is signed in
}

// status prints what is known of the sessions in the config file, and in those that
// the settings name.
func (a *app) status(o signInOptions, asJSON bool) error {
	files, err := a.filesOfSessions(o)
	if err != nil {
		return err
	}
	home, err := a.home()
	if err != nil {
		return err
	}
	cache := a.cache(home)
	list := []sessionStatus{}
	seen := make(map[signin.Session]bool)
	var places []string
	for _, t := range files {
		file, err := t.load()
		if err != nil {
			return err
		}
		places = append(places, t.path)
		for _, s := range sessions(file) {
			if !seen[s] {
				seen[s] = true
				list = append(list, statusOf(cache, s))
			}
		}
	}
	if asJSON {
		data, err := json.MarshalIndent(map[string]any{"sessions": list}, "", "  ")
		if err == nil {
			_, err = a.Stdout.Write(append(escaped(data), '\n'))
		}
		return err
	}
	if len(list) == 0 {
		a.Say("There is no session in %s.", strings.Join(places, ", "))
		a.Hint("%s --start-url URL writes one, with a profile for every role", program)
	}
	for _, s := range list {
		if _, err := fmt.Fprint(a.Stdout, s.words(a.howToSignIn(signin.Session{Name: s.Session, StartURL: s.StartURL, Region: s.SSORegion}))); err != nil {
			return err
		}
	}
	return nil
}

// filesOfSessions are the config file, and those that the settings name.
func (a *app) filesOfSessions(o signInOptions) (files []*target, err error) {
	all, err := a.loadSettings(&o)
	if err != nil {
		return nil, err
	}
	outs := []string{""}
	for _, s := range all.Sessions {
		outs = append(outs, a.expanded(s.Out))
	}
	seen := make(map[string]bool)
	for _, out := range outs {
		t, err := a.findTarget(out)
		if err != nil {
			return nil, err
		}
		if path := resolved(t.path); !seen[path] {
			seen[path] = true
			files = append(files, t)
		}
	}
	return files, nil
}

// sessions are those that the profiles of a file can use: every [sso-session], and
// every start URL that profiles of the legacy layout have.
func sessions(file *awsconfig.File) []signin.Session {
	var found []signin.Session
	legacy := make(map[string]bool)
	for _, section := range file.Sections() {
		s := signin.Session{StartURL: section.Value("sso_start_url"), Region: section.Value("sso_region")}
		switch {
		case section.Kind == awsconfig.SSOSession:
			s.Name = section.Name
		case s.StartURL == "" || section.Value("sso_session") != "" || legacy[s.StartURL]:
			continue
		default:
			legacy[s.StartURL] = true
		}
		found = append(found, s)
	}
	return found
}

func statusOf(cache signin.Cache, s signin.Session) sessionStatus {
	status := sessionStatus{Session: s.Name, Layout: string(profile.LayoutSSOSession), StartURL: s.StartURL, SSORegion: s.Region}
	if s.Name == "" {
		status.Layout = string(profile.LayoutLegacy)
	}
	l, err := cache.Read(s)
	if err == nil {
		status.ExpiresAt = known(l.Token.ExpiresAt)
		status.RegistrationExpiresAt = known(l.Registration.ExpiresAt)
		status.Refreshes = l.Refreshes(s) == nil
		err = l.Usable(s)
	}
	if err != nil {
		status.Reason = err.Error()
	}
	status.SignedIn = err == nil
	return status
}

// known is a time, or nil for the zero one.
func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// words says it to a person, in lines that fit a terminal and no text of which
// does anything else there.
func (s sessionStatus) words(signIn string) string {
	var b strings.Builder
	line := func(format string, args ...any) {
		b.WriteString(terminal.Printable(fmt.Sprintf(format, args...)) + "\n")
	}
	if s.Session == "" {
		line("%s (%s), legacy layout", s.StartURL, s.SSORegion)
	} else {
		line("%s (%s, %s)", s.Session, s.StartURL, s.SSORegion)
	}
	switch now := time.Now(); {
	case !s.SignedIn:
		line("  %s", s.Reason)
		line("  sign in with: %s", signIn)
	case s.ExpiresAt.After(now) && s.Refreshes:
		line("  signed in until %s, and then refreshed without you, until the service ends the session", clock(*s.ExpiresAt))
	case s.Refreshes:
		line("  signed in: the token expired at %s, and is refreshed when it is needed", clock(*s.ExpiresAt))
	default:
		line("  signed in until %s (for %s), and not refreshed then", clock(*s.ExpiresAt), cmp.Or(inWords(s.ExpiresAt.Sub(now)), "less than a minute"))
	}
	if s.Refreshes && s.RegistrationExpiresAt != nil {
		line("  the registration to refresh with ends at %s", clock(*s.RegistrationExpiresAt))
	}
	return b.String()
}
