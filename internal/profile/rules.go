package profile

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"

	"aws-sso-config-generator/internal/awsconfig"
)

// Rules say which roles get a profile, what it is called and what else is in it.
// The zero value gives every role one, under its default name: account name, dash,
// role name.
type Rules struct {
	Session      string        // name of the sso-session
	Renames      Renames       // other names for accounts and roles
	NameTemplate *NameTemplate // nil: the default name

	Include []Match // roles that get a profile; none: all
	Exclude []Match // of those, the ones that get none

	Defaults  []awsconfig.Key // of every profile
	Overrides []Override      // of some, in order: later ones win

	Default *Match  // the role that is the profile [default], too
	Chains  []Chain // profiles for roles that are assumed from one of these

	KeepOldNames time.Duration // how long a profile that is renamed keeps its old name, too
}

// An Override is what is different for some roles.
type Override struct {
	Match Match
	Set   []awsconfig.Key
	Name  string // of the profile; "": as without it
}

// A Chain is a profile for a role that is assumed from another profile
// (role_arn and source_profile in AWS's configuration reference).
type Chain struct {
	From    Match // the one role that it is assumed from
	RoleARN string
	Name    string
	Set     []awsconfig.Key
}

// A Match says which roles are meant, by globs. The zero value means all of them.
type Match struct{ account, role glob }

// ParseMatch reads a match: a glob for the account, which is compared with its id,
// its name, its other name and its e-mail address, and one for the role, which is
// compared with its name and its other name. An empty one means all. The globs are
// those of shells: *, ?, [a-z], {one,other}, without regard to case.
func ParseMatch(account, role string) (m Match, err error) {
	if m.account, err = parseGlob(account); err != nil {
		return m, fmt.Errorf("account %q: %w", account, err)
	}
	if m.role, err = parseGlob(role); err != nil {
		return m, fmt.Errorf("role %q: %w", role, err)
	}
	return m, nil
}

// A glob is a pattern in the form in which it is compared, "" for any text.
type glob string

// ErrGlob says that a pattern is none.
var ErrGlob = errors.New("not a glob: the signs are *, ?, [a-z] and {one,other}, and \\ before a sign that stands for itself")

func parseGlob(pattern string) (glob, error) {
	if !doublestar.ValidatePattern(folded(pattern)) {
		return "", ErrGlob
	}
	return glob(folded(pattern)), nil
}

// folded is text as globs compare it: a slash is nothing special in a name.
func folded(text string) string {
	return strings.ToLower(strings.ReplaceAll(text, "/", "\x1f"))
}

// matches says whether one of some texts is meant.
func (g glob) matches(texts ...string) bool {
	if g == "" {
		return true
	}
	for _, text := range texts {
		if matched, err := doublestar.Match(string(g), folded(text)); matched && err == nil {
			return true
		}
	}
	return false
}
