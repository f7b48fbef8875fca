package profile

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"aws-sso-config-generator/internal/awsconfig"
)

// A selection answers which of the rules' matches mean a role. What it asks of an
// account or of a role's name it asks once, so that there is little to do for each
// role. The overrides come first.
type selection struct {
	rules   *Rules
	matches []compiledMatch
	include int // index of the first one
	exclude int
	special int // the default, then the chains

	settings map[string]*settings // by the overrides that mean a role
}

type compiledMatch struct{ account, role compiledGlob }

// settings are what the overrides say of some roles.
type settings struct {
	keys   []awsconfig.Key
	region string
	name   string // literal
}

// A set says which of the matches mean something: one bit for each.
type set []uint64

func (s set) has(i int) bool { return s[i/64]&(1<<(i%64)) != 0 }

// addBoth adds what is in both of two others.
func (s set) addBoth(a, b set) {
	for i := range s {
		s[i] |= a[i] & b[i]
	}
}

func newSelection(rules *Rules) *selection {
	s := &selection{rules: rules, settings: make(map[string]*settings)}
	add := func(m Match) {
		s.matches = append(s.matches, compiledMatch{m.account.compiled(), m.role.compiled()})
	}
	for _, o := range rules.Overrides {
		add(o.Match)
	}
	s.include = len(s.matches)
	for _, m := range rules.Include {
		add(m)
	}
	s.exclude = len(s.matches)
	for _, m := range rules.Exclude {
		add(m)
	}
	s.special = len(s.matches)
	if rules.Default != nil {
		add(*rules.Default)
	}
	for _, c := range rules.Chains {
		add(c.From)
	}
	return s
}

func (s *selection) newSet() set { return make(set, (len(s.matches)+63)/64) }

// where finds the matches that mean one of some texts.
func (s *selection) where(glob func(compiledMatch) compiledGlob, texts ...string) set {
	found := s.newSet()
	if len(found) == 0 {
		return nil
	}
	compared := make([]string, 0, len(texts))
	for _, text := range texts {
		if text = folded(text); text != "" && !slices.Contains(compared, text) {
			compared = append(compared, text)
		}
	}
	for i, m := range s.matches {
		if glob(m).matches(compared) {
			found[i/64] |= 1 << (i % 64)
		}
	}
	return found
}

func accountGlob(m compiledMatch) compiledGlob { return m.account }
func roleGlob(m compiledMatch) compiledGlob    { return m.role }

// leavesOut says that the filters give a role no profile.
func (s *selection) leavesOut(account, role set) bool {
	means := func(i int) bool { return account.has(i) && role.has(i) }
	return s.exclude > s.include && !anyOf(s.include, s.exclude, means) || anyOf(s.exclude, s.special, means)
}

// leavesOutAll says that the filters give no role of an account a profile,
// whatever it is called.
func (s *selection) leavesOutAll(account set) bool {
	return s.exclude > s.include && !anyOf(s.include, s.exclude, account.has) ||
		anyOf(s.exclude, s.special, func(i int) bool { return account.has(i) && s.matches[i].role.all })
}

func anyOf(from, to int, is func(int) bool) bool {
	for i := from; i < to; i++ {
		if is(i) {
			return true
		}
	}
	return false
}

// of returns what the overrides say of a role. Roles of which the same ones say
// something share it.
func (s *selection) of(account, role set) *settings {
	id := make([]byte, 0, 64)
	for i := 0; i < s.include; i += 64 {
		id = binary.NativeEndian.AppendUint64(id, s.overrides(account, role, i/64))
	}
	found := s.settings[string(id)]
	if found == nil {
		found = s.merge(account, role)
		s.settings[string(id)] = found
	}
	return found
}

// overrides are those of one word of the sets that mean a role.
func (s *selection) overrides(account, role set, word int) uint64 {
	both := account[word] & role[word]
	if n := s.include - 64*word; n < 64 {
		both &= 1<<n - 1
	}
	return both
}

func (s *selection) merge(account, role set) *settings {
	merged := new(settings)
	keys := [][]awsconfig.Key{s.rules.Defaults}
	for i := 0; i < s.include; i += 64 {
		for word := s.overrides(account, role, i/64); word != 0; word &= word - 1 {
			o := s.rules.Overrides[i+bits.TrailingZeros64(word)]
			keys = append(keys, o.Set)
			if o.Name != "" {
				merged.name = o.Name
			}
		}
	}
	merged.keys = mergeKeys(keys...)
	merged.region = awsconfig.Section{Keys: merged.keys}.Value("region")
	return merged
}
