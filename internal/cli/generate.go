package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"aws-sso-config-generator/internal/atomicfile"
	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/inventory"
	"aws-sso-config-generator/internal/profile"
)

// generateOptions are the flags of the main job.
type generateOptions struct {
	signInOptions
	region, output            string
	template, profileName     string
	out, reportTo             string
	fresh, quiet              bool
	dryRun, checkOnly         bool // show what would be, and write nothing
	noPrune, adopt, overwrite bool
	discoveryTimeout          time.Duration
	maxAge                    time.Duration
}

// A run is one run of the main job: what it was asked for, and what it has found
// out so far.
type run struct {
	*app
	generateOptions
	rules   profile.Rules
	target  target
	session profile.Session
	login   *login
	memory  *memory
	found   inventory.Inventory
	changes *inventory.Changes // since the last run, nil if there was none
}

// generate is the main job: from a person in front of a browser to profiles in
// the config file. Whatever can be found wrong is found before anybody signs in.
func (a *app) generate(ctx context.Context, o generateOptions) error {
	a.quiet = o.quiet
	r := &run{app: a, generateOptions: o}
	if err := r.prepare(); err != nil {
		return err
	}
	if err := r.rehearse(ctx); err != nil {
		return err
	}
	if err := r.find(ctx); err != nil {
		return err
	}
	r.sayChanges()
	partial := r.unread()
	written, err := r.write(ctx)
	if err != nil {
		return err
	}
	r.keep()
	r.summarize(written)
	return errors.Join(r.writeReport(written), r.outdated(written), partial)
}

// prepare checks what was typed and finds the file.
func (r *run) prepare() (err error) {
	if err := r.check(); err != nil {
		return err
	}
	if r.rules, err = r.nameRules(r.generateOptions); err != nil {
		return err
	}
	r.target, err = r.findTarget(r.out)
	return err
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
	return r.checkReport()
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

// write plans the profiles and writes them. The file is read again: it may have
// changed during the sign-in, and it may do so still.
func (r *run) write(ctx context.Context) (written, error) {
	var plan profile.Plan
	if len(r.found.Failures) == 0 { // what is wrong with it leaves no trace, not even of a lock
		var err error
		if plan, err = r.plan(nil); err != nil {
			return written{}, err
		}
	}
	if r.target.path == "" || r.shows() {
		w, err := r.merge(ctx, plan)
		if err != nil {
			return w, err
		}
		return w, r.present(w)
	}
	unlock, err := r.lock(ctx, r.target)
	if err != nil {
		return written{}, err
	}
	defer unlock()
	for tries := 1; ; tries++ {
		w, err := r.merge(ctx, plan)
		if err != nil {
			return w, err
		}
		if ctx.Err() != nil {
			return w, context.Cause(ctx)
		}
		if err = r.target.save(w, r.session.Name); tries == 3 || !errors.Is(err, atomicfile.ErrChanged) {
			return w, err
		}
	}
}

// merge merges the profiles into what the file holds now. Where accounts could not
// be read, it depends on that how they are planned.
func (r *run) merge(ctx context.Context, plan profile.Plan) (written, error) {
	file, err := r.target.load()
	if err != nil {
		return written{}, err
	}
	if len(r.found.Failures) > 0 {
		existing, err := r.target.existing(file, r.session.Name)
		if err != nil {
			return written{}, err
		}
		if plan, err = r.plan(existing); err != nil {
			return written{}, err
		}
	}
	if ctx.Err() != nil { // nothing is written after Ctrl-C
		return written{}, context.Cause(ctx)
	}
	sections := profile.Sections(plan.Profiles, r.session, profile.Layout(r.layout))
	return r.target.merge(file, r.session.Name, sections, awsconfig.Options{Overwrite: r.overwrite, NoPrune: r.noPrune, Adopt: r.adopt})
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
	f.StringVarP(&o.region, "region", "r", "", "`REGION` of your own resources, written to every profile")
	f.StringVar(&o.output, "output", "", "`FORMAT` of the AWS CLI's output, written to every profile: "+strings.Join(outputFormats, ", "))
	f.StringVarP(&o.template, "template", "t", "", "`FILE` with other names for accounts and roles in JSON (default ~/.aws/config.template.json, if it exists)")
	f.StringVar(&o.profileName, "profile-name", "", "`TEMPLATE` of a profile's name, over AccountID, AccountName, Email, RoleName, Session, Region")
	o.layoutFlag(f, profile.LayoutSSOSession)
	f.StringVarP(&o.out, "out", "o", "", "`FILE` to write, - for standard output (default $AWS_CONFIG_FILE or ~/.aws/config)")
	f.BoolVar(&o.dryRun, "dry-run", false, "print what would change in the file as a diff, and write nothing")
	f.BoolVar(&o.checkOnly, "check", false, "the same, and end with exit code 5 if anything would change")
	f.BoolVar(&o.noPrune, "no-prune", false, "keep the profiles of roles that are gone")
	f.BoolVar(&o.adopt, "adopt", false, "take over your own profiles for the same roles: names, keys and place become ours, what you added stays")
	f.BoolVar(&o.overwrite, "overwrite", false, "take our value where you have changed one of ours")
	o.how(f)
	f.BoolVar(&o.keepSignedIn, "keep-signed-in", false, "ask for a session that is refreshed without you, until the service ends it")
	f.DurationVar(&o.discoveryTimeout, "discovery-timeout", inventory.DefaultTimeout, "`DURATION` that finding accounts and roles may take")
	f.DurationVar(&o.maxAge, "max-age", 0, "`DURATION` for which what was found before is good enough, such as 8h: no sign-in then")
	f.BoolVar(&o.fresh, "fresh", false, "start over where an interrupted run could go on")
	f.StringVar(&o.reportTo, "report", "", "`FILE` for what was found and changed in JSON, - for standard output")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "say nothing but questions, warnings and errors")
	o.debugFlag(f)
	completeSignIn(cmd)
	complete(cmd, map[string][]string{
		"output": outputFormats, "region": nil, "profile-name": nil, "timeout": nil, "discovery-timeout": nil, "max-age": nil, "callback-port": nil,
	})
	return cmd
}

// errNoRole says that the sign-in went well and there is nothing behind it. The
// file stays: to lose every profile is never what somebody meant.
var errNoRole = errors.New("you are signed in, but there is no role that you can use")

// plan names the profiles and tells the person which roles get none.
func (r *run) plan(existing []awsconfig.Section) (profile.Plan, error) {
	plan, err := profile.Make(r.found, r.rules, profile.Before{Profiles: existing, Now: time.Now()})
	if err != nil {
		return plan, fmt.Errorf("%w: %w", errProfileName, err)
	}
	if len(plan.Unusable) > 0 {
		var names []string
		for _, role := range plan.Unusable {
			names = append(names, fmt.Sprintf("%q in account %q", role.Name, role.AccountID))
		}
		r.warn("left out %s, because no AWS tool takes such a name: %s", count(len(names), "role"), shortList(names))
	}
	if len(plan.Profiles) == 0 {
		return plan, errNoRole
	}
	return plan, nil
}
