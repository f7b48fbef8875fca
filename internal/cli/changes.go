package cli

import (
	"cmp"
	"fmt"
	"time"

	"aws-sso-config-generator/internal/inventory"
)

// changes is what is different since the last run, nil if there was none.
func (m *memory) changes(found inventory.Inventory) *inventory.Changes {
	if m.last().At.IsZero() {
		return nil
	}
	unread := m.last().Unread()
	for _, failure := range found.Failures {
		unread[failure.ID] = true
	}
	changes := inventory.Diff(m.last().Inventory(), found, unread)
	return &changes
}

// sayChanges says what the person may use now and could not before, and the
// other way round.
func (r *run) sayChanges() {
	changes := r.changes
	if changes == nil || changes.Empty() {
		return
	}
	r.inform("Your access has changed since the last run, %s:", ago(r.memory.age()))
	r.list(r.inform, changeLines(*changes))
	if len(changes.RolesDisappeared) > 0 && !r.app.quiet {
		// aws/aws-cli#9041: an old browser session does not know a new permission set.
		r.Hint("if a role is missing that you should have, sign out of the access portal in your browser and in again, then run this again")
	}
}

func changeLines(c inventory.Changes) []string {
	var lines []string
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	for _, account := range c.AccountsAppeared {
		add("+ account %s (%s): %s", called(account), account.AccountID, roleList(account.Roles))
	}
	for _, account := range c.AccountsDisappeared {
		add("- account %s (%s): %s", called(account), account.AccountID, roleList(account.Roles))
	}
	for _, rename := range c.AccountsRenamed {
		add("~ account %s (%s) is called %s now", rename.OldName, rename.AccountID, rename.NewName)
	}
	for _, account := range c.RolesAppeared {
		add("+ in %s (%s): %s", called(account), account.AccountID, roleList(account.Roles))
	}
	for _, account := range c.RolesDisappeared {
		add("- in %s (%s): %s", called(account), account.AccountID, roleList(account.Roles))
	}
	return lines
}

func called(account inventory.AccountRoles) string {
	return cmp.Or(account.AccountName, "without a name")
}

func roleList(roles []string) string {
	if len(roles) == 0 {
		return "no roles"
	}
	return shortList(roles)
}

// ago says in words how long ago something was.
func ago(d time.Duration) string {
	if span := inWords(d); span != "" {
		return span + " ago"
	}
	return "a moment ago"
}

// inWords is a time in its largest unit, "" below a minute.
func inWords(d time.Duration) string {
	for _, unit := range []struct {
		length time.Duration
		name   string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}} {
		if n := int(d / unit.length); n > 0 {
			return count(n, unit.name)
		}
	}
	return ""
}
