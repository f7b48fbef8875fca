package profile

import (
	"maps"
	"slices"

	"aws-sso-config-generator/internal/inventory"
)

// sayUnmatched finds the rules that mean no role of the organization, as one does
// with a letter missing. A role is meant whether it gets a profile or not: an override
// for what exclude leaves out is no mistake. An account that could not be read may
// have any role.
func (p *planner) sayUnmatched(failures []inventory.Failure) {
	for _, f := range failures {
		account := p.accounts[f.ID].means
		p.unread.addBoth(account, account)
	}
	i := 0
	add := func(list string, m Match) {
		if !p.met.has(i) && !p.unread.has(i) {
			p.plan.Unmatched = append(p.plan.Unmatched, list+": "+m.String())
		}
		i++
	}
	for _, o := range p.rules.Overrides { // in the order of the selection
		add("overrides", o.Match)
	}
	for _, m := range p.rules.Include {
		add("include", m)
	}
	for _, m := range p.rules.Exclude {
		add("exclude", m)
	}
	for _, id := range slices.Sorted(maps.Keys(p.rules.Renames.Accounts)) {
		if p.accounts[id] == nil {
			p.plan.Unmatched = append(p.plan.Unmatched, "accounts: "+id)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.rules.Renames.Roles)) {
		if p.roles[name] == nil && len(failures) == 0 {
			p.plan.Unmatched = append(p.plan.Unmatched, "roles: "+name)
		}
	}
}

// why says why there is no profile of the role that the match at an index means.
func (p *planner) why(index int, m Match) string {
	switch {
	case p.unread.has(index):
		return "no role that could be read matches " + m.String()
	case p.met.has(index):
		return "no profile is made of " + m.String()
	default:
		return "no role matches " + m.String()
	}
}
