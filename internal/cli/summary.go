package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/profile"
)

// summarize says what the run did to the file and how to go on.
func (r *run) summarize() {
	t := r.target
	r.sayFaults(r.written, r.shows())
	r.sayPlan()
	result := r.written.Result
	if n := len(result.LeftOut); n > 0 {
		r.Warn("left out %s, because the file has profiles of that name that are yours: %s",
			count(n, "profile"), shortList(result.LeftOut))
		if !r.adopt {
			r.Hint("--adopt takes over those that are for the same role")
		}
	}
	if n := len(result.InOtherBlock); n > 0 {
		r.Warn("left out %s, because another session has profiles of that name: %s", count(n, "profile"), shortList(result.InOtherBlock))
	}
	if n := len(result.Astray); n > 0 {
		r.Warn("left out %s, because the profile that each begins at is one of yours, for another role: %s", count(n, "profile"), shortList(result.Astray))
		r.Hint("give yours another name, or the role's in the settings (overrides)")
	}
	if len(result.Conflicts) > 0 {
		r.Warn("you and this run changed the same, and yours stays:")
		r.list(r.Say, differences(result.Conflicts))
		r.Hint("--overwrite takes ours")
	}
	if len(result.Theirs) > 0 {
		r.inform("Yours stays, where you have other values than ours:")
		r.list(r.inform, differences(result.Theirs))
	}
	if t.path == "" {
		return
	}
	if r.dryRun {
		r.sayNames()
	}
	r.sayCounts()
	if len(result.Renamed) > 0 {
		r.inform("Under another name, with what you added:")
		r.list(r.inform, renamed(result.Renamed))
		r.sayOldNames()
	}
	if len(result.Adopted) > 0 {
		r.inform("Yours until now, taken over with what you added:")
		r.list(r.inform, renamed(result.Adopted))
	}
	if len(result.Removed) > 0 {
		r.sayRemoved()
	}
	r.sayMentions()
	if r.usable() != "" {
		r.login.sayUntil()
	}
}

// sayRemoved says which profiles went, and why.
func (r *run) sayRemoved() {
	roles := rolesOf(r.found)
	planned := make(map[string]bool)
	for _, p := range r.plan.Profiles {
		planned[p.Name] = true
	}
	was := make(map[string]awsconfig.Section)
	for _, s := range r.planned.profiles {
		was[s.Name] = s
	}
	why := make(map[string][]string)
	for _, name := range r.written.Removed {
		s, reason := was[name], "their roles are gone"
		switch {
		case s.Value(profile.OldNameUntil) != "":
			reason = "their time as old names is over"
		case planned[name]:
			reason = "you have profiles of these names"
		case s.Value("role_arn") != "", name == "default":
			reason = "the settings do not make them any more"
		case roles[profile.RoleOf(s)]:
			reason = "include and exclude leave their roles out"
		}
		why[reason] = append(why[reason], name)
	}
	for _, reason := range slices.Sorted(maps.Keys(why)) {
		r.inform("Removed, because %s: %s", reason, shortList(why[reason]))
	}
}

// sayOldNames says until when profiles keep the names that they had.
func (r *run) sayOldNames() {
	old := make(map[string][]string) // by date
	for _, p := range r.plan.Profiles {
		until := awsconfig.Section{Keys: p.Keys}.Value(profile.OldNameUntil)
		if until != "" {
			old[until] = append(old[until], p.Name)
		}
	}
	for _, until := range slices.Sorted(maps.Keys(old)) {
		r.inform("Under the old name, too, until %s: %s", until, shortList(old[until]))
	}
}

// sayCounts says how many profiles are what they were, and how many are not.
func (r *run) sayCounts() {
	result := r.written.Result
	var changes []string
	for _, change := range []struct {
		names []string
		word  string
	}{{result.Added, "new"}, {result.Changed, "changed"}, {result.Removed, "removed"}, {renamed(result.Renamed), "renamed"}, {renamed(result.Adopted), "adopted"}, {result.Unchanged, "unchanged"}, {result.Kept, "kept"}} {
		if len(change.names) > 0 {
			changes = append(changes, fmt.Sprintf("%d %s", len(change.names), change.word))
		}
	}
	if len(changes) == 0 {
		changes = []string{"none"}
	}
	would := ""
	if r.shows() {
		would = ", if they were written"
	}
	r.inform("Profiles in %s%s: %s.", r.target.path, would, strings.Join(changes, ", "))
}

// sayPlan says which roles have no profile, or one under another name than was to be
// expected.
func (r *run) sayPlan() {
	plan := r.plan
	if len(plan.Unusable) > 0 {
		var names []string
		for _, role := range plan.Unusable {
			names = append(names, fmt.Sprintf("%q in account %q", role.Name, role.AccountID))
		}
		r.Warn("left out %s, because no AWS tool takes such a name: %s", count(len(names), "role"), shortList(names))
	}
	if plan.Filtered > 0 {
		r.inform("Left out by include and exclude: %s.", count(plan.Filtered, "role"))
	}
	news := make(map[string]bool)
	for _, name := range slices.Concat(r.written.Added, newNames(r.written.Renamed)) {
		news[name] = true
	}
	if apart := slices.DeleteFunc(slices.Clone(plan.ToldApart), func(name string) bool { return !news[name] }); len(apart) > 0 {
		r.inform("Another session has these names already, so the session's is in front: %s", shortList(apart))
	}
	if len(plan.Unmatched) > 0 && r.shows() && !r.previews {
		r.inform("These rules mean no role that you can use:")
		r.list(r.inform, plan.Unmatched)
	}
	for _, without := range plan.Without {
		r.Warn("there is no profile %s", without)
	}
}

// usable is a profile that the AWS tools can use now, "" if nothing was written for
// them.
func (r *run) usable() string {
	if r.target.path != r.target.known || r.shows() || r.isDemo {
		return ""
	}
	aliases := make(map[string]bool)
	for _, p := range r.plan.Profiles {
		if p.Alias {
			aliases[p.Name] = true
		}
	}
	result := r.written.Result
	for _, names := range [][]string{result.Added, result.Changed, newNames(result.Renamed), newNames(result.Adopted), result.Unchanged, result.Kept} {
		if i := slices.IndexFunc(names, func(name string) bool { return !aliases[name] }); i >= 0 {
			return names[i]
		}
	}
	return ""
}

// sayForgotten says which blocks of the files belong to no session of the settings,
// where there are some: nobody keeps them up to date, and their names are taken.
func (a *app) sayForgotten(runs []*run) {
	if len(a.settings.Sessions) == 0 || a.given("session") || a.given("sso-session-name") {
		return
	}
	seen := make(map[*target]bool)
	for _, r := range runs {
		if seen[r.target] || r.written.file == nil {
			continue
		}
		seen[r.target] = true
		blocks, _ := r.written.file.Blocks() // else nothing was merged
		for _, name := range blocks {
			if _, known := session(a.settings, name); !known {
				a.inform("%s has a block of session %s, which is not in your settings. It stays as it is; delete it from its BEGIN to its END line if it is not needed.", r.target.name(), name)
			}
		}
	}
}

// sayNames says what every role's profile is called, for who asked to see.
func (r *run) sayNames() {
	names := make(map[string]string)
	for _, account := range r.found.Accounts {
		names[account.ID] = account.Name
	}
	r.inform("Profiles, with account and role:")
	for _, p := range r.plan.Profiles {
		if p.RoleARN != "" {
			r.inform("  %s: %s, from %s", p.Name, p.RoleARN, p.Source)
		} else {
			r.inform("  %s: %s, %s", p.Name, strings.TrimSpace(names[p.AccountID]+" "+p.AccountID), p.RoleName)
		}
	}
}

// sayNext says what to type to see that a profile works.
func (a *app) sayNext(runs []*run) {
	for _, r := range runs {
		if profile := r.usable(); profile != "" {
			next := "aws sts get-caller-identity --profile " + profile
			if !r.login.signedIn() {
				next = r.howToSignIn(r.login.session) + ", then " + next
			}
			a.inform("Next: %s", next)
			return
		}
	}
}

// newNames is what profiles are called now.
func newNames(renames []awsconfig.Rename) []string {
	var names []string
	for _, rename := range renames {
		names = append(names, rename.New)
	}
	return names
}

// renamed says which profiles have another name now.
func renamed(renames []awsconfig.Rename) []string {
	var lines []string
	for _, r := range renames {
		if r.Old == r.New {
			lines = append(lines, r.New)
		} else {
			lines = append(lines, r.Old+" -> "+r.New)
		}
	}
	return lines
}

// differences says where the person wants something else.
func differences(list []awsconfig.Difference) []string {
	value := func(text string) string {
		if text == "" {
			return "no value"
		}
		return fmt.Sprintf("%q", text)
	}
	var lines []string
	for _, d := range list {
		lines = append(lines, fmt.Sprintf("%s, %s: yours is %s, ours %s", d.Profile, d.Key, value(d.Theirs), value(d.Ours)))
	}
	return lines
}

// sayFaults says what readers choke on in the file, wherever it comes from: we
// add none. A person who wants no more than profiles is told only what makes one
// of the readers lose all of them.
func (a *app) sayFaults(w written, all bool) {
	var lines []string
	for _, fault := range w.faults {
		if all || slices.Contains(fault.Losses[:], awsconfig.LosesFile) {
			lines = append(lines, fault.String())
		}
	}
	if len(lines) > 0 {
		a.Warn("not every program can read this file, and that is not for us to mend:")
		a.list(a.Say, lines)
	}
}

// shortList names the first few.
func shortList(names []string) string {
	const most = 8
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// list says a list, line by line, until it is too long to be read.
func (a *app) list(say func(string, ...any), lines []string) {
	const most = 20
	for i, line := range lines {
		if i == most {
			say("  and %d more (a run with --report FILE writes all of them down)", len(lines)-i)
			return
		}
		say("  %s", line)
	}
}

// count is a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
