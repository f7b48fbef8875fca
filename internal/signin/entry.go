package signin

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"aws-sso-config-generator/internal/identitycenter"
)

// An entry is one file of the cache. Its members, in the AWS CLI's order, are all
// that any of the tools needs: without registrationExpiresAt the AWS CLI does not
// refresh, without the client's secret nobody does.
type entry struct {
	StartURL              string        `json:"startUrl"`
	Region                string        `json:"region"`
	AccessToken           string        `json:"accessToken"`
	ExpiresAt             moment        `json:"expiresAt"`
	ClientID              string        `json:"clientId,omitempty"`
	ClientSecret          string        `json:"clientSecret,omitempty"`
	RegistrationExpiresAt lenientMoment `json:"registrationExpiresAt,omitzero"`
	RefreshToken          string        `json:"refreshToken,omitempty"`

	others map[string]json.RawMessage // members of other tools, which are kept
}

// A moment is a time as the tools write it: the Go SDK takes RFC 3339 alone, the
// others this, too.
type moment struct{ at time.Time }

// IsZero is for omitzero.
func (m moment) IsZero() bool { return m.at.IsZero() }

// MarshalText writes UTC, whole seconds, and a Z.
func (m moment) MarshalText() ([]byte, error) {
	return m.at.UTC().Truncate(time.Second).AppendFormat(nil, time.RFC3339), nil
}

// UnmarshalText also reads what old AWS CLIs wrote: UTC in place of the Z.
func (m *moment) UnmarshalText(text []byte) error {
	at, err := time.Parse(time.RFC3339, strings.Replace(string(text), "UTC", "Z", 1))
	m.at = at
	return err
}

// A lenientMoment may be unreadable, which is none: only some tools need it.
type lenientMoment struct{ moment }

// UnmarshalText never fails.
func (m *lenientMoment) UnmarshalText(text []byte) error {
	_ = m.moment.UnmarshalText(text)
	return nil
}

var errNoToken = errors.New("no token is in it")

// notInHeader says what no token has: it is sent in a header.
func notInHeader(r rune) bool { return r <= ' ' || r > '~' }

// parseEntry reads a file. Errors do not quote it: it has secrets.
func parseEntry(data []byte) (entry, error) {
	var e entry
	if err := json.Unmarshal(data, &e.others); err != nil {
		return entry{}, errors.New("it is not a JSON object")
	}
	if err := json.Unmarshal(data, &e); err != nil {
		return entry{}, errors.New("a member is not what it should be")
	}
	if e.AccessToken == "" || strings.ContainsFunc(e.AccessToken, notInHeader) || e.ExpiresAt.IsZero() {
		return entry{}, errNoToken
	}
	var known map[string]json.RawMessage
	full := entry{RegistrationExpiresAt: lenientMoment{e.ExpiresAt}, ClientID: "x", ClientSecret: "x", RefreshToken: "x"}
	if err := json.Unmarshal(full.format(), &known); err != nil {
		return entry{}, err
	}
	maps.DeleteFunc(e.others, func(name string, _ json.RawMessage) bool {
		for k := range known {
			if strings.EqualFold(name, k) { // as encoding/json reads them
				return true
			}
		}
		return false
	})
	return e, nil
}

// format writes one line, the members of others at its end.
func (e *entry) format() []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(e); err != nil { //nolint:gosec // this file is for secrets
		panic(err) // texts and times
	}
	if len(e.others) == 0 {
		return b.Bytes()
	}
	b.Truncate(b.Len() - len("}\n"))
	for _, name := range slices.Sorted(maps.Keys(e.others)) {
		key, err := json.Marshal(name)
		if err != nil {
			panic(err) // a text
		}
		b.WriteByte(',')
		b.Write(key)
		b.WriteByte(':')
		b.Write(e.others[name])
	}
	b.WriteString("}\n")
	return b.Bytes()
}

// isFor says that an entry is for the session's access portal. The start URL may
// be spelled in another way, and the region be missing: no tool reads it there.
func (e *entry) isFor(s Session) bool {
	return identitycenter.SameStartURL(e.StartURL, s.StartURL) && (e.Region == "" || e.Region == s.Region)
}

func (e *entry) login() Login {
	return Login{
		Token: identitycenter.Token{
			AccessToken:  identitycenter.Secret(e.AccessToken),
			ExpiresAt:    e.ExpiresAt.at,
			RefreshToken: identitycenter.Secret(e.RefreshToken),
		},
		Registration: identitycenter.Registration{
			ClientID:     e.ClientID,
			ClientSecret: identitycenter.Secret(e.ClientSecret),
			ExpiresAt:    e.RegistrationExpiresAt.at,
		},
	}
}

func (e *entry) take(l Login) {
	e.AccessToken, e.RefreshToken = string(l.Token.AccessToken), string(l.Token.RefreshToken)
	e.ExpiresAt, e.RegistrationExpiresAt = moment{l.Token.ExpiresAt}, lenientMoment{moment{l.Registration.ExpiresAt}}
	e.ClientID, e.ClientSecret = l.Registration.ClientID, string(l.Registration.ClientSecret)
}
