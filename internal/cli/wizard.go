package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"aws-sso-config-generator/internal/profile"
	"aws-sso-config-generator/internal/settings"
	"aws-sso-config-generator/internal/terminal"
)

// A wizard makes a session of the settings out of answers.
type wizard struct {
	*app
	initOptions
	file   *settingsText
	known  settings.Settings // that there are already
	target *target           // where profiles go that nothing else is said of
	draft  settings.Session
	run    *run // of the draft, from when it is known where to sign in
	before profile.Before
	shown  []profile.Role // whose names show what naming does

	asked, goesBack bool   // of the step that is taken: it asks, and can go back
	saidBack        bool   // how
	ownTemplate     bool   // is asked for
	accounts, roles string // to leave out, as they were answered

	last *filteredPlan           // that was asked for
	vain map[settings.Match]bool // matches, if they mean no role
}

// newSession asks, signs in, asks more, shows what would be, and writes it.
func (a *app) newSession(ctx context.Context, o initOptions) error {
	w := &wizard{app: a, initOptions: o, vain: make(map[settings.Match]bool)}
	if err := w.walk(ctx, w.begin, w.askPortal, w.askName); err != nil {
		return err
	}
	return w.walk(ctx, w.signIn, w.askNaming, w.askTemplate, w.askAccounts, w.askRoles, w.askIfRight, w.askRegion, w.askPlace, w.finish)
}

// walk takes one step after the other, each of which asks one question at most, and
// from a question goes back to one before, if the person wants.
func (w *wizard) walk(ctx context.Context, steps ...func(context.Context) error) error {
	var asked []int // steps
	for at := 0; at < len(steps); at++ {
		w.asked, w.goesBack = false, len(asked) > 0
		err := steps[at](ctx)
		if by, ok := errors.AsType[terminal.BackError](err); ok {
			to := len(asked) - int(by)
			at, asked = asked[to]-1, asked[:to]
			continue
		}
		if err != nil {
			return err
		}
		if w.asked {
			asked = append(asked, at)
		}
	}
	return nil
}

// ask asks the question of a step.
func (w *wizard) ask(ctx context.Context, q terminal.Question) (string, error) {
	w.asked, q.GoesBack = true, w.goesBack
	if q.GoesBack && !w.ByForms() && !w.saidBack {
		w.saidBack = true
		w.Say("(The answer %s returns to the question before.)", terminal.BackAnswer)
	}
	return w.app.ask(ctx, q)
}

// begin finds out what there is.
func (w *wizard) begin(context.Context) (err error) {
	if w.file, err = w.readSettings(&w.signInOptions); err != nil {
		return err
	}
	if w.known, err = settings.Load(w.file.path); err != nil {
		return usagef("%w: %w", errSettings, err)
	}
	w.settings = w.known
	if w.given("sso-session-name") {
		if err := w.checkName(w.sessionName); err != nil {
			return usagef("%s: %w", w.named("sso-session-name"), err)
		}
	}
	w.target, err = w.findTarget("")
	return err
}

// signIn signs in and finds the accounts and roles.
func (w *wizard) signIn(ctx context.Context) error {
	o := w.generateOptions
	o.startURL, o.ssoRegion, o.sessionName = w.draft.StartURL, w.draft.SSORegion, w.draft.Name
	o.region, o.profileName, o.out = "", "", "" // these are asked for
	var err error
	if w.run, err = w.newRun(o, w.draft, nil); err != nil {
		return err
	}
	if err := w.run.rehearse(ctx); err != nil {
		return err
	}
	if err := w.run.look(ctx); err != nil {
		return err
	}
	w.draft.StartURL, w.draft.SSORegion = w.run.session.StartURL, w.run.session.Region
	if w.run.found.Roles() == 0 {
		return together(errNoRole, w.run.unreadable)
	}
	w.shown = telling(w.run.found)
	file, err := w.run.target.load()
	if err != nil {
		return err
	}
	if w.before, _, err = w.run.before(file); err != nil {
		return err
	}
	for _, line := range w.foundLines() {
		w.Say("%s", line)
	}
	return nil
}

// foundLines are the first accounts and roles.
func (w *wizard) foundLines() (lines []string) {
	const most = 5
	for i, account := range w.run.found.Accounts {
		if i == most {
			return append(lines, fmt.Sprintf("  and %s more", count(len(w.run.found.Accounts)-most, "account")))
		}
		lines = append(lines, fmt.Sprintf("  %s (%s): %s", cmp.Or(account.Name, account.ID), account.ID, fewOf(account.Roles)))
	}
	return lines
}

// fewOf names the first few roles.
func fewOf(roles []string) string {
	const most = 3
	if len(roles) == 0 {
		return "no role"
	}
	if len(roles) <= most {
		return strings.Join(roles, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(roles[:most], ", "), len(roles)-most)
}

// plan is the profiles that a session of the settings would get.
func (w *wizard) plan(s settings.Session) (profile.Plan, error) {
	return w.run.planOf(s, w.run.found, w.before)
}

// short is a path with ~ for the home directory.
func (a *app) short(path string) string {
	home, err := a.home()
	if err != nil {
		return path
	}
	if rest, ok := strings.CutPrefix(path, home+string(filepath.Separator)); ok {
		return "~/" + filepath.ToSlash(rest)
	}
	return path
}

// finish shows what would be written, asks, and writes it.
func (w *wizard) finish(ctx context.Context) error {
	r := w.run
	r.planned, r.err = nil, nil // if it was here before
	var err error
	if r.rules, err = r.profileRules(w.draft); err != nil {
		return err
	}
	r.out = w.expanded(w.draft.Out)
	if r.target, err = w.findTarget(r.out); err != nil {
		return err
	}
	text, err := w.file.with(w.draft)
	if err != nil {
		return err
	}
	if err := w.showDiff(w.file.path, w.file.text, text); err != nil {
		return err
	}
	err = w.propose(ctx, []*run{r}, &outcomes{app: w.app, of: 1}, func(bool) (bool, error) {
		answer, err := w.ask(ctx, terminal.YesOrNo("Write this?", "no"))
		if err != nil || answer != "yes" {
			return false, err
		}
		if err := w.file.save(ctx, text); err != nil {
			return false, err
		}
		w.Say("Written to %s.", w.file.path)
		return true, nil
	})
	return err
}
