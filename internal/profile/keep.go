package profile

import (
	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/inventory"
)

// RoleOf is the role that a profile of the file is for.
func RoleOf(section awsconfig.Section) Role {
	return Role{section.Value("sso_account_id"), section.Value("sso_role_name")}
}

// keep finds the existing profiles of accounts that could not be read: they stay,
// whatever the filters say. Missed are the candidates that would stand for them if
// they had been read: their roles have a say in what the other profiles are called.
// A role that would be left out or that the template fails for has none; its profile
// has a name already.
func (p *planner) keep(failures []inventory.Failure) (kept []Profile, missed []*candidate) {
	failed := make(map[string]bool, len(failures))
	for _, f := range failures {
		failed[f.ID] = true
	}
	seen := make(map[Role]bool) // a person may have one role under two names
	miss := func(r Role) {
		account, role := p.accounts[r.AccountID], p.role(r.Name)
		if seen[r] || !account.usable || !role.usable || p.leavesOut(account.means, role.means) {
			return
		}
		seen[r] = true
		if c, err := p.candidate(account, role); err == nil {
			missed = append(missed, c)
		}
	}
	for _, section := range p.before.Profiles {
		role := RoleOf(section)
		if !failed[role.AccountID] {
			continue
		}
		kept = append(kept, Profile{
			Name: section.Name, AccountID: role.AccountID, RoleName: role.Name, Kept: true,
			Alias: section.Value(OldNameUntil) != "" || section.Name == "default" && p.rules.Default != nil,
		})
		miss(role)
	}
	for _, f := range failures {
		for _, name := range f.Roles { // without a profile in the block, as when the person has one elsewhere
			miss(Role{f.ID, name})
		}
	}
	return kept, missed
}
