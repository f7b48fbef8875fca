package profile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
)

// Renames are other names for accounts, by account id, and for roles, by role
// name. A role whose other name is empty does not show in a profile's name.
type Renames struct {
	Accounts map[string]string `json:"accounts"`
	Roles    map[string]string `json:"roles"`
}

// ParseRenames reads the JSON form
//
//	{"accounts": {"111122223333": "dev"}, "roles": {"AdministratorAccess": ""}}
//
// and refuses what it does not know, naming the line.
func ParseRenames(data []byte) (Renames, error) {
	var r Renames
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	switch err := decoder.Decode(&r); {
	case errors.Is(err, io.EOF):
		return Renames{}, errors.New("the file is empty")
	case err != nil:
		return Renames{}, fmt.Errorf("line %d: %w", line(data, decoder, err), err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Renames{}, fmt.Errorf("line %d: more follows after the closing brace", line(data, decoder, nil))
	}
	for _, id := range slices.Sorted(maps.Keys(r.Accounts)) {
		if !accountID.MatchString(id) {
			return Renames{}, fmt.Errorf("accounts: %q is not an account id of twelve digits", id)
		}
		if reduce(r.Accounts[id]) == "" {
			return Renames{}, fmt.Errorf("accounts: %s: %q has no character that a profile name can hold", id, r.Accounts[id])
		}
	}
	for _, role := range slices.Sorted(maps.Keys(r.Roles)) {
		if renamed := r.Roles[role]; renamed != "" && reduce(renamed) == "" {
			return Renames{}, fmt.Errorf("roles: %s: %q has no character that a profile name can hold", role, renamed)
		}
	}
	return r, nil
}

// line is the number of the line at which decoding stopped.
func line(data []byte, decoder *json.Decoder, err error) int {
	offset := decoder.InputOffset()
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		offset = syntax.Offset
	} else if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		offset = wrong.Offset
	}
	return 1 + bytes.Count(data[:min(offset, int64(len(data)))], []byte("\n"))
}

// Over is these names and, for what they do not name, others.
func (r Renames) Over(others Renames) Renames {
	over := func(mine, theirs map[string]string) map[string]string {
		all := maps.Clone(theirs)
		if all == nil {
			return mine
		}
		maps.Copy(all, mine)
		return all
	}
	return Renames{Accounts: over(r.Accounts, others.Accounts), Roles: over(r.Roles, others.Roles)}
}

func (r Renames) account(id, name string) string {
	if renamed, ok := r.Accounts[id]; ok {
		return renamed
	}
	return name
}

func (r Renames) role(name string) string {
	if renamed, ok := r.Roles[name]; ok {
		return renamed
	}
	return name
}
