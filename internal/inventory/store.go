package inventory

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"aws-sso-config-generator/internal/atomicfile"
)

const snapshotLimit = 64 << 20 // bytes of a file

var errTooLarge = fmt.Errorf("more than %d MB", snapshotLimit>>20)

// Why something is not kept.
var (
	// ErrSnapshot says that what an earlier run left is of no use: it is damaged,
	// somebody else's, or cannot be read. A run goes on without it and writes it
	// anew.
	ErrSnapshot = errors.New("what an earlier run kept cannot be used")

	// ErrBusy says that another run keeps its progress in the same place.
	ErrBusy = errors.New("another run is keeping its progress there")
)

// A Store keeps snapshots of one session at one access portal in a directory:
// the progress of a run, and the result of the last one that was finished.
type Store struct {
	dir, startURL        string
	last, progress, lock string   // names of files
	found                *journal // of the last Discover, until Keep
}

// NewStore makes a store; it touches nothing yet. The directory should be the
// program's own: it is made when it is needed, and refused where anybody else
// may write in it.
func NewStore(dir, session, startURL, region string) *Store {
	name := fmt.Sprintf("%.16x", sha256.Sum256([]byte(session+"\x00"+startURL+"\x00"+region)))
	return &Store{dir: dir, startURL: startURL, last: name + ".json", progress: name + ".progress", lock: name + ".lock"}
}

// Last is the result of the last run that was finished, and the zero Snapshot
// if there is none. Its errors wrap ErrSnapshot.
func (s *Store) Last() (Snapshot, error) {
	return s.read(s.last, true)
}

// Keep makes what the last Discover found the result of the last run, unless it
// has failures and the result there is has none. Until then it is the progress of
// a run that is not over, which the next one goes on with.
func (s *Store) Keep() error {
	found := s.found
	s.found = nil
	return errors.Join(found.Finish(), found.Close())
}

// Drop forgets what the last Discover found, if Keep has not: it was only to be looked
// at.
func (s *Store) Drop() error {
	found := s.found
	s.found = nil
	if found == nil {
		return nil
	}
	return errors.Join(found.drop(), found.Close())
}

// unfinished is what a run knew that was not finished, and the zero Snapshot if
// there is none. Its errors wrap ErrSnapshot.
func (s *Store) unfinished() (Snapshot, error) {
	return s.read(s.progress, false)
}

// read reads a file of which nothing is believed.
func (s *Store) read(name string, whole bool) (Snapshot, error) {
	data, err := s.bytes(name)
	if errors.Is(err, fs.ErrNotExist) {
		return Snapshot{}, nil
	}
	var snapshot Snapshot
	if err == nil {
		var finished bool
		snapshot, finished, err = parseSnapshot(data, s.startURL)
		if err == nil && finished != whole {
			err = errors.New("its end is missing, or does not belong there")
		}
	}
	if err != nil {
		return Snapshot{}, fmt.Errorf("%w: %s: %w", ErrSnapshot, filepath.Join(s.dir, name), err)
	}
	return snapshot, nil
}

func (s *Store) bytes(name string) ([]byte, error) {
	root, err := atomicfile.OpenPrivate(s.dir)
	if err != nil {
		return nil, err
	}
	data, err := atomicfile.ReadPrivate(root, name, snapshotLimit)
	return data, errors.Join(err, root.Close())
}
