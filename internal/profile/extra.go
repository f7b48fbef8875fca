package profile

import (
	"errors"
	"fmt"
	"slices"

	"aws-sso-config-generator/internal/awsconfig"
)

// ErrSeveral says that several roles match where one is meant: the [default], or
// what a chain begins at.
var ErrSeveral = errors.New("several roles match where one is meant")

// A source is a role that [default] or a chain may be for.
type source struct {
	*candidate
	profile string // its name; "": it could not be read, and is not in the file
	kept    bool
}

// sources are the roles that there are, or would be if all could be read.
func (p *planner) sources(candidates, missed []*candidate, kept []Profile) []source {
	sources := make([]source, 0, len(candidates)+len(missed))
	for _, c := range candidates {
		sources = append(sources, source{candidate: c, profile: c.name})
	}
	names := make(map[Role]string, len(kept))
	for _, k := range kept {
		if r := (Role{k.AccountID, k.RoleName}); !k.Alias && names[r] == "" {
			names[r] = k.Name
		}
	}
	for _, c := range missed {
		sources = append(sources, source{candidate: c, profile: names[Role{c.account.ID, c.role.name}], kept: true})
	}
	return sources
}

// one finds the source that the match at an index means. There is none with a nil
// candidate.
func (p *planner) one(sources []source, index int) (source, error) {
	means := func(s source) bool { return s.account.means.has(index) && s.role.means.has(index) }
	found := slices.IndexFunc(sources, means)
	switch {
	case found < 0:
		return source{}, nil
	case slices.ContainsFunc(sources[found+1:], means):
		return source{}, fmt.Errorf("%w: %s", ErrSeveral, several(sources, means))
	default:
		return sources[found], nil
	}
}

// existing says whether the block has a profile of that name with a key, "" for any.
func (p *planner) existing(name, key string) bool {
	return slices.ContainsFunc(p.before.Profiles, func(s awsconfig.Section) bool {
		return s.Name == name && (key == "" || s.Value(key) != "")
	})
}

// addDefault plans the profile [default]. That of a role that could not be read
// stays as it is, if it is there.
func (p *planner) addDefault(sources []source) error {
	if p.rules.Default == nil {
		return nil
	}
	s, err := p.one(sources, p.special)
	if err != nil {
		return fmt.Errorf("choose the profile [default]: %w", err)
	}
	has := func(p Profile) bool { return p.Name == "default" }
	switch {
	case s.candidate != nil && !s.kept:
		p.plan.Profiles = slices.DeleteFunc(p.plan.Profiles, has) // kept, of another role
		p.plan.Profiles = append(p.plan.Profiles, Profile{Name: "default", AccountID: s.account.ID, RoleName: s.role.name, Keys: s.keys, Alias: true})
	case slices.ContainsFunc(p.plan.Profiles, has):
	case s.candidate != nil && p.existing("default", ""):
		p.plan.Profiles = append(p.plan.Profiles, Profile{Name: "default", AccountID: s.account.ID, RoleName: s.role.name, Kept: true, Alias: true})
	default:
		p.plan.Without = append(p.plan.Without, "default: "+p.why(p.special, *p.rules.Default))
	}
	return nil
}

// addChains plans the profiles of chains. One whose source could not be read and
// is not in the file stays as it is.
func (p *planner) addChains(chains []*candidate, sources []source) error {
	index := p.special
	if p.rules.Default != nil {
		index++
	}
	for i, chain := range p.rules.Chains {
		s, err := p.one(sources, index+i)
		if err != nil {
			return fmt.Errorf("choose the source of profile %q: %w", chain.Name, err)
		}
		planned := Profile{Name: chains[i].name, RoleARN: chain.RoleARN, Source: s.profile}
		switch {
		case s.profile != "":
			planned.Keys = mergeKeys(p.rules.Defaults, chain.Set)
		case s.kept && p.existing(planned.Name, "role_arn"):
			planned.Kept = true
		default:
			p.plan.Without = append(p.plan.Without, chain.Name+": "+p.why(index+i, chain.From))
			continue
		}
		p.plan.Profiles = append(p.plan.Profiles, planned)
	}
	return nil
}
