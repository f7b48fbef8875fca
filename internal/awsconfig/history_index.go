package awsconfig

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

const historyFormat = 1

// A historyIndex is what is known of one config file. Files and bases are named
// by their digests.
type historyIndex struct {
	Format int    `json:"format"`
	Path   string `json:"path"`

	Now  historyMoment  `json:"now"`            // what we wrote last
	Next *historyMoment `json:"next,omitempty"` // what we were about to write

	// Versions are in the order of the writes. With Next, the last one is what
	// the file was before that.
	Versions []keptVersion `json:"versions"`
}

// A historyMoment is a file, and the bases that belong to it.
type historyMoment struct {
	File  string            `json:"file"`            // "": there is none
	Bases map[string]string `json:"bases,omitempty"` // by session
}

type keptVersion struct {
	Version
	historyMoment
}

func (x *historyIndex) version(number int) (keptVersion, bool) {
	for _, v := range x.Versions {
		if v.Number == number {
			return v, true
		}
	}
	return keptVersion{}, false
}

func (x *historyIndex) lastNumber() int {
	if len(x.Versions) == 0 {
		return 0
	}
	return x.Versions[len(x.Versions)-1].Number
}

// happened makes what was about to be written what was written. Only now do old
// versions go: had it not happened, one too many would have.
func (x *historyIndex) happened() {
	x.Now, x.Next = *x.Next, nil
	x.Versions = x.Versions[max(0, len(x.Versions)-historyVersions):]
}

func (x *historyIndex) didNotHappen() {
	x.Next = nil
	x.Versions = x.Versions[:len(x.Versions)-1]
}

// settle decides what became of a write that was not confirmed, for a file that
// holds now. It returns the sessions whose bases it cannot tell.
func (s *historyStore) settle(now Contents) (undecided map[string]bool) {
	x := &s.index
	if x.Next == nil {
		s.recognize(now)
		return nil
	}
	switch now.digest() {
	case x.Next.File:
		x.happened()
		return nil
	case x.Versions[len(x.Versions)-1].File:
		x.didNotHappen()
		return nil
	}
	differing := make(map[string]bool)
	for _, bases := range []map[string]string{x.Now.Bases, x.Next.Bases} {
		for session := range bases {
			if x.Now.Bases[session] != x.Next.Bases[session] {
				differing[session] = true
			}
		}
	}
	fromNow, fromNext, between, err := s.distances(differing, now)
	switch {
	case err == nil && (fromNow > fromNext || between == 0):
		x.happened()
	case err == nil && fromNow < fromNext:
		x.didNotHappen()
	default:
		x.happened() // what is kept for undo is true both ways
		x.Now.Bases = maps.Clone(x.Now.Bases)
		maps.DeleteFunc(x.Now.Bases, func(session, _ string) bool { return differing[session] })
		return differing
	}
	return nil
}

// recognize takes back the bases of a version that the person put back.
func (s *historyStore) recognize(now Contents) {
	x := &s.index
	if x.Now.File == now.digest() {
		return
	}
	for _, v := range slices.Backward(x.Versions) {
		if v.File == now.digest() {
			x.Now.Bases = v.Bases
			return
		}
	}
}

// distances counts the keys in which the blocks of sessions differ from the bases
// of Now and of Next, and these from each other.
func (s *historyStore) distances(sessions map[string]bool, now Contents) (fromNow, fromNext, between int, err error) {
	file := Parse(now.Bytes)
	for session := range sessions {
		block, err := file.Profiles(session)
		if err != nil {
			return 0, 0, 0, err
		}
		if section, found := file.Session(session); found {
			block = append(block, section)
		}
		old, err := s.base(s.index.Now.Bases[session], session)
		if err != nil {
			return 0, 0, 0, err
		}
		next, err := s.base(s.index.Next.Bases[session], session)
		if err != nil {
			return 0, 0, 0, err
		}
		fromNow += distance(block, old)
		fromNext += distance(block, next)
		between += distance(old, next)
	}
	return fromNow, fromNext, between, nil
}

// distance is the number of keys and values that only one of the two has.
func distance(a, b []Section) int {
	type fact struct{ kind, section, name, value string }
	facts := make(map[fact]bool)
	for _, s := range a {
		for _, key := range s.Keys {
			facts[fact{s.Kind, s.Name, key.Name, key.Value}] = true
		}
	}
	n := len(facts)
	for _, s := range b {
		for _, key := range s.Keys {
			if facts[fact{s.Kind, s.Name, key.Name, key.Value}] {
				n--
			} else {
				n++
			}
		}
	}
	return n
}

// check believes nothing of an index that was read.
func (x *historyIndex) check(path string) error {
	switch {
	case x.Format != historyFormat:
		return fmt.Errorf("format %d, not %d", x.Format, historyFormat)
	case x.Path != path:
		return errors.New("it is of another file")
	case len(x.Versions) > historyVersions+1, x.Next != nil && len(x.Versions) == 0:
		return fmt.Errorf("%d versions", len(x.Versions))
	}
	moments := []historyMoment{x.Now}
	if x.Next != nil {
		moments = append(moments, *x.Next)
	}
	last := 0
	for _, v := range x.Versions {
		if v.Number <= last || v.Exists != (v.File != "") || v.Mode != v.Mode.Perm() || v.Size < 0 {
			return fmt.Errorf("version %d makes no sense", v.Number)
		}
		last = v.Number
		moments = append(moments, v.historyMoment)
	}
	for _, m := range moments {
		if m.File != "" && !isDigest(m.File) {
			return errors.New("a file without a digest")
		}
		for session, digest := range m.Bases {
			if CheckName(session) != nil || !isDigest(digest) {
				return fmt.Errorf("base of session %q makes no sense", session)
			}
		}
	}
	return nil
}

// isDigest keeps names of files from leading anywhere.
func isDigest(text string) bool {
	return len(text) == 64 && strings.Trim(text, "0123456789abcdef") == ""
}
