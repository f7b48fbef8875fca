package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/identitycenter"
	"aws-sso-config-generator/internal/profile"
	"aws-sso-config-generator/internal/settings"
	"aws-sso-config-generator/internal/terminal"
)

// own is the choice of a template of one's own.
const own = "template"

// askNaming asks what profiles are called, with names of the person's own.
func (w *wizard) askNaming(ctx context.Context) error {
	q := terminal.Question{Text: "Names of profiles"}
	for _, style := range styles {
		names, err := w.names(style.template)
		c := terminal.Choice{Value: style.value, Text: style.text}
		if err != nil {
			c.Wrong = &terminal.HintedError{Err: err, Hint: "choose another one, or a template of your own with {{ .AccountID }} in it"}
		} else {
			c.Examples = names
			q.Initial = cmp.Or(q.Initial, style.value)
		}
		q.Choices = append(q.Choices, c)
		if w.profileName != "" && w.profileName == style.template {
			q.Initial = style.value
		}
	}
	q.Choices = append(q.Choices, terminal.Choice{Value: own, Text: "a template of your own"})
	if !slices.ContainsFunc(styles, func(s style) bool { return s.template == w.profileName }) {
		q.Initial = own
	}
	answer, err := w.ask(ctx, q)
	if err != nil {
		return err
	}
	for _, style := range styles {
		if style.value == answer {
			w.nameBy(style.template)
		}
	}
	w.ownTemplate = answer == own
	return nil
}

// askTemplate asks for a template of one's own, if that was chosen.
func (w *wizard) askTemplate(ctx context.Context) error {
	if !w.ownTemplate {
		return nil
	}
	answer, err := w.ask(ctx, w.templateQuestion())
	if err == nil {
		w.nameBy(answer)
	}
	return err
}

// nameBy makes a template that of the draft; plans with another one are worth nothing.
func (w *wizard) nameBy(template string) {
	w.draft.ProfileName, w.profileName = template, template
	w.last = nil
	clear(w.vain)
}

// names are those that a template gives the roles that are shown.
func (w *wizard) names(template string) (names []string, err error) {
	s := w.draft
	s.ProfileName, s.Exclude = template, nil
	plan, err := w.plan(s)
	all := plan.Names()
	for _, role := range w.shown {
		if name, there := all[role]; there {
			names = append(names, name)
		}
	}
	return names, err
}

func (w *wizard) templateQuestion() terminal.Question {
	return terminal.Question{
		Hint: "an example: " + styles[1].template + "; with {{ .AccountID }} and {{ .RoleName }} no two names are the same",
		Text: "Template", Initial: cmp.Or(w.profileName, styles[1].template),
		About: []string{
			"Fields are AccountID, AccountName, Email, RoleName, Session, Region,",
			"functions kebab, snake, lower, title, replace, trimPrefix, trimSuffix, truncate and more.",
		},
		Check: func(template string) error {
			if _, err := profile.ParseNameTemplate(template); err != nil {
				return err
			}
			_, err := w.names(template)
			return err
		},
		Preview: func(template string) []string {
			names, _ := w.names(template)
			return []string{"such as " + strings.Join(names, ", ")}
		},
	}
}

// askAccounts asks which accounts to leave out.
func (w *wizard) askAccounts(ctx context.Context) error {
	answer, err := w.ask(ctx, w.filterQuestion("Accounts to leave out", "Names or ids", w.accounts, func(answer string) []settings.Match { return excluded(answer, "") }))
	if err == nil {
		w.accounts = answer
	}
	return err
}

// askRoles asks which roles to leave out.
func (w *wizard) askRoles(ctx context.Context) error {
	answer, err := w.ask(ctx, w.filterQuestion("Roles to leave out", "Names", w.roles, func(answer string) []settings.Match { return excluded(w.accounts, answer) }))
	if err == nil {
		w.roles = answer
		w.draft.Exclude = excluded(w.accounts, w.roles)
	}
	return err
}

// askIfRight asks whether what is left out is right, and if not asks for it again.
func (w *wizard) askIfRight(ctx context.Context) error {
	if len(w.draft.Exclude) == 0 {
		return nil
	}
	answer, err := w.ask(ctx, terminal.YesOrNo("Is that right?", "yes"))
	if err == nil && answer != "yes" {
		return terminal.BackError(2) // to the accounts
	}
	return err
}

// filterQuestion asks for accounts or roles; exclude is what an answer means.
func (w *wizard) filterQuestion(text, what, initial string, exclude func(answer string) []settings.Match) terminal.Question {
	return terminal.Question{
		Text: text, Initial: initial,
		About: []string{what + ", with * for anything, and commas between them. Empty: none."},
		Check: func(answer string) error {
			for _, m := range exclude(answer) {
				if _, err := profile.ParseMatch(m.Account, m.Role); err != nil {
					return err
				}
			}
			plan, err := w.filtered(exclude(answer))
			if err == nil && len(plan.Profiles) == 0 {
				err = errors.New("that leaves no role")
			}
			return err
		},
		Preview: func(answer string) []string { return w.sayFiltered(exclude(answer)) },
	}
}

// filtered is the plan with some roles left out. A form asks for the same one many
// times.
func (w *wizard) filtered(exclude []settings.Match) (profile.Plan, error) {
	if w.last != nil && slices.Equal(w.last.exclude, exclude) {
		return w.last.plan, w.last.err
	}
	s := w.draft
	s.Exclude = exclude
	plan, err := w.plan(s)
	w.last = &filteredPlan{exclude, plan, err}
	return plan, err
}

type filteredPlan struct {
	exclude []settings.Match
	plan    profile.Plan
	err     error
}

// meansNothing says that no role is left out by a match.
func (w *wizard) meansNothing(m settings.Match) bool {
	if _, known := w.vain[m]; !known {
		s := w.draft
		s.Exclude = []settings.Match{m}
		plan, err := w.plan(s)
		w.vain[m] = err == nil && plan.Filtered == 0
	}
	return w.vain[m]
}

// sayFiltered says what stays, and which globs leave out nothing.
func (w *wizard) sayFiltered(exclude []settings.Match) (lines []string) {
	if len(exclude) == 0 {
		return nil
	}
	plan, err := w.filtered(exclude)
	if err != nil {
		return nil
	}
	all := w.run.found.Roles()
	lines = append(lines, fmt.Sprintf("%d of %s stay", all-plan.Filtered, count(all, "role")))
	for _, m := range exclude {
		if w.meansNothing(m) {
			lines = append(lines, fmt.Sprintf("there is nothing called %s", cmp.Or(m.Account, m.Role)))
		}
	}
	return lines
}

// askRegion asks in which region the profiles work.
func (w *wizard) askRegion(ctx context.Context) error {
	region, err := w.ask(ctx, terminal.Question{
		Text: "Region of your own resources", Initial: w.region,
		About: []string{"Where your profiles work if nothing else is said, such as eu-central-1. Empty: none."},
		Hint:  "regions look like eu-central-1",
		Check: func(region string) error {
			if region == "" {
				return nil
			}
			return identitycenter.CheckRegion(region)
		},
	})
	if err != nil {
		return err
	}
	w.region, w.draft.Defaults = region, nil
	if region != "" {
		w.draft.Defaults = []awsconfig.Key{{Name: "region", Value: region}}
	}
	return nil
}

// askPlace asks where the profiles are written.
func (w *wizard) askPlace(ctx context.Context) error {
	usual := w.short(w.target.path)
	out, err := w.ask(ctx, terminal.Question{
		Text: "File for the profiles", Initial: cmp.Or(w.out, usual),
		About: []string{"The AWS tools read " + usual + "."},
		Hint:  "name another file, or mend this one",
		Check: func(out string) error {
			if out == "" {
				return errEmpty
			}
			return w.checkPlace(w.at(out))
		},
	})
	if err == nil {
		w.out, w.draft = out, w.at(out)
	}
	return err
}

// at is the draft with the profiles in a file.
func (w *wizard) at(out string) settings.Session {
	s := w.draft
	if s.Out = out; out == w.short(w.target.path) {
		s.Out = ""
	}
	return s
}

// errEmpty says that an answer cannot be none.
var errEmpty = errors.New("must not be empty")

// checkPlace makes sure that the profiles can be written where the session says.
func (w *wizard) checkPlace(s settings.Session) error {
	if _, err := w.file.with(s); err != nil {
		if wrong, ok := errors.AsType[*settings.Error](err); ok {
			return wrong.Err
		}
		return err
	}
	t, err := w.findTarget(w.expanded(s.Out))
	if err != nil {
		return err
	}
	file, err := t.load()
	if err != nil {
		return err
	}
	return t.rehearse(file, w.run.session, profile.Layout(w.layout), true)
}
