package awsconfig

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"time"
)

// historyVersions is how many versions of a file are kept.
const historyVersions = 10

// Why there is no history, or none that may be used.
var (
	// ErrHistory says that what was kept is damaged, somebody else's, or cannot be
	// read or written. A run goes on without it.
	ErrHistory = errors.New("the history of the config file cannot be used")

	// ErrBehind says that a history is there and cannot be brought up to date. The
	// file must not be written then: a later merge would compare it with bases
	// that are not its own, and take our keys for the person's or theirs for ours.
	ErrBehind = errors.New("the history of the config file cannot be brought up to date")
)

// errUndecided is told with ErrHistory.
var errUndecided = errors.New("a run was killed while it wrote, and what was changed since does not tell whether it had written")

// A History keeps, for one config file, what the sessions wrote there last (the
// bases of the next merge) and what the file was before each write (its
// versions), in a private directory.
//
// Everything but one small index is found by the digest of its contents: bases
// and versions are written first and under names of their own, so that they are
// whole or not there, and an index that does not name them does not know them.
// A write of the config file goes
//
//	Record    the version and the new bases are written, then the index, which
//	          names both the old bases and the new ones, each with the digest of
//	          the file that they belong to
//	rename    the config file becomes the new one
//	Written   the index, which names the new bases only; then what it no longer
//	          names is removed
//
// Whoever is killed before the index of Record changed nothing; between index and
// rename the file still has the digest of the version, so that the write is known
// not to have happened; between rename and Written it has the digest of the new
// one. Only if somebody edited the file after a kill, and before anything of ours
// ran again, is it neither: then that one of the bases counts from which the
// block differs less, for what the person did not touch is as one of them says.
// Where both are equally far away, nothing is said to be known.
//
// Calls that change something, and Base, belong under the lock of the file.
type History struct {
	dir, path string
	recorded  *historyIndex // not yet confirmed
}

// NewHistory makes the history of the config file at path. It touches nothing
// yet: dir is made when it is needed, and refused where anybody else may write
// in it.
func NewHistory(dir, path string) *History { return &History{dir: dir, path: path} }

// Contents is what a config file holds.
type Contents struct {
	Bytes  []byte
	Exists bool // false: there is no file
}

// digest is "" where there is no file.
func (c Contents) digest() string {
	if !c.Exists {
		return ""
	}
	return digestOf(c.Bytes)
}

func digestOf(data []byte) string { return fmt.Sprintf("%x", sha256.Sum256(data)) }

// Equal says whether two are the same file, or the same absence of one.
func (c Contents) Equal(other Contents) bool {
	return c.Exists == other.Exists && bytes.Equal(c.Bytes, other.Bytes)
}

// A Version is the config file as it was before one of our writes.
type Version struct {
	Number int         `json:"number"` // never given again while the version is known
	At     time.Time   `json:"at"`     // of the write that took its place
	Exists bool        `json:"exists"` // false: that write made the file
	Mode   fs.FileMode `json:"mode"`   // permissions only
	Size   int         `json:"size"`
}

// Base is the sections that the session wrote last to the file that holds now,
// nil where none are known. Its errors wrap ErrHistory. In a file that is not
// there, nothing is ours.
func (h *History) Base(session string, now Contents) ([]Section, error) {
	s, err := h.open()
	if err != nil || s == nil || !now.Exists {
		return nil, err
	}
	defer s.close()
	undecided := s.settle(now)
	if undecided[session] {
		return nil, fmt.Errorf("%w: %w", ErrHistory, errUndecided)
	}
	sections, err := s.base(s.index.Now.Bases[session], session)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrHistory, err)
	}
	return sections, nil
}

// Versions is what the file was before each of our writes, newest first, and
// whether somebody changed it since the last one. Its errors wrap ErrHistory.
func (h *History) Versions(now Contents) (versions []Version, changed bool, err error) {
	s, err := h.open()
	if err != nil || s == nil {
		return nil, false, err
	}
	defer s.close()
	s.settle(now)
	for _, v := range slices.Backward(s.index.Versions) {
		versions = append(versions, v.Version)
	}
	return versions, s.index.Now.File != now.digest(), nil
}

// Read reads what the file held in a version. Its errors wrap ErrHistory.
func (h *History) Read(number int) (Contents, error) {
	s, err := h.open()
	if err != nil {
		return Contents{}, err
	}
	if s != nil {
		defer s.close()
		if v, known := s.index.version(number); known {
			if !v.Exists {
				return Contents{}, nil
			}
			data, err := s.read(v.File, versionExtension)
			if err != nil {
				return Contents{}, fmt.Errorf("%w: version %d: %w", ErrHistory, number, err)
			}
			return Contents{data, true}, nil
		}
	}
	return Contents{}, fmt.Errorf("%w: there is no version %d", ErrHistory, number)
}

// Profiles is the names of the profiles that were ours in a version; in the file
// that holds now for the number 0. Its errors wrap ErrHistory.
func (h *History) Profiles(number int, now Contents) (map[string]bool, error) {
	names := make(map[string]bool)
	s, err := h.open()
	if err != nil || s == nil {
		return names, err
	}
	defer s.close()
	s.settle(now)
	bases := s.index.Now.Bases
	if v, known := s.index.version(number); known {
		bases = v.Bases
	}
	for session, digest := range bases {
		sections, err := s.base(digest, session)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrHistory, err)
		}
		for _, section := range sections {
			if section.Kind == Profile {
				names[section.Name] = true
			}
		}
	}
	return names, nil
}

// Record notes that the file, which holds before, is about to become after,
// because the session writes sections (see [File.Base]). Of one that stays as it is
// (AsIs) what was written last counts on. Nothing but the bases is noted where the file stays as it is.
//
// Its errors wrap ErrBehind, or ErrHistory where nothing is kept that could
// become wrong. A history that is damaged begins anew.
func (h *History) Record(before Contents, session string, sections []Section, after []byte) error {
	return h.record(before, func(s *historyStore) (historyMoment, error) {
		digest, err := s.keepBase(session, sections)
		if err != nil {
			return historyMoment{}, err
		}
		bases := maps.Clone(s.index.Now.Bases)
		if bases == nil {
			bases = make(map[string]string)
		}
		if bases[session] = digest; len(sections) == 0 {
			delete(bases, session)
		}
		return historyMoment{digestOf(after), bases}, nil
	})
}

// RecordUndo is Record for a file that is about to become what it was in a
// version: with it come the bases of that moment.
func (h *History) RecordUndo(before Contents, number int) error {
	return h.record(before, func(s *historyStore) (historyMoment, error) {
		v, known := s.index.version(number)
		if !known {
			return historyMoment{}, fmt.Errorf("there is no version %d", number)
		}
		return historyMoment{v.File, v.Bases}, nil
	})
}

// record notes a write. What the file becomes is asked for when it is known what
// became of the write before.
func (h *History) record(before Contents, next func(*historyStore) (historyMoment, error)) error {
	h.recorded = nil
	err := h.tryRecord(before, next)
	switch {
	case err == nil:
		return nil
	case h.isThere():
		return fmt.Errorf("%w: %w", ErrBehind, err)
	}
	return fmt.Errorf("%w: %w", ErrHistory, err)
}

func (h *History) tryRecord(before Contents, next func(*historyStore) (historyMoment, error)) error {
	s, err := h.openToWrite()
	if err != nil {
		return err
	}
	defer s.close()
	s.settle(before)
	if !before.Exists {
		s.index.Now.Bases = nil // where nothing is, nothing is ours
	}
	after, err := next(s)
	if err != nil {
		return err
	}
	if after.File == before.digest() {
		// No rename will come that could fail to come.
		s.index.Now.Bases = after.Bases
		return s.save()
	}
	version := keptVersion{
		Version:       Version{Number: s.index.lastNumber() + 1, At: time.Now().UTC(), Exists: before.Exists, Size: len(before.Bytes)},
		historyMoment: historyMoment{before.digest(), s.index.Now.Bases},
	}
	if before.Exists {
		if err := s.keep(before.Bytes, version.File, versionExtension); err != nil {
			return err
		}
		if info, err := os.Stat(h.path); err == nil {
			version.Mode = info.Mode().Perm()
		}
	}
	s.index.Versions = append(s.index.Versions, version)
	s.index.Next = &after
	if err := s.save(); err != nil {
		return err
	}
	h.recorded = &s.index
	return nil
}

// Written confirms that what was recorded has happened. Without it, the next
// call finds out from the file. Its errors wrap ErrHistory.
func (h *History) Written() error {
	if h.recorded == nil {
		return nil
	}
	s, err := h.openToWrite()
	if err == nil {
		defer s.close()
		s.index, h.recorded = *h.recorded, nil
		s.index.happened()
		if err = s.save(); err == nil {
			err = s.sweep()
		}
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrHistory, err)
	}
	return nil
}
