// Package profile plans the profiles of an inventory: one for each role in each
// account, under a name that every reader of the AWS config file accepts.
//
// It hides filters, overrides, naming, renames, templates, collisions, old names and
// the layouts of a profile. Profiles of accounts that could not be read stay as the
// file has them.
//
// Its invariant: no two profiles of a plan share a name, whatever the accounts
// and roles are called, and a plan depends on nothing but its input.
package profile

import (
	"slices"
	"time"

	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/inventory"
)

// A Profile is one role in one account, with the name it gets in the config
// file.
type Profile struct {
	Name      string
	AccountID string
	RoleName  string // as the service calls it

	Keys  []awsconfig.Key // beyond those that lead to the role; shared with other profiles
	Kept  bool            // its account could not be read: it stays as the file has it
	Alias bool            // another name of a role that has a profile: [default], or an old name

	// Of a chain alone, which has no AccountID and RoleName.
	RoleARN, Source string // the role, and the profile that it is assumed from
}

// Before is what is in the config file before the run.
type Before struct {
	Profiles []awsconfig.Section // of the session's block ([awsconfig.File.Profiles])
	Wrote    func(string) bool   // says of their names which ones we wrote; nil: all of them
	Taken    map[string]bool     // names that profiles in the blocks of other sessions have
	Now      time.Time           // of the run
}

// A Plan is what Make makes of an inventory.
type Plan struct {
	Profiles []Profile // by account id, then role name; aliases right behind their profile, chains at the end
	Unusable []Role    // roles whose id or name no reader takes as a value; left out
	Filtered int       // roles that the filters leave out

	ToldApart []string // names with the session's name in front, because another session has the plain one
	Without   []string // chains and "default" that are not there, and why: "lake: no role matches account …"
	Unmatched []string // rules that mean no role of the organization, such as "exclude: account …"
}

// Names are the names that roles get, without aliases and chains.
func (p Plan) Names() map[Role]string {
	names := make(map[Role]string, len(p.Profiles))
	for _, planned := range p.Profiles {
		if !planned.Alias && planned.RoleARN == "" {
			names[Role{planned.AccountID, planned.RoleName}] = planned.Name
		}
	}
	return names
}

// A Role is a role in an account, as the service names them: text from outside.
type Role struct{ AccountID, Name string }

// RoleOfOutsider is the role that a profile of the person's or of another tool is for.
func RoleOfOutsider(o awsconfig.Outsider) Role { return Role{o.AccountID, o.RoleName} }

// Make plans the profiles of an inventory under some rules. Profiles of accounts that
// could not be read are kept as the file has them, and all others get the names that
// they would get if the roles of the kept ones had been found again. A name that a
// kept one has is not given away.
//
// It fails with [ErrName] or [ErrChosenName] where the rules give no name, or the same
// one to several, and with [ErrSeveral]; all say which accounts and roles it is about.
func Make(inv inventory.Inventory, rules Rules, before Before) (Plan, error) {
	p, err := newPlanner(inv, rules, before)
	if err != nil {
		return Plan{}, err
	}
	candidates, err := p.read(inv.Accounts)
	if err != nil {
		return Plan{}, err
	}
	p.sayUnmatched(inv.Failures)
	kept, missed := p.keep(inv.Failures)
	chains := p.chains()
	all := slices.Concat(candidates, chains)
	if err := p.settle(all, missed, kept); err != nil {
		return Plan{}, err
	}
	p.plan.Profiles = slices.Grow(p.plan.Profiles, len(candidates)+len(kept)+len(chains))
	for _, c := range candidates {
		p.plan.Profiles = append(p.plan.Profiles, Profile{Name: c.name, AccountID: c.account.ID, RoleName: c.role.name, Keys: c.keys})
	}
	p.plan.Profiles = append(p.plan.Profiles, kept...)
	sources := p.sources(candidates, missed, kept)
	if err := p.addDefault(sources); err != nil {
		return Plan{}, err
	}
	p.addOldNames(candidates, chains)
	slices.SortStableFunc(p.plan.Profiles, order)
	if err := p.addChains(chains, sources); err != nil {
		return Plan{}, err
	}
	p.sayToldApart(all)
	return p.plan, nil
}

// A Layout is the way in which a profile tells its reader about the sign-in.
type Layout string

// The layouts.
const (
	LayoutSSOSession Layout = "sso-session" // refers to an [sso-session] section
	LayoutLegacy     Layout = "legacy"      // holds start URL and region itself, for older tools
)

// Layouts returns all layouts, the default first.
func Layouts() []Layout { return []Layout{LayoutSSOSession, LayoutLegacy} }

// A Session is the [sso-session] that profiles belong to.
type Session struct{ Name, StartURL, Region string }

// Sections turns profiles into the sections of the config file, in their order.
// The keys are those of AWS's configuration reference, in the order in which
// the AWS CLI writes them.
func Sections(profiles []Profile, session Session, layout Layout) []awsconfig.Section {
	if len(profiles) == 0 {
		return nil
	}
	portal := []awsconfig.Key{{Name: "sso_start_url", Value: session.StartURL}, {Name: "sso_region", Value: session.Region}}
	reference := []awsconfig.Key{{Name: "sso_session", Value: session.Name}}
	sections := make([]awsconfig.Section, 0, len(profiles)+1)
	if layout == LayoutLegacy {
		reference = portal
	} else {
		sections = append(sections, awsconfig.Section{Kind: awsconfig.SSOSession, Name: session.Name, Keys: slices.Concat(
			portal, []awsconfig.Key{{Name: "sso_registration_scopes", Value: "sso:account:access"}})})
	}
	for _, p := range profiles {
		section := awsconfig.Section{Kind: awsconfig.Profile, Name: p.Name, AsIs: p.Kept, Alias: p.Alias}
		if !p.Kept {
			section.Keys = p.allKeys(reference)
		}
		sections = append(sections, section)
	}
	return sections
}

// allKeys are the keys of a profile, with those that lead to its role. Reference are
// the ones for the sign-in.
func (p Profile) allKeys(reference []awsconfig.Key) []awsconfig.Key {
	role := [...]awsconfig.Key{{Name: "sso_account_id", Value: p.AccountID}, {Name: "sso_role_name", Value: p.RoleName}}
	if p.RoleARN != "" {
		reference = nil // the source has them
		role = [...]awsconfig.Key{{Name: "role_arn", Value: p.RoleARN}, {Name: "source_profile", Value: p.Source}}
	}
	keys := make([]awsconfig.Key, 0, len(reference)+len(role)+len(p.Keys))
	keys = append(keys, reference...)
	keys = append(keys, role[:]...)
	return append(keys, p.Keys...)
}
