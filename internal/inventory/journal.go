package inventory

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"aws-sso-config-generator/internal/atomicfile"
	"aws-sso-config-generator/internal/identitycenter"
)

// A journal writes the progress of one run down while it comes. It is not for
// concurrent use. An error is told by the call that meets it, and never twice:
// from then on it writes no progress, but goes on in memory, and Finish
// tries again. A nil journal keeps nothing at all.
type journal struct {
	store  *Store
	began  time.Time
	kept   Snapshot // what begin was given; zero once the list is whole
	known  Snapshot
	listed bool

	lock *flock.Flock // nil: another run's, or not to be had
	root *os.Root
	file *os.File // nil: nothing is written
	size int
}

// begin begins a run that may go on where progress stops; with the zero Snapshot
// it starts over. What the store held of another run's progress is gone then.
//
// There is always a journal, with an error, too: the run goes on with it, and
// nothing more is said. The error wraps ErrBusy where another run has the store,
// which this one then leaves as it is.
func (s *Store) begin(progress Snapshot) (*journal, error) {
	j := &journal{store: s, began: time.Now(), known: Snapshot{StartURL: s.startURL, Roles: make(map[string][]string), Read: make(map[string]time.Time)}}
	if err := j.open(); err != nil {
		err = j.failed(errors.Join(err, j.Close()))
		return j, err
	}
	if progress.StartURL == s.startURL {
		j.kept = progress.fresh(j.began)
	}
	start := j.kept
	start.StartURL = s.startURL
	err := j.rewrite(start)
	return j, err
}

// open takes the store for this run.
func (j *journal) open() error {
	if err := os.MkdirAll(j.store.dir, 0o700); err != nil {
		return err
	}
	root, err := atomicfile.OpenPrivate(j.store.dir)
	if err != nil {
		return err
	}
	j.root = root
	if err := atomicfile.RegularPrivate(j.root, j.store.lock); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	lock := flock.New(filepath.Join(j.store.dir, j.store.lock), flock.SetPermissions(0o600))
	locked, err := lock.TryLock()
	switch {
	case err != nil:
		return err
	case !locked:
		return ErrBusy
	}
	j.lock = lock
	return nil
}

// rewrite begins the file anew with s. It is there all at once: whoever is
// killed here leaves the old one.
func (j *journal) rewrite(s Snapshot) error {
	j.stop()
	data, err := s.appendLines(nil)
	if err == nil {
		err = j.replace(data)
	}
	if err != nil {
		return j.failed(err)
	}
	j.size = len(data)
	return nil
}

// replace does without the syncing of atomicfile, which a run that is about to
// ask its first question would wait for: what a power cut takes is asked again.
func (j *journal) replace(data []byte) error {
	if len(data) > snapshotLimit {
		return errTooLarge
	}
	temp := j.store.progress + ".new"
	if err := j.root.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file, err := j.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	if err := j.root.Rename(temp, j.store.progress); err != nil {
		return err
	}
	// Opened again, because Windows does not rename what is open.
	j.file, err = j.root.OpenFile(j.store.progress, os.O_WRONLY|os.O_APPEND, 0)
	return err
}

// write appends one line with one call, so that nothing but the last line can
// be torn.
func (j *journal) write(l line) error {
	if j.file == nil {
		return nil
	}
	data, err := l.append(nil)
	if err == nil && j.size+len(data) > snapshotLimit {
		err = errTooLarge
	}
	if err == nil {
		_, err = j.file.Write(data)
	}
	if err != nil {
		j.stop()
		return j.failed(err)
	}
	j.size += len(data)
	return nil
}

func (j *journal) failed(err error) error {
	return fmt.Errorf("keep progress in %s: %w", j.store.dir, err)
}

func (j *journal) stop() {
	if j.file != nil {
		_ = j.file.Close()
		j.file = nil
	}
}

// holds says that what an interrupted run left has roles for the account, so
// that they need not be asked for if Listed says that it counts.
func (j *journal) holds(accountID string) bool {
	if j == nil {
		return false
	}
	_, held := j.kept.Roles[accountID]
	return held
}

// Add notes all the roles of an account, which may be none.
func (j *journal) Add(accountID string, roles []string) error {
	if j == nil {
		return nil
	}
	roles = sorted(roles)
	now := time.Now().UTC()
	j.known.Roles[accountID], j.known.Read[accountID] = roles, now
	return j.write(rolesLine(accountID, roles, now))
}

// Listed notes the list of accounts when it is whole, which Add need not wait
// for. It returns the roles that need not be asked for: those of the progress
// that begin was given, by account id, if that is resumable, and nil otherwise.
// Whatever the error is, the roles can be used.
func (j *journal) Listed(accounts []identitycenter.Account) (map[string][]string, error) {
	if j == nil {
		return nil, nil
	}
	j.known.At = time.Now().UTC()
	kept := j.kept
	j.kept = Snapshot{}
	j.listed = true
	j.known.Accounts = sortedAccounts(accounts)
	if !kept.resumable(accounts) {
		if len(kept.Roles) > 0 && j.file != nil { // they do not count, and are in the file
			return nil, j.rewrite(j.known)
		}
		return nil, j.write(listLine(j.known.Accounts, j.known.At))
	}
	for id, roles := range kept.Roles {
		if _, again := j.known.Roles[id]; !again {
			j.known.Roles[id], j.known.Read[id] = sorted(roles), kept.Read[id]
		}
	}
	if kept.Accounts != nil {
		return kept.Roles, nil // the list is in the file
	}
	return kept.Roles, j.write(listLine(j.known.Accounts, j.known.At))
}

// Finish keeps what is known as the result of a finished run, in place of the
// last one and of the progress. Accounts that were listed and never added are
// those that could not be read; a result with such does not take the place of
// one without. A journal without a place on disk does nothing. Whatever the error
// is, the progress is gone: a finished run is not one to go on with.
func (j *journal) Finish() error {
	switch {
	case j == nil:
		return nil
	case !j.listed:
		return errors.New("keep result: the list of accounts is not whole")
	case j.lock == nil:
		return nil
	}
	j.stop()
	err := j.finish()
	if gone := j.root.Remove(j.store.progress); !errors.Is(gone, fs.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	if err != nil {
		return fmt.Errorf("keep result: %w", err)
	}
	return j.Close()
}

// drop forgets the progress, of a run that was only to look.
func (j *journal) drop() error {
	if j == nil || j.lock == nil {
		return nil
	}
	j.stop()
	if err := j.root.Remove(j.store.progress); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return j.failed(err)
	}
	return nil
}

func (j *journal) finish() error {
	if len(j.known.Roles) < len(j.known.Accounts) {
		if last, err := j.store.Last(); err == nil && last.Complete {
			return nil
		}
	}
	data, err := j.known.appendLines(nil)
	if err == nil {
		data, err = line{Finished: true}.append(data)
	}
	switch {
	case err != nil:
		return err
	case len(data) > snapshotLimit:
		return errTooLarge
	}
	return atomicfile.ReplacePrivate(j.root, j.store.last, data)
}

// Close leaves the store to other runs, with the progress so far unless Finish
// did its work. It may be called again.
func (j *journal) Close() error {
	if j == nil {
		return nil
	}
	j.stop()
	var err error
	if j.lock != nil {
		err = j.lock.Close()
		j.lock = nil
	}
	if j.root != nil {
		err = errors.Join(err, j.root.Close())
		j.root = nil
	}
	if err != nil {
		return fmt.Errorf("leave %s: %w", j.store.dir, err)
	}
	return nil
}
