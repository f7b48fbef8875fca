package profile

import (
	"slices"
	"strings"
	"time"

	"aws-sso-config-generator/internal/awsconfig"
)

// OldNameUntil is the key that says until when a profile keeps its old name, as a
// date in UTC such as 2026-12-23, which still counts. No other tool looks at it.
const OldNameUntil = awsconfig.OwnKeys + "old_name_until"

// addOldNames plans another profile for each one that we wrote under a name that
// its role no longer has and nobody else has now.
func (p *planner) addOldNames(candidates, chains []*candidate) {
	if p.rules.KeepOldNames <= 0 || len(p.before.Profiles) == 0 {
		return
	}
	roles := make(map[Role]*candidate, len(candidates))
	for _, c := range candidates {
		roles[Role{c.account.ID, c.role.name}] = c
	}
	taken := make(map[string]bool, len(p.plan.Profiles)+len(chains))
	for _, planned := range p.plan.Profiles {
		taken[planned.Name] = true
	}
	for _, c := range chains {
		taken[c.name] = true
	}
	keys := make(map[keysUntil][]awsconfig.Key)
	var old []Profile
	for _, section := range p.before.Profiles {
		role, name := RoleOf(section), section.Name
		c, until := roles[role], p.until(section)
		if c == nil || until == "" || taken[name] || p.before.Taken[name] || name == "default" || awsconfig.CheckName(name) != nil ||
			p.before.Wrote != nil && !p.before.Wrote(name) {
			continue
		}
		taken[name] = true
		shared := keysUntil{c.settings, until}
		if keys[shared] == nil {
			keys[shared] = append(slices.Clip(c.keys), awsconfig.Key{Name: OldNameUntil, Value: until})
		}
		old = append(old, Profile{Name: name, AccountID: role.AccountID, RoleName: role.Name, Keys: keys[shared], Alias: true})
	}
	slices.SortFunc(old, func(a, b Profile) int { return strings.Compare(a.Name, b.Name) })
	p.plan.Profiles = append(p.plan.Profiles, old...)
}

// keysUntil are the keys of profiles with the same settings and the same last day.
type keysUntil struct {
	*settings
	until string
}

// until is the last day of a profile's old name, "" if it is over. It never moves.
func (p *planner) until(section awsconfig.Section) string {
	said := section.Value(OldNameUntil)
	if said == "" {
		return p.before.Now.Add(p.rules.KeepOldNames).UTC().Format(time.DateOnly)
	}
	last, err := time.Parse(time.DateOnly, said)
	if err != nil || !p.before.Now.UTC().Before(last.AddDate(0, 0, 1)) {
		return ""
	}
	return said
}
