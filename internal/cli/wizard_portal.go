package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"

	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/identitycenter"
	"aws-sso-config-generator/internal/profile"
	"aws-sso-config-generator/internal/terminal"
)

// askPortal asks where the access portal is, and finds out in which region.
func (w *wizard) askPortal(ctx context.Context) error {
	q := startURLQuestion("Start URL of your access portal")
	q.Initial = w.startURL
	q.About = []string{"The address where you open AWS in your browser, such as https://acme.awsapps.com/start"}
	for unknown := ""; ; {
		answer, err := w.ask(ctx, q)
		if err != nil {
			return err
		}
		w.startURL = answer
		w.draft.StartURL = identitycenter.CanonicalStartURL(wholeStartURL(answer))
		w.draft.SSORegion, err = w.findPortal(ctx, answer == unknown)
		switch {
		case as[terminal.BackError](err):
			q.Initial = answer
			continue
		case !errors.Is(err, identitycenter.ErrStartURL):
			return err
		case !w.Attended():
			return unanswered(q, err)
		}
		w.report(err) // a typing mistake, or a domain that does not lead to AWS
		if q.Initial = answer; errors.Is(err, identitycenter.ErrUnknownStartURL) {
			unknown = answer
			q.About = []string{"If it is right as it is, give it again: a region that is newer than this program can be told then."}
		}
	}
}

// startURLQuestion asks for a start URL. The answer may lack what [wholeStartURL] adds,
// which is shown.
func startURLQuestion(text string) terminal.Question {
	return terminal.Question{
		Text:  text,
		Check: func(answer string) error { return identitycenter.CheckStartURL(wholeStartURL(answer)) },
		Preview: func(answer string) []string {
			if whole := wholeStartURL(answer); whole != answer {
				return []string{"that is " + whole}
			}
			return nil
		},
	}
}

// findPortal finds the SSO region of the draft, or asks for it at once.
func (w *wizard) findPortal(ctx context.Context, asks bool) (string, error) {
	file, err := w.target.load()
	if err != nil {
		return "", err
	}
	known := inFile(file, w.draft.StartURL, w.layout == string(profile.LayoutLegacy))
	w.draft.StartURL = known.StartURL
	if region := cmp.Or(w.ssoRegion, known.Region); region != "" {
		w.inform("SSO region: %s.", region)
		return region, nil
	}
	if !asks {
		return w.findRegion(ctx, w.signInOptions, w.draft.StartURL)
	}
	service, err := w.service("", w.debug)
	if err != nil {
		return "", err
	}
	q := regionQuestion(ctx, service, w.draft.StartURL)
	q.GoesBack = true
	return w.app.ask(ctx, q)
}

// regionQuestion asks for the region of a start URL. One that does not know it, or
// that there is not, is no answer; one that cannot be asked may be.
func regionQuestion(ctx context.Context, service identitycenter.Options, startURL string) terminal.Question {
	return terminal.Question{
		Text: "SSO region, where the access portal lives (such as us-east-1)",
		Hint: "regions look like eu-west-1; who set up your access portal knows which one it is in",
		Check: func(region string) error {
			if err := identitycenter.CheckRegion(region); err != nil {
				return err
			}
			service.Region = region
			err := identitycenter.Knows(ctx, service, startURL)
			named, wrong := identitycenter.WrongRegion(err)
			switch {
			case named.Region != "":
				return fmt.Errorf("%s does not know this start URL: it names %s", region, named.Region)
			case wrong:
				return fmt.Errorf("%s does not know this start URL", region)
			case as[*net.DNSError](err):
				return fmt.Errorf("there is no region %s, or no way to it: %w", region, err)
			}
			return nil
		},
	}
}

// errSessionThere says that a session cannot be made once more.
var errSessionThere = errors.New("there is such a session in the settings")

func (w *wizard) checkName(name string) error {
	if err := awsconfig.CheckName(name); err != nil {
		return err
	}
	if s, there := session(w.known, name); there {
		return fmt.Errorf("%w: %s, for %s", errSessionThere, name, s.StartURL)
	}
	return nil
}

// askName asks what the session is called, and makes sure that it could be written.
func (w *wizard) askName(ctx context.Context) error {
	file, err := w.target.load()
	if err != nil {
		return err
	}
	w.sayKnown()
	suggested := w.suggestedName(file)
	if w.given("sso-session-name") {
		suggested = w.sessionName
	}
	w.draft.Name, err = w.ask(ctx, terminal.Question{
		Text: "Name of the session", Initial: suggested,
		About: []string{"What you and the AWS tools call it, such as the name of your organization."},
		Check: func(name string) error {
			if err := awsconfig.CheckName(name); err != nil {
				return &terminal.HintedError{Err: err, Hint: "take letters and digits, with - or _ between them"}
			}
			if err := w.checkName(name); err != nil {
				return err
			}
			s := profile.Session{Name: name, StartURL: w.draft.StartURL, Region: w.draft.SSORegion}
			err := w.target.rehearse(file, s, profile.Layout(w.layout), true)
			if errors.Is(err, awsconfig.ErrSessionConflict) {
				err = &terminal.HintedError{Err: err, Hint: "choose another name, or correct the section in the file"}
			}
			return err
		},
	})
	if err != nil {
		return err
	}
	if w.given("layout") && w.layout != string(profile.LayoutSSOSession) {
		w.draft.Layout = profile.Layout(w.layout)
	}
	w.draft.KeepSignedIn = w.keepSignedIn
	_, err = w.file.with(w.draft)
	return err
}

// sayKnown says that the settings have sessions for the portal already, before
// somebody who wanted to change one makes another.
func (w *wizard) sayKnown() {
	var names []string
	for _, s := range w.known.Sessions {
		if identitycenter.SameStartURL(s.StartURL, w.draft.StartURL) {
			names = append(names, s.Name)
		}
	}
	if len(names) == 0 {
		return
	}
	w.Say("Your settings have session %s for this address: edit %s to change it.", shortList(names), w.short(w.file.path))
	w.Say("This makes another one, for another person or purpose.")
}

// suggestedName is a name that the settings do not have: that of the session which
// the config file has for the start URL, or one made of the address.
func (w *wizard) suggestedName(file *awsconfig.File) string {
	suggested := sessionNameOf(w.draft.StartURL)
	for _, s := range sessions(file) {
		if identitycenter.SameStartURL(s.StartURL, w.draft.StartURL) && s.Name != "" && w.checkName(s.Name) == nil {
			return s.Name
		}
	}
	name := suggested
	for n := 2; w.checkName(name) != nil; n++ {
		name = fmt.Sprintf("%s-%d", suggested, n)
	}
	return name
}
