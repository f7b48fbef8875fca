package inventory

import (
	"time"

	"aws-sso-config-generator/internal/identitycenter"
)

// What a Discover with a Store does, for the tests of the files alone.

type Journal = journal

func (s *Store) Begin(progress Snapshot) (*Journal, error) { return s.begin(progress) }
func (s *Store) Progress() (Snapshot, error)               { return s.unfinished() }

// Resumable says whether a run that begins now and finds these accounts may go on
// with s.
func Resumable(s Snapshot, now time.Time, accounts []identitycenter.Account) bool {
	return s.fresh(now).resumable(accounts)
}
