package inventory

import "slices"

// Changes is what is different between two inventories, by account id. Its JSON
// is part of the command line's promises: names stay, arrays are never null.
type Changes struct {
	AccountsAppeared    []AccountRoles `json:"accounts_appeared"` // with all their roles
	AccountsDisappeared []AccountRoles `json:"accounts_disappeared"`
	AccountsRenamed     []Rename       `json:"accounts_renamed"`
	RolesAppeared       []AccountRoles `json:"roles_appeared"` // in accounts that are in both
	RolesDisappeared    []AccountRoles `json:"roles_disappeared"`
}

// AccountRoles is roles of one account. What appeared has the account's name of
// after, what disappeared the one of before.
type AccountRoles struct {
	AccountID   string   `json:"account_id"`
	AccountName string   `json:"account_name"`
	Roles       []string `json:"roles"`
}

// A Rename is an account that has another name than before.
type Rename struct {
	AccountID string `json:"account_id"`
	OldName   string `json:"old_name"`
	NewName   string `json:"new_name"`
}

// Diff says what changed from before to after. Accounts whose id is unread, for
// they could not be read in one of the two, are not looked at: nobody knows what
// changed there.
func Diff(before, after Inventory, unread map[string]bool) Changes {
	changes := Changes{
		AccountsAppeared: []AccountRoles{}, AccountsDisappeared: []AccountRoles{}, AccountsRenamed: []Rename{},
		RolesAppeared: []AccountRoles{}, RolesDisappeared: []AccountRoles{},
	}
	was, is := before.byID(), after.byID()
	for _, old := range before.Accounts {
		now, still := is[old.ID]
		switch {
		case unread[old.ID]:
		case !still:
			changes.AccountsDisappeared = append(changes.AccountsDisappeared, old.with(old.Roles))
		default:
			if roles := without(old.Roles, now.Roles); len(roles) > 0 {
				changes.RolesDisappeared = append(changes.RolesDisappeared, old.with(roles))
			}
			if old.Name != now.Name {
				changes.AccountsRenamed = append(changes.AccountsRenamed, Rename{AccountID: old.ID, OldName: old.Name, NewName: now.Name})
			}
		}
	}
	for _, now := range after.Accounts {
		old, before := was[now.ID]
		switch {
		case unread[now.ID]:
		case !before:
			changes.AccountsAppeared = append(changes.AccountsAppeared, now.with(now.Roles))
		default:
			if roles := without(now.Roles, old.Roles); len(roles) > 0 {
				changes.RolesAppeared = append(changes.RolesAppeared, now.with(roles))
			}
		}
	}
	return changes
}

func (i Inventory) byID() map[string]Account {
	accounts := make(map[string]Account, len(i.Accounts))
	for _, account := range i.Accounts {
		accounts[account.ID] = account
	}
	return accounts
}

func (a Account) with(roles []string) AccountRoles {
	return AccountRoles{AccountID: a.ID, AccountName: a.Name, Roles: append([]string{}, roles...)}
}

// without is a less what is in b, which is sorted.
func without(a, b []string) []string {
	var rest []string
	for _, role := range a {
		if _, found := slices.BinarySearch(b, role); !found {
			rest = append(rest, role)
		}
	}
	return rest
}

// Empty says that nothing changed.
func (c Changes) Empty() bool {
	return len(c.AccountsAppeared) == 0 && len(c.AccountsDisappeared) == 0 && len(c.AccountsRenamed) == 0 &&
		len(c.RolesAppeared) == 0 && len(c.RolesDisappeared) == 0
}
