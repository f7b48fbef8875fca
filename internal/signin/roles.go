package signin

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // it names files, as the AWS CLI names them
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
)

// roleFile is the name of the file in which the AWS CLI keeps the credentials of
// a role: the SHA-1 of this object with its members in order and without spaces.
func (s Session) roleFile(accountID, role string) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	what := struct {
		AccountID   string `json:"accountId"`
		RoleName    string `json:"roleName"`
		SessionName string `json:"sessionName,omitempty"`
		StartURL    string `json:"startUrl,omitempty"`
	}{AccountID: accountID, RoleName: role, SessionName: s.Name}
	if s.Name == "" {
		what.StartURL = s.StartURL
	}
	if err := encoder.Encode(what); err != nil {
		panic(err) // texts
	}
	sum := sha1.Sum(bytes.TrimSuffix(b.Bytes(), []byte("\n"))) //nolint:gosec // see above
	return hex.EncodeToString(sum[:]) + ".json"
}

// forgetRoles deletes the credentials of roles, and counts them. Those of other
// sessions are in other files.
func (c Cache) forgetRoles(s Session, roles iter.Seq2[string, string]) (deleted int, err error) {
	root, err := os.OpenRoot(c.Roles)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrCache, err)
	}
	defer func() { _ = root.Close() }()
	for accountID, role := range roles {
		switch removeErr := root.Remove(s.roleFile(accountID, role)); {
		case removeErr == nil:
			deleted++
		case !errors.Is(removeErr, fs.ErrNotExist):
			err = errors.Join(err, fmt.Errorf("%w: %w", ErrCache, removeErr))
		}
	}
	return deleted, err
}
