package profile

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"aws-sso-config-generator/internal/awsconfig"
)

// ErrName says that a name template leaves a role without a name of its own, and
// ErrChosenName the same of a name that an override or a chain gives.
var (
	ErrName       = errors.New("name the profiles")
	ErrChosenName = errors.New("name the profiles as overrides and chains say")
)

var (
	accountID = regexp.MustCompile(`^[0-9]{12}$`)
	// roleName is the form of a permission set's name (API_PermissionSet, Name).
	// Nothing in it can end a value, start a comment or open a section.
	roleName = regexp.MustCompile(`^[A-Za-z0-9_+=,.@-]+$`)
	// unsafe is what a profile's name must not hold, with the dashes around it:
	// the JavaScript SDK and shells take no more than the rest.
	unsafe = regexp.MustCompile(`-*[^A-Za-z0-9_.-][^A-Za-z0-9_.]*`)
)

func isUnsafe(r rune) bool {
	return r > unicode.MaxASCII || !isLetter(byte(r)) && !isDigit(byte(r)) && !strings.ContainsRune("_.-", r)
}

// reduce turns any text into one that every reader takes as part of a name:
// a run of other characters becomes one dash, and none stands at an end.
func reduce(text string) string {
	if !strings.ContainsFunc(text, isUnsafe) { // as most are
		return strings.Trim(text, "-")
	}
	return strings.Trim(unsafe.ReplaceAllString(text, "-"), "-")
}

// reserved are names with a meaning of their own. One section named __proto__
// makes the JavaScript SDK lose the whole file.
func reserved(name string) bool {
	return name == "" || name == "default" || name == "__proto__"
}

// CheckName returns an error unless a name that somebody chose for one profile is
// one that every reader takes. It may hold more than the names that are made here,
// as those of other tools do: acme/Admin, 111122223333:Admin.
func CheckName(name string) error {
	switch {
	case name == "":
		return errors.New("empty")
	case reserved(name):
		return errors.New("reserved")
	default:
		return awsconfig.CheckName(name)
	}
}

// A candidate is a profile on its way to a name. At every step its name says
// more of where it comes from; it takes the first step at which it is alone.
type candidate struct {
	*settings
	account *knownAccount
	role    *knownRole // of a chain: what it is for
	fixed   string     // the name from a template, an override or a chain; "": the default name

	name  string // at the current step
	front string // of the name, where another session has the plain one
	step  int
	hash  string // of account id and role name, in hexadecimal; as long as the step needs it
}

// say sets the name at the current step: plain, then with the account id, then
// with more and more of the hash.
func (c *candidate) say() {
	if c.step == 0 && c.front == "" && c.fixed != "" { // as most are
		c.name = c.fixed
		return
	}
	parts := []string{c.fixed}
	if c.fixed == "" {
		parts = []string{c.account.reduced, c.role.reduced}
	}
	if c.step >= 1 && parts[0] != c.account.ID {
		parts = slices.Insert(parts, 1, c.account.ID)
	}
	if c.step >= 2 {
		parts = append(parts, c.hash[:8*(c.step-1)])
	}
	parts = slices.Insert(parts, 0, c.front)
	c.name = strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), "-")
}

func (c *candidate) advance() {
	c.step++
	for len(c.hash) < 8*(c.step-1) {
		sum := sha256.Sum256([]byte(c.account.ID + "/" + c.role.name + c.hash))
		c.hash += hex.EncodeToString(sum[:])
	}
	c.say()
}

// String says which role it is, for people.
func (c *candidate) String() string {
	if c.settings == nil {
		return "the chain to " + c.role.name
	}
	return fmt.Sprintf("role %q in account %s (%q)", c.role.name, c.account.ID, c.account.name)
}

// lastStep is the one with the whole hash: no two roles share a name there.
const lastStep = 1 + 2*sha256.Size/8

// resolve lets candidates take steps until each has a name of its own, and none
// that is taken.
func resolve(candidates []*candidate, taken map[string]bool) {
	for crowded := true; crowded; {
		crowded = false
		count := make(map[string]int, len(candidates))
		for _, c := range candidates {
			count[c.name]++
		}
		for _, c := range candidates {
			if taken[c.name] || reserved(c.name) || count[c.name] > 1 && c.step < lastStep {
				c.advance()
				crowded = true
			}
		}
	}
}

// settle gives every candidate a name of its own. Missed ones, which stand for
// roles that could not be read, get none, but have a say: so a failure renames
// nobody. What fails is a name that was chosen for two.
func (p *planner) settle(candidates, missed []*candidate, kept []Profile) error {
	if err := distinct(candidates); err != nil {
		return err
	}
	all := slices.Concat(candidates, missed)
	fixed := make(map[string]bool)
	var free []*candidate
	for _, c := range all {
		c.say()
		if c.fixed == "" {
			free = append(free, c)
		} else {
			fixed[c.name] = true
		}
	}
	resolve(free, fixed)
	p.tellApart(all)
	p.giveWay(candidates, missed, kept)
	return nil
}

// distinct fails where several have the same fixed name, and says which.
func distinct(candidates []*candidate) error {
	named := make(map[string]int)
	made := make(map[string]bool) // by the template
	for _, c := range candidates {
		if c.fixed != "" {
			named[c.fixed]++
			made[c.fixed] = made[c.fixed] || !c.chosen()
		}
	}
	for _, c := range candidates {
		if named[c.fixed] > 1 {
			kind := ErrChosenName
			if made[c.fixed] {
				kind = ErrName
			}
			return fmt.Errorf("%w: %q would be the name of %s", kind, c.fixed, several(candidates, func(other *candidate) bool { return other.fixed == c.fixed }))
		}
	}
	return nil
}

// chosen says that somebody chose the fixed name for this one.
func (c *candidate) chosen() bool { return c.settings == nil || c.settings.name != "" }

// several names a few of those that are meant.
func several[T fmt.Stringer](all []T, meant func(T) bool) string {
	const few = 4
	var names []string
	n := 0
	for _, one := range all {
		if !meant(one) {
			continue
		}
		n++
		if n <= few {
			names = append(names, one.String())
		}
	}
	if n > few {
		names = append(names, fmt.Sprintf("%d more", n-few))
	}
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// tellApart puts the session's name in front of the names that profiles of other
// sessions have.
func (p *planner) tellApart(all []*candidate) {
	var alike, others []*candidate
	front := cmp.Or(reduce(p.rules.Session), "sso")
	stays := p.told(front)
	for _, c := range all {
		// A name that was told apart stays so, also when the plain one is free again: what
		// was one organization's name yesterday is not to be another's today.
		if p.before.Taken[c.name] || stays[[3]string{front + "-" + c.name, c.account.ID, c.role.name}] {
			alike = append(alike, c)
		} else {
			others = append(others, c)
		}
	}
	if len(alike) == 0 {
		return
	}
	taken := make(map[string]bool, len(p.before.Taken)+len(others))
	maps.Copy(taken, p.before.Taken)
	for _, c := range others {
		taken[c.name] = true
	}
	for _, c := range alike {
		c.front = front
		c.say()
	}
	resolve(alike, taken)
}

// told finds the profiles that we wrote with the session's name in front.
func (p *planner) told(front string) map[[3]string]bool {
	told := make(map[[3]string]bool)
	for _, s := range p.before.Profiles {
		if strings.HasPrefix(s.Name, front+"-") && (p.before.Wrote == nil || p.before.Wrote(s.Name)) && s.Value(OldNameUntil) == "" {
			told[[3]string{s.Name, s.Value("sso_account_id"), s.Value("sso_role_name")}] = true
		}
	}
	return told
}

// giveWay lets candidates take steps whose names the kept profiles have, as they
// may after a change of the rules. The others stay where they are.
func (p *planner) giveWay(candidates, missed []*candidate, kept []Profile) {
	if len(kept)+len(missed) == 0 {
		return
	}
	taken := make(map[string]bool, len(p.before.Taken)+len(candidates)+len(kept))
	maps.Copy(taken, p.before.Taken)
	for _, p := range kept {
		taken[p.Name] = true
	}
	for _, c := range missed { // theirs again when they are read
		taken[c.name] = true
	}
	var giving []*candidate
	for _, c := range candidates {
		if taken[c.name] {
			giving = append(giving, c)
		} else {
			taken[c.name] = true
		}
	}
	resolve(giving, taken)
}
