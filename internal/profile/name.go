package profile

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"

	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/inventory"
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

// reduce turns any text into one that every reader takes as part of a name:
// a run of other characters becomes one dash, and none stands at an end.
func reduce(text string) string {
	return strings.Trim(unsafe.ReplaceAllString(text, "-"), "-")
}

// reserved are names with a meaning of their own. One section named __proto__
// makes the JavaScript SDK lose the whole file.
func reserved(name string) bool {
	return name == "" || name == "default" || name == "__proto__"
}

// A candidate is a profile on its way to a name. At every step its name says
// more of where it comes from; it takes the first step at which it is alone.
type candidate struct {
	accountID, roleName string
	account, role       string // the labels that default names are made of
	custom              string // the name from a template
	step                int
	hash                string // of account id and role name, in hexadecimal; as long as the step needs it
}

func (r Rules) candidate(account inventory.Account, role string) (*candidate, error) {
	c := &candidate{accountID: account.ID, roleName: role}
	c.account = cmp.Or(reduce(r.Renames.account(account.ID, account.Name)), account.ID)
	c.role = reduce(r.Renames.role(role))
	if r.NameTemplate == nil {
		return c, nil
	}
	custom, err := r.NameTemplate.name(TemplateFields{
		AccountID: account.ID, AccountName: cmp.Or(r.Renames.account(account.ID, account.Name), account.ID),
		Email: account.Email, RoleName: r.Renames.role(role), Session: r.Session, Region: awsconfig.Section{Keys: r.Defaults}.Value("region"),
	})
	c.custom = custom
	return c, err
}

// name is the name at the current step: plain, then with the account id, then
// with more and more of the hash.
func (c *candidate) name() string {
	parts := []string{c.account, c.role}
	if c.custom != "" {
		parts = []string{c.custom}
	}
	if c.step >= 1 && parts[0] != c.accountID {
		parts = slices.Insert(parts, 1, c.accountID)
	}
	if c.step >= 2 {
		parts = append(parts, c.hash[:8*(c.step-1)])
	}
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), "-")
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
			count[c.name()]++
		}
		for _, c := range candidates {
			if name := c.name(); taken[name] || reserved(name) || count[name] > 1 && c.step < lastStep {
				c.advance()
				crowded = true
			}
		}
	}
}

func (c *candidate) advance() {
	c.step++
	for len(c.hash) < 8*(c.step-1) {
		sum := sha256.Sum256([]byte(c.accountID + "/" + c.roleName + c.hash))
		c.hash += hex.EncodeToString(sum[:])
	}
}
