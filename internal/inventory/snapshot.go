package inventory

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"aws-sso-config-generator/internal/identitycenter"
)

const (
	snapshotVersion = 1
	progressAge     = time.Hour // after which progress counts no longer
)

// A Snapshot is what a discovery knew at a moment. The zero value knows nothing.
type Snapshot struct {
	StartURL string                   // of the access portal it was made at
	At       time.Time                // when the oldest of its roles were read; of the list if there are none
	Complete bool                     // every account is in it, with all its roles
	Accounts []identitycenter.Account // all of them, by id, each once; nil: the list was not whole yet
	Roles    map[string][]string      // by account id, sorted, each once: only of accounts whose roles are all known
	Read     map[string]time.Time     // when they were read
}

// fresh is s without what was read an hour ago or longer. What comes from the
// future comes from a clock that was wrong.
func (s Snapshot) fresh(now time.Time) Snapshot {
	fresh := Snapshot{StartURL: s.StartURL, At: s.At, Accounts: s.Accounts, Roles: make(map[string][]string), Read: make(map[string]time.Time)}
	for id, at := range s.Read {
		if age := now.Sub(at); age >= 0 && age < progressAge {
			fresh.Roles[id], fresh.Read[id] = s.Roles[id], at
		}
	}
	return fresh
}

// resumable says whether a run that found these accounts may go on with s: s is
// made of the same ones. Their names may have changed. Where s was made before
// the list was whole, every account in it must be in accounts.
func (s Snapshot) resumable(accounts []identitycenter.Account) bool {
	ids := make(map[string]bool, len(accounts))
	for _, account := range accounts {
		ids[account.ID] = true
	}
	for id := range s.Roles {
		if !ids[id] {
			return false
		}
	}
	missing := func(a identitycenter.Account) bool { return !ids[a.ID] }
	return len(s.Roles) > 0 && (s.Accounts == nil || len(s.Accounts) == len(ids) && !slices.ContainsFunc(s.Accounts, missing))
}

// oldest is when the oldest roles were read, or else at.
func (s Snapshot) oldest(at time.Time) time.Time {
	first := true
	for _, read := range s.Read {
		if first || read.Before(at) {
			first, at = false, read
		}
	}
	return at
}

// Inventory is the accounts of s whose roles are known.
func (s Snapshot) Inventory() Inventory {
	var found Inventory
	for _, account := range s.Accounts {
		if roles, known := s.Roles[account.ID]; known {
			found.Accounts = append(found.Accounts, Account{Account: account, Roles: slices.Clone(roles)})
		}
	}
	return found
}

// Unread is the ids of the accounts of s whose roles are not known.
func (s Snapshot) Unread() map[string]bool {
	unread := make(map[string]bool)
	for _, account := range s.Accounts {
		if _, known := s.Roles[account.ID]; !known {
			unread[account.ID] = true
		}
	}
	return unread
}

func sorted(roles []string) []string { return slices.Compact(slices.Sorted(slices.Values(roles))) }

// sortedAccounts is never nil.
func sortedAccounts(accounts []identitycenter.Account) []identitycenter.Account {
	list := append([]identitycenter.Account{}, accounts...)
	slices.SortStableFunc(list, func(a, b identitycenter.Account) int { return strings.Compare(a.ID, b.ID) })
	return slices.CompactFunc(list, func(a, b identitycenter.Account) bool { return a.ID == b.ID })
}

// A line is a line of a file, in one of four kinds: the first one, the whole
// list of accounts, one account with all its roles, the end of a finished run.
// A later one of the same kind counts more.
type line struct {
	Version  int    `json:"version,omitzero"`
	StartURL string `json:"start_url,omitzero"`

	Accounts []listedAccount `json:"accounts,omitzero"`

	AccountID string   `json:"account_id,omitzero"`
	Roles     []string `json:"roles,omitzero"`

	At       time.Time `json:"at,omitzero"` // of list and roles
	Finished bool      `json:"finished,omitzero"`
}

type listedAccount struct {
	ID    string `json:"id"`
	Name  string `json:"name,omitzero"`
	Email string `json:"email,omitzero"`
}

func listLine(accounts []identitycenter.Account, at time.Time) line {
	l := line{Accounts: make([]listedAccount, 0, len(accounts)), At: at}
	for _, account := range accounts {
		l.Accounts = append(l.Accounts, listedAccount(account))
	}
	return l
}

func rolesLine(accountID string, roles []string, at time.Time) line {
	return line{AccountID: accountID, Roles: append([]string{}, roles...), At: at} // no roles are a list, too
}

func (l line) append(data []byte) ([]byte, error) {
	text, err := json.Marshal(l)
	return append(append(data, text...), '\n'), err
}

// appendLines writes all of s but an end.
func (s Snapshot) appendLines(data []byte) ([]byte, error) {
	data, err := line{Version: snapshotVersion, StartURL: s.StartURL}.append(data)
	if err == nil && s.Accounts != nil {
		data, err = listLine(s.Accounts, s.At).append(data)
	}
	for _, id := range slices.Sorted(maps.Keys(s.Roles)) {
		if err != nil {
			break
		}
		data, err = rolesLine(id, s.Roles[id], s.Read[id]).append(data)
	}
	return data, err
}

// parseSnapshot reads what is there of a file, and whether it has its end. A
// last line without an end is one that a killed run did not get to write.
func parseSnapshot(data []byte, startURL string) (s Snapshot, finished bool, err error) {
	n := 0
	for text := range bytes.Lines(data) {
		if text[len(text)-1] != '\n' {
			break
		}
		n++
		var l line
		if err := json.Unmarshal(text, &l); err != nil {
			return Snapshot{}, false, fmt.Errorf("line %d: %w", n, err)
		}
		if n == 1 {
			if err := l.first(startURL); err != nil {
				return Snapshot{}, false, err
			}
			s = Snapshot{StartURL: startURL, Roles: make(map[string][]string), Read: make(map[string]time.Time)}
			continue
		}
		if finished || !take(&s, l) {
			return Snapshot{}, false, fmt.Errorf("line %d makes no sense", n)
		}
		finished = l.Finished
	}
	if s.Accounts != nil {
		// A run that was killed before its list was whole may have met new accounts.
		ids := make(map[string]bool, len(s.Accounts))
		for _, account := range s.Accounts {
			ids[account.ID] = true
		}
		maps.DeleteFunc(s.Roles, func(id string, _ []string) bool { return !ids[id] })
		maps.DeleteFunc(s.Read, func(id string, _ time.Time) bool { return !ids[id] })
		s.Complete = len(s.Roles) == len(s.Accounts)
	}
	if finished && s.Accounts == nil {
		return Snapshot{}, false, errors.New("it has no accounts")
	}
	s.At = s.oldest(s.At)
	return s, finished, nil
}

// first checks the first line.
func (l line) first(startURL string) error {
	switch {
	case l.Version != snapshotVersion:
		return fmt.Errorf("version %d, not %d", l.Version, snapshotVersion)
	case l.StartURL != startURL:
		return errors.New("it is of another access portal")
	}
	return nil
}

// take takes a line in, unless that makes no sense.
func take(s *Snapshot, l line) bool {
	list, roles := l.Accounts != nil, l.AccountID != ""
	switch {
	case l.Version != 0 || l.StartURL != "" || roles != (l.Roles != nil) || (list || roles) == l.At.IsZero():
		return false
	case l.Finished:
		return !list && !roles
	case list == roles:
		return false
	case list:
		s.Accounts = make([]identitycenter.Account, 0, len(l.Accounts))
		for _, account := range l.Accounts {
			s.Accounts = append(s.Accounts, identitycenter.Account(account))
		}
		s.Accounts = sortedAccounts(s.Accounts)
		if len(s.Accounts) != len(l.Accounts) || len(s.Accounts) > 0 && s.Accounts[0].ID == "" {
			return false
		}
	case roles:
		s.Roles[l.AccountID], s.Read[l.AccountID] = sorted(l.Roles), l.At.UTC()
	}
	if list || s.At.IsZero() {
		s.At = l.At.UTC()
	}
	return true
}
