package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/inventory"
	"aws-sso-config-generator/internal/profile"
	"aws-sso-config-generator/internal/settings"
	"aws-sso-config-generator/internal/terminal"
)

// An importer makes settings of the profiles that a config file has from elsewhere.
type importer struct {
	wizard
	config    *awsconfig.File
	outsiders []awsconfig.Outsider
	portals   map[string]settings.Portal // that aws-sso-cli knows
	groups    []*imported
	all       outcomes
}

// An imported is a session, and the profiles of the config file that belong to it.
type imported struct {
	settings.Session
	known    bool            // in the settings already
	sso      map[string]bool // names that aws-sso-cli has for its portal
	profiles []awsconfig.Outsider

	run    *run
	err    error               // why its accounts could not be seen
	found  inventory.Inventory // or what the profiles say, if they could not
	roles  map[profile.Role]bool
	alike  map[profile.Role]int // how many roles of an account are called so, in small letters
	taken  []awsconfig.Outsider // to be taken over
	named  []awsconfig.Outsider // whose names and keys the settings give
	stays  []string             // profiles that stay where they are, and why
	rename []string             // old -> new
}

// importSessions makes settings of what is in the config file, and takes the profiles
// over if it may.
func (a *app) importSessions(ctx context.Context, o initOptions) error {
	im := &importer{wizard: wizard{app: a, initOptions: o}}
	for _, step := range []func(context.Context) error{im.begin, im.read, im.group} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	im.sayGroups()
	if len(im.imported()) == 0 {
		a.Say("There is nothing to import.")
		return nil
	}
	for _, step := range []func(context.Context) error{im.enter, im.look, im.decide, im.finish} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	switch {
	case im.all.first == nil:
		return nil
	case ctx.Err() != nil:
		return im.all.first
	}
	return &sessionsError{im.all}
}

// read finds the profiles.
func (im *importer) read(context.Context) (err error) {
	if im.target, err = im.findTarget(im.out); err != nil {
		return err
	}
	if im.config, err = im.target.load(); err != nil {
		return err
	}
	if im.outsiders, err = im.config.Outsiders(); err != nil {
		return im.target.unchanged(err)
	}
	im.portals = im.awsSSOPortals()
	return nil
}

// enter finds out what would keep the new sessions from being written.
func (im *importer) enter(ctx context.Context) error {
	im.settings = im.drafts()
	groups := im.imported()
	im.all = outcomes{app: im.app, of: len(groups)}
	var runs []*run
	for _, g := range groups {
		o := im.generateOptions
		o.startURL, o.ssoRegion, o.sessionName, o.adopt = g.StartURL, g.SSORegion, g.Name, true
		o.region, o.profileName = "", "" // these are as the profiles have them
		var err error
		if g.run, err = im.newRun(o, g.Session, runs); err != nil {
			return err
		}
		g.run.many, g.run.adoptSSO = len(groups) > 1, g.sso
		if err := g.run.rehearse(ctx); err != nil {
			return err
		}
		runs = append(runs, g.run)
	}
	return nil
}

// look signs in to each new session and finds its accounts and roles. A session for
// which that fails is imported without.
func (im *importer) look(ctx context.Context) error {
	for _, g := range im.imported() {
		if g.err = g.run.look(ctx); g.err == nil && g.run.found.Roles() == 0 {
			g.err = together(errNoRole, g.run.unreadable)
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		g.see(g.run.found)
		if g.err == nil {
			g.SSORegion = g.run.session.Region
			continue
		}
		im.failed(ctx, g, g.err)
		im.Say("Session %s is imported without a look at its accounts; its profiles stay where they are.", g.Name)
		g.see(accountsOf(g.profiles))
	}
	return nil
}

// failed notes and says that all is not well with a session.
func (im *importer) failed(ctx context.Context, g *imported, err error) {
	im.all.note(ctx, g.Name, err)
	if im.all.of == 1 && ctx.Err() == nil {
		im.report(fmt.Errorf("session %s: %w", g.Name, err))
	}
}

// finish shows what would be written, asks, and writes it.
func (im *importer) finish(ctx context.Context) error {
	file := *im.file
	var runs []*run
	for _, g := range im.imported() {
		var err error
		if file.text, err = file.with(g.Session); err != nil {
			return err
		}
		if g.err == nil {
			runs = append(runs, g.run)
		}
	}
	if err := im.showDiff(im.file.path, im.file.text, file.text); err != nil {
		return err
	}
	im.each(ctx, (*run).preview)
	if err := im.present(runs); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	answer, err := im.conclude(ctx)
	if err != nil || answer == "no" {
		im.onlyLooked(runs)
		im.saidNo(err)
		return err
	}
	if err := im.file.save(ctx, file.text); err != nil {
		return err
	}
	im.Say("Written to %s.", im.file.path)
	if answer != "yes" {
		return nil
	}
	im.each(ctx, (*run).settleShown)
	im.sayNext(runs)
	return nil
}

// each does a step of every session that has got there.
func (im *importer) each(ctx context.Context, step func(*run, context.Context) error) {
	for _, g := range im.imported() {
		if g.err == nil && ctx.Err() == nil {
			if g.err = step(g.run, ctx); g.err != nil {
				im.failed(ctx, g, g.err)
			}
		}
	}
}

// conclude says what becomes of the profiles, and asks whether it may: yes, no, or
// settings alone.
func (im *importer) conclude(ctx context.Context) (string, error) {
	n, seen := 0, false
	for _, g := range im.imported() {
		n += im.sayFate(g)
		seen = seen || g.err == nil
	}
	switch {
	case im.yes && seen:
		return "yes", nil
	case im.yes:
		return "settings", nil
	}
	var unseen error
	if !seen {
		unseen = errors.New("there is no session whose accounts were seen")
	}
	return im.ask(ctx, terminal.Question{Text: "What is to be written", Initial: "no", Choices: []terminal.Choice{
		{Value: "yes", Text: "the settings and the config file, where " + count(n, "profile") + " of yours become ours", Wrong: unseen},
		{Value: "settings", Text: "the settings alone; the config file stays as it is"},
		{Value: "no", Text: "nothing"},
	}})
}

// sayFate says what becomes of the profiles of a session, and returns how many are
// taken over.
func (im *importer) sayFate(g *imported) int {
	adopted := make(map[string]bool)
	for _, rename := range g.run.written.Adopted {
		adopted[rename.Old] = true
	}
	stays := slices.Clone(g.stays)
	for _, o := range g.taken {
		if g.err == nil && !adopted[o.Name] {
			stays = append(stays, o.Name+": it cannot be taken out of the file as it stands there")
		}
	}
	im.Say("Session %s: %d of %s can be taken over.", g.Name, len(adopted), count(len(g.profiles), "profile"))
	if len(g.rename) > 0 {
		im.Say("Under another name, because not every tool takes the one that they have:")
		im.list(im.Say, g.rename)
	}
	if len(stays) > 0 {
		im.Say("These stay where they are:")
		im.list(im.Say, stays)
	}
	return len(adopted)
}
