package cli

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/identitycenter"
	"aws-sso-config-generator/internal/inventory"
	"aws-sso-config-generator/internal/profile"
	"aws-sso-config-generator/internal/settings"
)

// accountsOf is the accounts and roles that profiles are for.
func accountsOf(profiles []awsconfig.Outsider) (found inventory.Inventory) {
	at := make(map[string]int)
	for _, o := range profiles {
		i, there := at[o.AccountID]
		if !there {
			i = len(found.Accounts)
			at[o.AccountID] = i
			name := awsconfig.Section{Keys: o.Keys}.Value("sso_account_name") // of aws-sso-util
			account := inventory.Account{}
			account.ID, account.Name = o.AccountID, name
			found.Accounts = append(found.Accounts, account)
		}
		if a := &found.Accounts[i]; !slices.Contains(a.Roles, o.RoleName) {
			a.Roles = append(a.Roles, o.RoleName)
		}
	}
	return found
}

// see makes an inventory what the session has.
func (g *imported) see(found inventory.Inventory) {
	g.found = found
	g.roles, g.alike = rolesOf(found), make(map[profile.Role]int, found.Roles())
	for r := range g.roles {
		r.Name = strings.ToLower(r.Name)
		g.alike[r]++
	}
}

// decide finds what becomes of every profile, and the settings that make it so.
func (im *importer) decide(context.Context) error {
	groups := im.imported()
	im.move(groups)
	before := make(map[*imported]profile.Before)
	for _, g := range groups {
		if g.run.memory == nil {
			g.run.memory = im.remember(g.run.session)
		}
		b, _, err := g.run.before(im.config)
		if err != nil {
			return err
		}
		before[g] = b
		g.choose(b)
	}
	for _, g := range groups {
		reserved := make(map[string]bool)
		for _, other := range groups {
			for _, o := range other.taken {
				if other != g {
					reserved[o.Name] = true
				}
			}
		}
		g.run.reserved = reserved
		b := before[g]
		maps.Copy(b.Taken, reserved)
		if err := g.settle(b, im.outsiders); err != nil {
			return err
		}
	}
	return nil
}

// move gives profiles that name no session to the one of their portal that has the
// role, if there are several: other people may sign in at the same one.
func (im *importer) move(groups []*imported) {
	for _, g := range groups {
		var stay []awsconfig.Outsider
		for _, o := range g.profiles {
			i := slices.IndexFunc(groups, func(other *imported) bool {
				return other.err == nil && identitycenter.SameStartURL(other.StartURL, g.StartURL) && other.roles[profile.RoleOfOutsider(o)]
			})
			if o.Session != "" || i < 0 || g.err == nil && g.roles[profile.RoleOfOutsider(o)] {
				stay = append(stay, o)
				continue
			}
			groups[i].take(o)
		}
		g.profiles = stay
	}
}

// choose finds the profiles that can be taken over: of each role the only one, where
// a profile that only another tool takes for one does not count beside others. Those
// of our block keep their names, too.
func (g *imported) choose(before profile.Before) {
	ours, byRole := g.keep(before), g.byRole()
	for _, o := range g.profiles {
		r := profile.RoleOfOutsider(o)
		rivals := byRole[r]
		unread := slices.ContainsFunc(g.found.Failures, func(f inventory.Failure) bool { return f.ID == o.AccountID })
		alike := g.alike[profile.Role{AccountID: o.AccountID, Name: strings.ToLower(o.RoleName)}] > 1
		alone := len(rivals) == 1 && rivals[0].Name == o.Name && ours[r] == "" && !alike
		if alone && (g.err != nil || unread || g.roles[profile.RoleOfOutsider(o)]) {
			g.named = append(g.named, o)
		}
		switch {
		case o.Name == "default":
			g.stay(o, "[default] is yours; default_profile in the settings makes one")
		case g.err != nil:
			g.stay(o, "nobody is signed in")
		case unread:
			g.stay(o, "its account could not be read; a run with --adopt takes it over later")
		case !g.roles[profile.RoleOfOutsider(o)]:
			g.stay(o, fmt.Sprintf("there is no role %s in account %s for you", o.RoleName, o.AccountID))
		case alike:
			g.stay(o, fmt.Sprintf("settings cannot tell role %s in account %s from another one that is called the same but for the case", o.RoleName, o.AccountID))
		case ours[r] != "":
			g.stay(o, fmt.Sprintf("our block has %s for the same role", ours[r]))
		case !alone && len(rivals) == 1:
			g.stay(o, fmt.Sprintf("%s is for the same role, and goes before one of %s", rivals[0].Name, toolName(o.Tool)))
		case !alone:
			g.stay(o, fmt.Sprintf("there are %d for role %s in account %s", len(rivals), o.RoleName, o.AccountID))
		default:
			g.taken = append(g.taken, o)
		}
	}
}

// keep notes the profiles of our block, and returns their names.
func (g *imported) keep(before profile.Before) map[profile.Role]string {
	ours := make(map[profile.Role]string)
	for _, s := range before.Profiles {
		r := profile.RoleOf(s)
		if ours[r] == "" && r.AccountID != "" && s.Name != "default" && s.Value(profile.OldNameUntil) == "" {
			ours[r] = s.Name
			g.named = append(g.named, awsconfig.Outsider{Name: s.Name, AccountID: r.AccountID, RoleName: r.Name, Keys: s.Keys})
		}
	}
	return ours
}

// byRole is the profiles of each role that could be its only one: those that every
// tool takes for one or, if there are none, those of other tools.
func (g *imported) byRole() map[profile.Role][]awsconfig.Outsider {
	byRole := make(map[profile.Role][]awsconfig.Outsider)
	for _, foreign := range []bool{false, true} {
		for _, o := range g.profiles {
			r := profile.RoleOfOutsider(o)
			if isForeign(o) == foreign && o.Name != "default" && (len(byRole[r]) == 0 || isForeign(byRole[r][0]) == foreign) {
				byRole[r] = append(byRole[r], o)
			}
		}
	}
	return byRole
}

// isForeign says that no other tool than the one that wrote it knows the role.
func isForeign(o awsconfig.Outsider) bool {
	return o.Tool == awsconfig.Granted || o.Tool == awsconfig.AWSSSOCLI
}

func (g *imported) stay(o awsconfig.Outsider, why string) {
	g.stays = append(g.stays, o.Name+": "+why)
}

// settle makes the settings under which the profiles have the names and keys that
// they have. One whose name would change for another that every reader takes stays.
func (g *imported) settle(before profile.Before, outsiders []awsconfig.Outsider) error {
	plan := func(s settings.Session) (profile.Plan, error) { return g.run.planOf(s, g.found, before) }
	g.Session = g.Import(g.named, g.profiles, plan)
	planned, err := plan(g.Session)
	if err != nil {
		return err
	}
	if g.run.rules, err = g.run.profileRules(g.Session); err != nil {
		return err
	}
	names := planned.Names()
	g.taken = slices.DeleteFunc(g.taken, func(o awsconfig.Outsider) bool {
		name := names[profile.RoleOfOutsider(o)]
		switch {
		case name == o.Name:
			return false
		case name != "" && profile.CheckName(o.Name) != nil:
			g.rename = append(g.rename, o.Name+" -> "+name)
			return false
		}
		g.stay(o, cmp.Or(name, "no name")+" would be its name")
		return true
	})
	g.run.adoptNot = make(map[string]bool)
	for _, o := range outsiders {
		g.run.adoptNot[o.Name] = true
	}
	for _, o := range g.taken {
		delete(g.run.adoptNot, o.Name)
	}
	return nil
}

// adoption finds out what --adopt means: not the profiles that name another session of
// the settings, and those of aws-sso-cli for this portal.
func (r *run) adoption(file *awsconfig.File) {
	outsiders, err := file.Outsiders()
	if err != nil { // which the merge will say
		return
	}
	r.adoptNot, r.adoptSSO = make(map[string]bool), make(map[string]bool)
	for _, o := range outsiders {
		_, named := session(r.settings, o.Session)
		r.adoptNot[o.Name] = r.adoptNot[o.Name] || named && o.Session != r.session.Name
	}
	for name, portal := range r.awsSSOPortals() {
		r.adoptSSO[name] = identitycenter.SameStartURL(portal.StartURL, r.session.StartURL)
	}
}
