package profile

import (
	"cmp"
	"fmt"
	"strings"

	"aws-sso-config-generator/internal/inventory"
)

// A planner makes one plan.
type planner struct {
	rules  Rules
	before Before
	namer  *namer // nil: default names
	*selection

	accounts map[string]*knownAccount // by id
	roles    map[string]*knownRole    // by name

	met    set // the matches that mean a role that was read, with a profile or without
	unread set // those that may mean one of an account that could not be read

	plan Plan
}

// A knownAccount is what there is to know of an account before any of its roles.
type knownAccount struct {
	ID, email string
	name      string // as the service says
	reduced   string // its label in default names
	shown     string // its label in templates
	means     set
	usable    bool
}

// A knownRole is the same of all roles of one name.
type knownRole struct {
	name    string // as the service says
	label   string
	reduced string
	means   set
	usable  bool
}

func newPlanner(inv inventory.Inventory, rules Rules, before Before) (*planner, error) {
	for _, o := range rules.Overrides {
		if err := CheckName(o.Name); err != nil && o.Name != "" {
			return nil, fmt.Errorf("%w: override: %q: %w", ErrChosenName, o.Name, err)
		}
	}
	for _, c := range rules.Chains {
		if err := CheckName(c.Name); err != nil {
			return nil, fmt.Errorf("%w: chain to %s: %q: %w", ErrChosenName, c.RoleARN, c.Name, err)
		}
	}
	p := &planner{rules: rules, before: before, roles: make(map[string]*knownRole)}
	p.selection = newSelection(&p.rules)
	if rules.NameTemplate != nil {
		n := rules.NameTemplate.namer(rules.Renames)
		p.namer = &n
	}
	p.met, p.unread = p.newSet(), p.newSet()
	p.know(inv)
	return p, nil
}

// know finds what there is to know of the accounts. In templates, those that share
// a name have their ids behind it. Accounts of which the filters leave out all have
// no say in that; all others have, whatever roles they have, so that a failure
// renames nobody.
func (p *planner) know(inv inventory.Inventory) {
	p.accounts = make(map[string]*knownAccount, len(inv.Accounts)+len(inv.Failures))
	sharing := make(map[string]int, len(inv.Accounts)+len(inv.Failures))
	add := func(a inventory.Account) { // its roles do not matter here
		label := p.rules.Renames.account(a.ID, a.Name)
		known := &knownAccount{ID: a.ID, email: a.Email, name: a.Name, reduced: reduce(label), shown: label, usable: accountID.MatchString(a.ID)}
		if known.reduced == "" {
			known.reduced, known.shown = a.ID, a.ID
		}
		known.means = p.where(accountGlob, a.ID, a.Name, label, a.Email)
		p.accounts[a.ID] = known
		if !p.leavesOutAll(known.means) {
			sharing[strings.ToLower(known.reduced)]++
		}
	}
	for _, a := range inv.Accounts {
		add(a)
	}
	for _, f := range inv.Failures {
		add(inventory.Account{Account: f.Account})
	}
	for _, a := range p.accounts {
		if sharing[strings.ToLower(a.reduced)] > 1 && a.shown != a.ID {
			a.shown += "-" + a.ID
		}
	}
}

func (p *planner) role(name string) *knownRole {
	known := p.roles[name]
	if known == nil {
		label := p.rules.Renames.role(name)
		known = &knownRole{name: name, label: label, reduced: reduce(label), means: p.where(roleGlob, name, label), usable: roleName.MatchString(name)}
		p.roles[name] = known
	}
	return known
}

// read finds the candidates of all accounts that could be read.
func (p *planner) read(accounts []inventory.Account) ([]*candidate, error) {
	n := 0
	for _, a := range accounts {
		n += len(a.Roles)
	}
	candidates := make([]*candidate, 0, n)
	for _, a := range accounts {
		account := p.accounts[a.ID]
		for _, name := range a.Roles {
			role := p.role(name)
			p.met.addBoth(account.means, role.means)
			if p.leavesOut(account.means, role.means) {
				p.plan.Filtered++
				continue
			}
			if !account.usable || !role.usable {
				p.plan.Unusable = append(p.plan.Unusable, Role{a.ID, name})
				continue
			}
			c, err := p.candidate(account, role)
			if err != nil {
				return nil, fmt.Errorf("%w: %s: %w", ErrName, c, err)
			}
			candidates = append(candidates, c)
		}
	}
	return candidates, nil
}

// candidate is the one for a role, with its name if it has a fixed one.
func (p *planner) candidate(account *knownAccount, role *knownRole) (*candidate, error) {
	c := &candidate{settings: p.of(account.means, role.means), account: account, role: role}
	if c.fixed = c.settings.name; c.fixed != "" || p.namer == nil {
		return c, nil
	}
	var err error
	c.fixed, err = p.namer.name(TemplateFields{
		AccountID: account.ID, AccountName: account.shown, Email: account.email,
		RoleName: role.label, Session: p.rules.Session, Region: c.region,
	})
	return c, err
}

// chains are the candidates for the chains. Their names are theirs even if the
// roles that they begin at are not there.
func (p *planner) chains() []*candidate {
	candidates := make([]*candidate, 0, len(p.rules.Chains))
	for _, chain := range p.rules.Chains {
		var id string
		if parts := strings.SplitN(chain.RoleARN, ":", 6); len(parts) == 6 && accountID.MatchString(parts[4]) {
			id = parts[4]
		}
		candidates = append(candidates, &candidate{account: &knownAccount{ID: id}, role: &knownRole{name: chain.RoleARN}, fixed: chain.Name})
	}
	return candidates
}

// sayToldApart finds the names that have the session's in front of them.
func (p *planner) sayToldApart(candidates []*candidate) {
	fronted := make(map[string]bool)
	for _, c := range candidates {
		if c.front != "" {
			fronted[c.name] = true
		}
	}
	for _, planned := range p.plan.Profiles {
		if fronted[planned.Name] && !planned.Alias {
			p.plan.ToldApart = append(p.plan.ToldApart, planned.Name)
		}
	}
}

// order is the one of a plan: by account and role, aliases behind their profile.
func order(a, b Profile) int {
	return cmp.Or(strings.Compare(a.AccountID, b.AccountID), strings.Compare(a.RoleName, b.RoleName), compareBool(a.Alias, b.Alias))
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	default:
		return -1
	}
}
