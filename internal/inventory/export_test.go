package inventory

// What a Discover with a Store does, for the tests of the files alone.

type Journal = journal

func (s *Store) Begin(progress Snapshot) (*Journal, error) { return s.begin(progress) }
func (s *Store) Progress() (Snapshot, error)               { return s.unfinished() }

var Resumable = Snapshot.resumable
