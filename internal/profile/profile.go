// Package profile plans the profiles of an inventory: one for each role in each
// account, under a name that every reader of the AWS config file accepts.
//
// It hides naming, renames, templates, collisions and the layouts of a profile.
// Profiles of accounts that could not be read stay as the file has them.
//
// Its invariant: no two profiles of a plan share a name, whatever the accounts
// and roles are called, and a plan depends on nothing but its input.
package profile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
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
	Without   []string // names of chains, and "default", that are not there because the role that they are for is not
}

// A Role is a role in an account, as the service names them: text from outside.
type Role struct{ AccountID, Name string }

func (r Role) usable() bool {
	return accountID.MatchString(r.AccountID) && roleName.MatchString(r.Name)
}

// Make plans the profiles of an inventory. Existing are the profiles that the
// file has now ([awsconfig.File.Profiles]): those of accounts that could not be
// read are kept, and all others get the names that they would get if the roles
// of the kept ones had been found again. A name that a kept one has is not given
// away.
//
// It fails only when the name template does, and says for which account and role.
func Make(inv inventory.Inventory, rules Rules, before Before) (Plan, error) {
	var plan Plan
	var candidates []*candidate
	for _, account := range inv.Accounts {
		for _, role := range account.Roles {
			if r := (Role{account.ID, role}); !r.usable() {
				plan.Unusable = append(plan.Unusable, r)
				continue
			}
			c, err := rules.candidate(account, role)
			if err != nil {
				return Plan{}, fmt.Errorf("name the profile of role %q in account %s: %w", role, account.ID, err)
			}
			candidates = append(candidates, c)
		}
	}
	kept, missed := rules.keep(inv.Failures, before.Profiles)
	resolve(slices.Concat(candidates, missed), nil)
	giveWay(candidates, missed, kept)
	for _, c := range candidates {
		plan.Profiles = append(plan.Profiles, Profile{Name: c.name(), AccountID: c.accountID, RoleName: c.roleName, Keys: rules.Defaults})
	}
	plan.Profiles = append(plan.Profiles, kept...)
	slices.SortStableFunc(plan.Profiles, func(a, b Profile) int {
		return cmp.Or(strings.Compare(a.AccountID, b.AccountID), strings.Compare(a.RoleName, b.RoleName))
	})
	return plan, nil
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
		if p.Kept {
			sections = append(sections, awsconfig.Section{Kind: awsconfig.Profile, Name: p.Name, AsIs: true})
			continue
		}
		keys := make([]awsconfig.Key, 0, len(reference)+2+len(p.Keys))
		keys = append(keys, reference...)
		keys = append(keys, awsconfig.Key{Name: "sso_account_id", Value: p.AccountID}, awsconfig.Key{Name: "sso_role_name", Value: p.RoleName})
		keys = append(keys, p.Keys...)
		sections = append(sections, awsconfig.Section{Kind: awsconfig.Profile, Name: p.Name, Keys: keys})
	}
	return sections
}
