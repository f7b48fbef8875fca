package cli

import (
	"bytes"
	"context"

	"github.com/spf13/cobra"

	"aws-sso-config-generator/internal/inventory"
	"aws-sso-config-generator/internal/profile"
)

// initOptions are the flags of init.
type initOptions struct {
	generateOptions
	from                       string
	imports, print, plain, yes bool
}

func (a *app) initCommand() *cobra.Command {
	var o initOptions
	cmd := &cobra.Command{
		Use:   "init [flags]",
		Short: "Make your settings: answer questions, or take those of your team",
		Long: `Make a session in your settings by answering questions: where your access portal
is, how profiles are to be named, which accounts and roles to leave out. You sign
in in between, so that you choose among names of your own. What would be written is
shown, and nothing is before you say yes.

With --from, take the settings that somebody of your team made. They are shown
first. Yours stay in a file of their own, and go before them.

With --import, take what your config file has: sessions and profiles that were made
by hand or by the AWS CLI, granted, aws-sso-util or aws-sso-cli. Their names stay, and
so does what is in them. You are asked whether they become ours.`,
		Example: `  # Answer questions
  aws-sso-config-generator init

  # As lines, such as for a screen reader or a script
  aws-sso-config-generator init --plain --start-url https://d-1234567890.awsapps.com/start

  # Take the settings of your team; the same again takes a new version
  aws-sso-config-generator init --from https://wiki.example.com/seed.yaml
  aws-sso-config-generator init --from seed.yaml --yes

  # Make settings of the profiles that you have, and take them over
  aws-sso-config-generator init --import

  # Make such a file of your own settings
  aws-sso-config-generator init --print > seed.yaml`,
		Args: a.noArguments,
		RunE: job(func(ctx context.Context) error { return a.initialize(ctx, o) }),
	}
	f := cmd.Flags()
	f.StringVar(&o.from, "from", "", "`FILE` or https URL with the settings of your team")
	f.BoolVar(&o.imports, "import", false, "make them of the profiles that your config file has from elsewhere")
	f.BoolVar(&o.print, "print", false, "only print your settings, as a file for --from")
	f.BoolVar(&o.plain, "plain", false, "ask line by line, also on a terminal")
	f.BoolVarP(&o.yes, "yes", "y", false, "with --from or --import: do not ask")
	o.where(f)
	f.StringVarP(&o.region, "region", "r", "", "`REGION` of your own resources")
	f.StringVar(&o.profileName, "profile-name", "", "`TEMPLATE` of a profile's name, over AccountID, AccountName, Email, RoleName, Session, Region")
	f.StringVarP(&o.out, "out", "o", "", "`FILE` to write (default $AWS_CONFIG_FILE or ~/.aws/config)")
	o.layoutFlag(f, profile.LayoutSSOSession)
	o.how(f)
	o.keepFlag(f)
	f.DurationVar(&o.discoveryTimeout, "discovery-timeout", inventory.DefaultTimeout, "`DURATION` that finding accounts and roles may take")
	o.debugFlag(f)
	completeSignIn(cmd)
	complete(cmd, map[string][]string{"region": nil, "profile-name": nil, "timeout": nil, "callback-port": nil, "discovery-timeout": nil})
	return cmd
}

// initialize makes settings, from one of the places that they can come from.
func (a *app) initialize(ctx context.Context, o initOptions) error {
	if err := a.checkInit(&o); err != nil {
		return err
	}
	a.interviews = true
	if !o.plain {
		a.UseForms()
	}
	switch { // on where sessions come from
	case o.print:
		return a.printSeed(&o)
	case o.from != "":
		return a.takeSeed(ctx, o)
	case o.imports:
		return a.importSessions(ctx, o)
	}
	return a.newSession(ctx, o)
}

// checkInit refuses flags that say nothing together.
func (a *app) checkInit(o *initOptions) error {
	typed := func(flags ...string) string {
		for _, flag := range flags {
			if a.given(flag) && !a.variables[flag] {
				return "--" + flag
			}
		}
		return ""
	}
	profiles := []string{"start-url", "sso-region", "sso-session-name", "region", "profile-name", "out", "layout"}
	imported := []string{"start-url", "sso-region", "sso-session-name", "region", "profile-name"}
	switch {
	case o.imports && (o.print || o.from != ""):
		return usagef("--import, --from and --print: settings come from one place, or go to one")
	case o.imports && typed(imported...) != "":
		return usagef("--import and %s: an import goes by the profiles that you have", typed(imported...))
	case o.imports && (len(o.sessions) > 0 || o.out == "-"):
		return usagef("--import is for all sessions of a file: give neither --session nor --out -")
	case o.imports:
		return o.check()
	case o.print && o.from != "":
		return usagef("--print and --from: one gives settings away, the other takes them")
	case o.print && typed(append(profiles, "yes", "plain")...) != "":
		return usagef("--print and %s: --print only prints the settings that you have", typed(append(profiles, "yes", "plain")...))
	case o.from != "" && typed(profiles...) != "":
		return usagef("--from and %s: what is different for you goes into your own settings file", typed(profiles...))
	case !o.print && o.from == "" && o.yes:
		return usagef("--yes is for --from and --import: a new session is made of your answers")
	case !o.print && o.from == "" && len(o.sessions) > 0:
		return usagef("--session picks one of your settings; --sso-session-name names a new one")
	case !o.print && o.out == "-":
		return usagef("--out -: settings name a file")
	}
	if o.profileName != "" {
		if _, err := profile.ParseNameTemplate(o.profileName); err != nil {
			return usagef("%w: %w", errProfileName, err)
		}
	}
	return o.check()
}

// propose does the last part of the main job, but shows what would be before it
// writes. Agree asks whether it may, if there is anything to write; it does what is
// to be done first.
func (a *app) propose(ctx context.Context, runs []*run, all *outcomes, agree func(differs bool) (bool, error)) error {
	each(ctx, runs, all, (*run).preview)
	if err := a.present(runs); err != nil {
		return err
	}
	if ctx.Err() != nil || len(all.failed) == len(runs) {
		return all.err(ctx)
	}
	for _, r := range runs {
		if r.err == nil { // the difference may be longer than the terminal is high
			r.sayWhose()
			r.sayCounts()
		}
	}
	agreed, err := agree(differ(runs))
	if err != nil || !agreed {
		a.onlyLooked(runs)
		a.saidNo(err)
		return err
	}
	if ctx.Err() != nil { // nothing is written after Ctrl-C
		return context.Cause(ctx)
	}
	each(ctx, runs, all, (*run).settleShown)
	a.sayNext(runs)
	return all.err(ctx)
}

// onlyLooked forgets what runs found of which nothing is written.
func (*app) onlyLooked(runs []*run) {
	for _, r := range runs {
		if r.err == nil && r.shows() {
			r.keep()
		}
	}
}

// preview shows what the run would write, to the next one and to the person.
func (r *run) preview(ctx context.Context) error {
	r.previews = true
	return r.write(ctx)
}

// settleShown writes what preview showed.
func (r *run) settleShown(ctx context.Context) error {
	r.previews = false
	r.target.forget()
	r.sayWhose()
	return r.settle(ctx)
}

// sayWhose says of which session the next lines are, if there are several.
func (r *run) sayWhose() {
	if r.many {
		r.inform("Session %s:", r.session.Name)
	}
}

// differ says whether there is anything to write.
func differ(runs []*run) bool {
	for _, r := range runs {
		if t := r.target; t.shown != nil && !bytes.Equal(t.before.Bytes, t.shown.Bytes()) {
			return true
		}
	}
	return false
}
