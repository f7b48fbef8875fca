package cli

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"aws-sso-config-generator/internal/atomicfile"
	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/identitycenter"
	"aws-sso-config-generator/internal/inventory"
	"aws-sso-config-generator/internal/profile"
	"aws-sso-config-generator/internal/settings"
)

// generateOptions are the flags of the main job.
type generateOptions struct {
	signInOptions
	region, output            string
	template, profileName     string
	reportTo                  string
	fresh, quiet              bool
	dryRun, checkOnly         bool // show what would be, and write nothing
	noPrune, adopt, overwrite bool
	discoveryTimeout          time.Duration
	maxAge                    time.Duration
}

// A run is the main job for one session: what it was asked for, and what it has
// found out so far.
type run struct {
	*app
	generateOptions
	rules   profile.Rules
	target  *target
	session profile.Session
	login   *login
	memory  *memory
	found   inventory.Inventory
	changes *inventory.Changes // since the last run, nil if there was none
	plan    profile.Plan
	planned *planned // nil: there is no plan
	written written
	many    bool // there are other sessions

	previews bool  // shows what it would write, before it asks whether it may
	err      error // why it is not done, or not whole

	unreadable error // says which accounts could not be read

	adoptSSO map[string]bool // names that aws-sso-cli has for the portal
	adoptNot map[string]bool // profiles that stay where they are; nil until it is known
	reserved map[string]bool // names of profiles that other sessions of an import take over
}

// generate is the main job: from a person in front of a browser to profiles in
// the config file, one session after the other. Whatever can be found wrong is
// found before anybody signs in.
func (a *app) generate(ctx context.Context, o generateOptions) error {
	a.quiet = o.quiet
	runs, err := a.prepare(o)
	if err != nil {
		return err
	}
	all := outcomes{app: a, of: len(runs)}
	each(ctx, runs, &all, (*run).rehearse)
	each(ctx, runs, &all, (*run).generate)
	if ctx.Err() != nil || len(all.failed) == len(runs) && !errors.Is(all.first, errPartial) {
		return all.err(ctx)
	}
	err = together(a.present(runs), a.writeReport(o.reportTo, runs), outdated(runs), all.err(ctx))
	a.sayForgotten(runs)
	a.sayNext(runs)
	return err
}

// prepare finds the sessions, and checks what was typed and set.
func (a *app) prepare(o generateOptions) ([]*run, error) {
	sessions, err := a.sessions(&o.signInOptions)
	if err != nil {
		return nil, err
	}
	var runs []*run
	for _, s := range sessions {
		r, err := a.newRun(o, s, runs)
		if err != nil {
			return nil, err
		}
		r.many = len(sessions) > 1
		if err := r.besides(runs); err != nil {
			return nil, err
		}
		runs = append(runs, r)
	}
	return runs, a.checkReport(o.reportTo, runs)
}

// besides refuses what two sessions cannot have: one token file. That of the legacy
// layout is known by the start URL alone.
func (r *run) besides(runs []*run) error {
	for _, other := range runs {
		if r.layout == string(profile.LayoutLegacy) && other.layout == r.layout && identitycenter.SameStartURL(r.startURL, other.startURL) {
			return usagef("--layout legacy: sessions %s and %s have one start URL, and would share one sign-in", other.sessionName, r.sessionName)
		}
	}
	return nil
}

// newRun is the main job for a session, beside that for others.
func (a *app) newRun(o generateOptions, s settings.Session, others []*run) (*run, error) {
	r := &run{app: a, generateOptions: o}
	r.take(a, s)
	if err := r.check(); err != nil {
		return nil, err
	}
	var err error
	if r.rules, err = r.profileRules(s); err != nil {
		return nil, err
	}
	r.target, err = a.sharedTarget(r.out, others)
	return r, err
}

// rehearse finds out where to sign in, and what would keep the profiles from
// being written.
func (r *run) rehearse(ctx context.Context) error {
	file, err := r.target.load()
	if err != nil {
		return err
	}
	if r.session, err = r.findSession(ctx, r.signInOptions, r.target, file); err != nil {
		return err
	}
	if err := r.target.rehearse(file, r.session, profile.Layout(r.layout), !r.shows()); err != nil {
		return err
	}
	if r.login, err = r.newLogin(r.signInOptions, r.session, profile.Layout(r.layout) == profile.LayoutLegacy); err != nil {
		return err
	}
	r.login.moved = r.move
	return nil
}

// move goes on in another region, if the file has nothing against it.
func (r *run) move(region string) error {
	r.session.Region = region
	r.memory = r.remember(r.session)
	file, err := r.target.load()
	if err != nil {
		return err
	}
	return r.target.rehearse(file, r.session, profile.Layout(r.layout), !r.shows())
}

// generate signs in, finds all roles and writes a profile for each.
func (r *run) generate(ctx context.Context) error {
	if err := r.look(ctx); err != nil {
		return err
	}
	return r.settle(ctx)
}

// look signs in and finds all roles.
func (r *run) look(ctx context.Context) error {
	if r.many {
		r.inform("Session %s, %s:", r.session.Name, r.session.StartURL)
	}
	if err := r.find(ctx); err != nil {
		return err
	}
	r.sayChanges()
	r.unreadable = r.unread()
	return nil
}

// settle writes the profiles, and says what came of that.
func (r *run) settle(ctx context.Context) error {
	if err := r.write(ctx); err != nil {
		r.sayPlan()
		return err
	}
	r.keep()
	r.summarize()
	return r.unreadable
}

// write plans the profiles and writes them. The file is read again: it may have
// changed during the sign-in, and it may do so still.
func (r *run) write(ctx context.Context) error {
	if r.shows() || r.target.path == "" {
		err := r.merge(ctx)
		if err == nil {
			r.target.show(r.written)
		}
		return err
	}
	if _, _, err := r.makePlan(); err != nil { // what is wrong with it leaves no trace, not even of a lock
		return err
	}
	unlock, err := r.lock(ctx, r.target)
	if err != nil {
		return err
	}
	defer unlock()
	for tries := 1; ; tries++ {
		if err := r.merge(ctx); err != nil {
			return err
		}
		if ctx.Err() != nil { // nothing is written after Ctrl-C
			return context.Cause(ctx)
		}
		if err = r.target.save(r.written, r.session.Name); tries == 3 || !errors.Is(err, atomicfile.ErrChanged) {
			return err
		}
	}
}

// merge plans the profiles for what the file holds now, and merges them into it.
func (r *run) merge(ctx context.Context) error {
	file, base, err := r.makePlan()
	if err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if r.adopt && r.adoptNot == nil {
		r.adoption(file)
	}
	sections := profile.Sections(r.plan.Profiles, r.session, profile.Layout(r.layout))
	r.written, err = r.target.merge(file, r.session.Name, sections, awsconfig.Options{
		Base: base, Overwrite: r.overwrite, NoPrune: r.noPrune,
		Adopt: r.adopt, AdoptSSO: r.adoptSSO, AdoptNot: r.adoptNot,
	})
	return err
}

const generateExample = `  # Sign in and write a profile for every account and role
  aws-sso-config-generator --start-url https://d-1234567890.awsapps.com/start

  # Next time, the sso-session in the config file says where to sign in
  aws-sso-config-generator

  # Profiles that work in eu-central-1, named like log-archive-readonlyaccess
  aws-sso-config-generator --region eu-central-1 --profile-name '{{ .AccountName | kebab }}-{{ .RoleName | lower }}'

  # Look at what would change, and write nothing
  aws-sso-config-generator --dry-run

  # Every morning, without a sign-in if the last one was less than 8 hours ago
  aws-sso-config-generator --max-age 8h --quiet --report changes.json

  # No browser on this machine: paste the address on which another one ends
  aws-sso-config-generator --no-browser`

func (a *app) generateCommand() *cobra.Command {
	var o generateOptions
	cmd := &cobra.Command{
		Short: "Write an AWS profile for every account and role that you may use",
		Long: `Sign in to AWS IAM Identity Center in your browser, find every account and role
that you may use, and write a profile for each into your AWS config file.
Everything else in the file stays as it is.`,
		Example: generateExample,
		RunE:    job(func(ctx context.Context) error { return a.generate(ctx, o) }),
	}
	f := cmd.Flags()
	o.where(f)
	o.profiles(f)
	f.BoolVar(&o.dryRun, "dry-run", false, "print what would change in the file as a diff, and write nothing")
	f.BoolVar(&o.checkOnly, "check", false, "the same, and end with exit code 5 if anything would change")
	f.BoolVar(&o.noPrune, "no-prune", false, "keep the profiles of roles that are gone")
	f.BoolVar(&o.adopt, "adopt", false, "take over your own profiles for the same roles: names, keys and place become ours, what you added stays")
	f.BoolVar(&o.overwrite, "overwrite", false, "take our value where you have changed one of ours")
	o.how(f)
	o.keepFlag(f)
	f.DurationVar(&o.discoveryTimeout, "discovery-timeout", inventory.DefaultTimeout, "`DURATION` that finding accounts and roles may take")
	f.DurationVar(&o.maxAge, "max-age", 0, "`DURATION` for which what was found before is good enough, such as 8h: no sign-in then")
	f.BoolVar(&o.fresh, "fresh", false, "start over where an interrupted run could go on")
	f.StringVar(&o.reportTo, "report", "", "`FILE` for what was found and changed in JSON, - for standard output")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "say nothing but questions, warnings and errors")
	o.debugFlag(f)
	completeProfiles(cmd)
	complete(cmd, map[string][]string{"discovery-timeout": nil, "max-age": nil})
	return cmd
}
