package cli

import (
	"crypto/sha256"
	"errors"
	"maps"

	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/inventory"
	"aws-sso-config-generator/internal/profile"
	"aws-sso-config-generator/internal/settings"
)

// What is found, and of no use. The file stays: to lose every profile is never
// what somebody meant.
var (
	errNoRole   = errors.New("you are signed in, but there is no role that you can use")
	errFiltered = errors.New("include and exclude in the settings leave no role")
)

// makePlan plans the profiles for what the file holds now, unless that is done.
func (r *run) makePlan() (file *awsconfig.File, base []awsconfig.Section, err error) {
	if file, err = r.target.load(); err != nil {
		return nil, nil, err
	}
	now := sha256.Sum256(file.Bytes())
	if r.planned != nil && r.planned.holding == now {
		return file, r.planned.base, nil
	}
	before, base, err := r.before(file)
	if err != nil {
		return nil, nil, err
	}
	r.plan, err = profile.Make(r.found, r.rules, before)
	switch {
	case err != nil, len(r.plan.Profiles) > 0:
	case r.plan.Filtered > 0:
		err = errFiltered
	default:
		err = errNoRole
	}
	if err == nil {
		r.planned = &planned{now, base, before.Profiles}
	}
	return file, base, err
}

// planOf is the profiles that a session of the settings would get of what is found.
func (r *run) planOf(s settings.Session, found inventory.Inventory, before profile.Before) (profile.Plan, error) {
	rules, err := r.profileRules(s)
	if err != nil {
		return profile.Plan{}, err
	}
	return profile.Make(found, rules, before)
}

// rolesOf is all roles that are found.
func rolesOf(found inventory.Inventory) map[profile.Role]bool {
	roles := make(map[profile.Role]bool, found.Roles())
	for _, account := range found.Accounts {
		for _, name := range account.Roles {
			roles[profile.Role{AccountID: account.ID, Name: name}] = true
		}
	}
	return roles
}

// before is what the file holds now, and what the last run wrote into it.
func (r *run) before(file *awsconfig.File) (before profile.Before, base []awsconfig.Section, err error) {
	before.Now = r.memory.at
	if before.Profiles, err = file.Profiles(r.session.Name); err != nil {
		return before, nil, r.target.unchanged(err)
	}
	if before.Taken, err = file.OtherProfiles(r.session.Name); err != nil {
		return before, nil, r.target.unchanged(err)
	}
	maps.Copy(before.Taken, r.reserved)
	if base = r.target.base(file, r.session.Name); base != nil {
		before.Wrote = wrote(base)
	}
	return before, base, nil
}

// planned is what a plan was made for: a file that holds this, and what we wrote last
// into it.
type planned struct {
	holding [sha256.Size]byte
	base    []awsconfig.Section

	profiles []awsconfig.Section // of the session's block
}

// wrote says of the names of profiles whether a base has them.
func wrote(base []awsconfig.Section) func(string) bool {
	names := make(map[string]bool, len(base))
	for _, section := range base {
		names[section.Name] = names[section.Name] || section.Kind == awsconfig.Profile
	}
	return func(name string) bool { return names[name] }
}
