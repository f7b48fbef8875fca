package profile

import (
	"fmt"
	"strings"
	"time"

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
type Match struct {
	account, role glob
	said          struct{ account, role string } // the globs as they were given
}

// ParseMatch reads a match: a glob for the account, which is compared with its id,
// its name, its other name and its e-mail address, and one for the role, which is
// compared with its name and its other name. An empty one means all. The globs are
// those of shells: *, ?, [a-z], {one,other}, without regard to case. It refuses what
// is none, and what would take long.
func ParseMatch(account, role string) (m Match, err error) {
	if m.account, err = parseGlob(account); err != nil {
		return m, fmt.Errorf("account %q: %w", account, err)
	}
	if m.role, err = parseGlob(role); err != nil {
		return m, fmt.Errorf("role %q: %w", role, err)
	}
	m.said.account, m.said.role = account, role
	return m, nil
}

// String is the match for people, such as account "data-*", role "Admin".
func (m Match) String() string {
	var parts []string
	if m.said.account != "" {
		parts = append(parts, fmt.Sprintf("account %q", m.said.account))
	}
	if m.said.role != "" {
		parts = append(parts, fmt.Sprintf("role %q", m.said.role))
	}
	if len(parts) == 0 {
		return "any role"
	}
	return strings.Join(parts, ", ")
}
