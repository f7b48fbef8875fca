package settings

import (
	"fmt"
	"slices"
	"strings"

	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/profile"
)

// A Portal is where aws-sso-cli signs in: text from outside.
type Portal struct{ StartURL, Region string }

// Portals reads from the settings of aws-sso-cli (SSOConfig in its config.yaml) which
// access portals it knows, by the names that it has for them. What makes no sense is
// left out.
func Portals(data []byte) map[string]Portal {
	root, err := read("", data)
	if err != nil {
		return nil
	}
	portals := make(map[string]Portal)
	if all := root.find("SSOConfig"); all != nil {
		for _, e := range all.keys {
			said := func(key string) string {
				if n := e.value.find(key); n != nil && n.kind == scalar {
					return n.text
				}
				return ""
			}
			if p := (Portal{said("StartUrl"), said("SSORegion")}); p.StartURL != "" {
				portals[e.key.text] = p
			}
		}
	}
	return portals
}

// usualTemplates are the ways in which people and tools name profiles. Of those that
// explain as much the first one counts: "" is ours, then come the AWS CLI and
// aws-sso-util.
var usualTemplates = []string{
	"",
	"{{ .RoleName }}-{{ .AccountID }}",
	"{{ .AccountName }}.{{ .RoleName }}",
	"{{ .AccountID }}-{{ .RoleName }}",
	"{{ .AccountID }}_{{ .RoleName }}",
	"{{ .AccountID }}.{{ .RoleName }}",
	"{{ .RoleName }}.{{ .AccountID }}",
	"{{ .RoleName }}_{{ .AccountID }}",
	"{{ .AccountName }}_{{ .RoleName }}",
	"{{ .RoleName }}-{{ .AccountName }}",
	"{{ .AccountName | kebab }}-{{ .RoleName }}",
	"{{ .AccountName | kebab }}-{{ .RoleName | kebab }}",
	"{{ .AccountName | kebab }}-{{ .RoleName | lower }}",
	`{{ .AccountName | kebab }}-{{ .RoleName | trimSuffix "Access" | kebab }}`,
	`{{ .AccountName | kebab }}.{{ .RoleName | trimSuffix "Access" | kebab }}`,
	"{{ .AccountName | kebab }}.{{ .RoleName }}",
	"{{ .AccountName | kebab }}.{{ .RoleName | kebab }}",
	"{{ .AccountName | lower }}-{{ .RoleName }}",
	"{{ .AccountName | lower }}-{{ .RoleName | lower }}",
	"{{ .AccountName | lower }}.{{ .RoleName | lower }}",
	"{{ .AccountName | snake }}_{{ .RoleName | snake }}",
	"{{ .AccountName }}",
	"{{ .AccountName | kebab }}",
	"{{ .AccountName | lower }}",
}

// Import is the session with the names, regions and output formats that profiles
// have: by a template and defaults as far as these go, else by overrides. All other
// keys are for whoever takes the profiles over. Those that stay where they are have a
// say in the template alone. Plan plans the session.
//
// A name that not every reader takes, and one that the plan gives nobody, is left to
// the template.
func (s Session) Import(taken, stay []awsconfig.Outsider, plan func(Session) (profile.Plan, error)) Session {
	taken = slices.DeleteFunc(slices.Clone(taken), func(o awsconfig.Outsider) bool { return !usable(o) })
	s.ProfileName = ""
	s.Defaults, s.Overrides = keysOf(taken)
	for _, template := range s.templates(slices.Concat(taken, stay), plan) {
		if named, ok := s.named(template, taken, plan); ok {
			return named
		}
	}
	return s
}

// usable says that a profile is for what can be a role.
func usable(o awsconfig.Outsider) bool {
	return accountID(o.AccountID) == nil && o.RoleName != "" && strings.Trim(o.RoleName, nameCharacters+"+=,@-") == ""
}

// templates are those that a session can have, the one that explains most of the
// names first.
func (s Session) templates(profiles []awsconfig.Outsider, plan func(Session) (profile.Plan, error)) []string {
	explained := make(map[string]int)
	var templates []string
	for _, template := range usualTemplates {
		s.ProfileName = template
		p, err := plan(s)
		if err != nil {
			continue
		}
		names := p.Names()
		for _, o := range profiles {
			if names[profile.RoleOfOutsider(o)] == o.Name {
				explained[template]++
			}
		}
		templates = append(templates, template)
	}
	slices.SortStableFunc(templates, func(a, b string) int { return explained[b] - explained[a] })
	return templates
}

// named is the session with a template, and an override for each name that it does
// not give. One that has a name may take that of another.
func (s Session) named(template string, profiles []awsconfig.Outsider, plan func(Session) (profile.Plan, error)) (Session, bool) {
	s.ProfileName = template
	done := make(map[string]bool)
	for again := true; again; {
		p, err := plan(s)
		if err != nil {
			return s, false
		}
		again = false
		names := p.Names()
		for _, o := range profiles {
			if names[profile.RoleOfOutsider(o)] != o.Name && !done[o.Name] && profile.CheckName(o.Name) == nil {
				s.Overrides = withName(s.Overrides, matchOf(o.RoleName, o.AccountID), o.Name)
				done[o.Name], again = true, true
			}
		}
	}
	return s, true
}

// withName is overrides that give a role a name.
func withName(overrides []Override, match Match, name string) []Override {
	overrides = slices.Clone(overrides)
	if i := slices.IndexFunc(overrides, func(o Override) bool { return o.Match == match }); i >= 0 {
		overrides[i].Name = name
		return overrides
	}
	return append(overrides, Override{Match: match, Name: name})
}

// matchOf means a role in some accounts. No sign of a glob can be in them (usable).
func matchOf(role string, accounts ...string) Match {
	if len(accounts) == 1 {
		return Match{Account: accounts[0], Role: role}
	}
	return Match{Account: "{" + strings.Join(accounts, ",") + "}", Role: role}
}

// importedKeys are those that settings take from profiles, with their checks.
var importedKeys = []struct {
	name  string
	check func(string) error
}{
	{"region", region},
	{"output", func(text string) error { return oneOf(text, OutputFormats()) }},
}

// keysOf are the defaults and overrides by which profiles get the values that they
// have, and those without get none.
func keysOf(profiles []awsconfig.Outsider) (defaults []awsconfig.Key, overrides []Override) {
	others := make([][]awsconfig.Key, len(profiles))
	for _, key := range importedKeys {
		count := make(map[string]int)
		values := make([]string, len(profiles))
		for i, o := range profiles {
			if value := (awsconfig.Section{Keys: o.Keys}).Value(key.name); key.check(value) == nil {
				values[i] = value
			}
			count[values[i]]++
		}
		usual := ""
		for value, n := range count {
			if count[""] == 0 && 2*n > len(profiles) {
				usual = value
				defaults = append(defaults, awsconfig.Key{Name: key.name, Value: value})
			}
		}
		for i, value := range values {
			if value != usual {
				others[i] = append(others[i], awsconfig.Key{Name: key.name, Value: value})
			}
		}
	}
	return defaults, overridesFor(profiles, others)
}

// overridesFor are overrides that set the keys of each profile: as few as go without
// lists that nobody reads.
func overridesFor(profiles []awsconfig.Outsider, keys [][]awsconfig.Key) (overrides []Override) {
	type group struct{ role, keys string }
	var groups []group
	set := make(map[group][]awsconfig.Key)
	accounts := make(map[group][]string)
	for i, o := range profiles {
		g := group{o.RoleName, fmt.Sprint(keys[i])}
		if len(keys[i]) == 0 {
			continue
		}
		if set[g] == nil {
			groups = append(groups, g)
		}
		set[g] = keys[i]
		accounts[g] = append(accounts[g], o.AccountID)
	}
	const most = 6 // accounts in a line
	for _, g := range groups {
		for some := range slices.Chunk(accounts[g], most) {
			overrides = append(overrides, Override{Match: matchOf(g.role, some...), Set: set[g]})
		}
	}
	return overrides
}
