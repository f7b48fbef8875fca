package profile

import (
	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/inventory"
)

// keep finds the existing profiles of accounts that could not be read. Missed are
// the candidates that would stand for them if they had been read: their roles
// have a say in what the other profiles are called. A role that would be left
// out or that the template fails for has none; its profile has a name already.
func (r Rules) keep(failures []inventory.Failure, existing []awsconfig.Section) (kept []Profile, missed []*candidate) {
	failed := make(map[string]inventory.Account, len(failures))
	for _, f := range failures {
		failed[f.ID] = inventory.Account{Account: f.Account}
	}
	seen := make(map[Role]bool) // a person may have one role under two names
	miss := func(role Role) {
		if seen[role] || !role.usable() {
			return
		}
		seen[role] = true
		if c, err := r.candidate(failed[role.AccountID], role.Name); err == nil {
			missed = append(missed, c)
		}
	}
	for _, section := range existing {
		role := Role{section.Value("sso_account_id"), section.Value("sso_role_name")}
		if _, ok := failed[role.AccountID]; !ok {
			continue
		}
		kept = append(kept, Profile{
			Name: section.Name, AccountID: role.AccountID, RoleName: role.Name,
			Kept: true,
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

// giveWay lets candidates take steps whose names the kept profiles have, as they
// may after a change of the rules. The others stay where they are.
func giveWay(candidates, missed []*candidate, kept []Profile) {
	if len(kept) == 0 {
		return
	}
	taken := make(map[string]bool, len(candidates)+len(kept))
	for _, p := range kept {
		taken[p.Name] = true
	}
	for _, c := range missed { // theirs again when they are read
		taken[c.name()] = true
	}
	var giving []*candidate
	for _, c := range candidates {
		if name := c.name(); taken[name] {
			giving = append(giving, c)
		} else {
			taken[name] = true
		}
	}
	resolve(giving, taken)
}
