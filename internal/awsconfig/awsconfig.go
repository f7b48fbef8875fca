// Package awsconfig hides the AWS config file: what a section, a key and a
// comment are to its many readers, and where our part of it begins and ends.
//
// Its one invariant: every byte outside of our blocks stays as it was.
package awsconfig

import (
	"bytes"
	"slices"

	"aws-sso-config-generator/internal/atomicfile"
)

// The kinds of section that we write.
const (
	Profile    = "profile"
	SSOSession = "sso-session"
)

// OwnKeys is what the names of the keys begin with that mean something to us alone.
const OwnKeys = "aws_sso_config_generator_"

// defaultProfile is the profile that counts where none is named. Its header is
// [default].
const defaultProfile = "default"

// Section is one section as we write it. Kind is [Profile] or [SSOSession].
type Section struct {
	Kind, Name string
	Keys       []Key
	// AsIs is a profile that stays as the session's block has it, byte for byte.
	// Its Keys are not looked at.
	AsIs bool
	// Alias is another name of a role that has a profile of its own among the same
	// sections: [default], or a name that it had before.
	Alias bool
}

// Value returns the value of a key, or "".
func (s Section) Value(name string) string {
	value, _ := s.lookup(name)
	return value
}

// File is an AWS config file. The zero value is an empty one.
type File struct {
	data     []byte
	sections []span
	markers  []marker
	version  *atomicfile.Version // that it was loaded from
}

// Parse reads a config file. Every byte string is one: what is wrong with it,
// Merge says. The File holds on to data.
func Parse(data []byte) *File {
	f := &File{data: data}
	number := 0
	for offset, line := range lines(data) {
		number++
		text := bytes.TrimFunc(line, isSpace)
		if len(text) == 0 {
			continue
		}
		switch text[0] {
		case '[':
			if last := len(f.sections) - 1; last >= 0 {
				f.sections[last].end = offset
			}
			kind, name := parseHeader(text)
			f.sections = append(f.sections, span{kind, name, offset, offset + len(line), len(data)})
		case '#':
			if m, ok := parseMarker(text); ok {
				m.line, m.start, m.end = number, offset, offset+len(line)
				if m.begin && bytes.HasPrefix(line, byteOrderMark) {
					m.start += len(byteOrderMark) // it is the file's, not our block's
				}
				f.markers = append(f.markers, m)
			}
		}
	}
	return f
}

// become makes data what is in the file.
func (f *File) become(data []byte) {
	version := f.version
	*f = *Parse(data)
	f.version = version
}

// Bytes returns the file as it is to be written. They are not to be changed.
func (f *File) Bytes() []byte { return f.data }

// Session returns the section that says which access portal a session is for,
// as the most lenient reader sees it: names of keys in lower case, values
// without quotes and comments. It is [sso-session NAME], or the first profile of
// our block in the legacy layout.
func (f *File) Session(name string) (Section, bool) {
	if section, found := f.lookup(SSOSession, name, block{}); found {
		return section, true
	}
	blocks, err := f.blocks()
	if err != nil {
		return Section{}, false
	}
	return f.portal(name, find(blocks, name), nil)
}

// Profile returns a profile of the file, with its keys as Session has them.
func (f *File) Profile(name string) (Section, bool) { return f.lookup(Profile, name, block{}) }

// Profiles returns the profiles in the session's block, in order and each name
// once, with their keys as Session has them. Without a block there are none; it
// fails where Merge would, at bytes that are not text and at a damaged block.
func (f *File) Profiles(session string) ([]Section, error) {
	blocks, err := f.blocks()
	if err != nil {
		return nil, err
	}
	in := find(blocks, session)
	return f.collect(in.profiles, in.closing, (*keySet).read), nil
}

// Blocks returns the sessions that have a block, in order. It fails where Profiles
// does.
func (f *File) Blocks() ([]string, error) {
	blocks, err := f.blocks()
	var sessions []string
	for _, b := range blocks {
		sessions = append(sessions, b.session)
	}
	return sessions, err
}

// OtherProfiles returns the names of the profiles in the blocks of other sessions. It
// fails where Profiles does.
func (f *File) OtherProfiles(session string) (map[string]bool, error) {
	blocks, err := f.blocks()
	if err != nil {
		return nil, err
	}
	blocks = slices.DeleteFunc(blocks, func(b block) bool { return b.session == session })
	names := make(map[string]bool)
	for _, s := range f.sections {
		if s.kind == Profile && slices.ContainsFunc(blocks, func(b block) bool { return b.holds(s) }) {
			names[s.name] = true
		}
	}
	return names, nil
}

// Sections returns every profile and [sso-session] of the file, in order and each
// name once, with their keys as Session has them.
func (f *File) Sections() []Section {
	return f.collect(func(s span) bool { return s.kind != "" }, len(f.data), (*keySet).read)
}

// collect reads sections up to the end of what is looked at. Those that stand
// there twice are merged, and the last value wins.
func (f *File) collect(wanted func(span) bool, end int, read func(*keySet, []byte)) []Section {
	var found []id
	keys := make(map[id]*keySet)
	for _, s := range f.sections {
		if !wanted(s) {
			continue
		}
		name := id{s.kind, s.name}
		if keys[name] == nil {
			keys[name] = new(keySet)
			found = append(found, name)
		}
		read(keys[name], f.data[s.body:min(s.end, end)])
	}
	var sections []Section
	for _, name := range found {
		sections = append(sections, Section{Kind: name.kind, Name: name.name, Keys: keys[name].keys})
	}
	return sections
}

// lookup reads a section outside of one block. Sections that stand there twice
// are merged, and the last value wins.
func (f *File) lookup(kind, name string, except block) (Section, bool) {
	var keys keySet
	found := false
	for _, s := range f.sections {
		if s.kind == kind && s.name == name && !except.holds(s) {
			keys.read(f.data[s.body:s.end])
			found = true
		}
	}
	return Section{Kind: kind, Name: name, Keys: keys.keys}, found
}

// Load reads the config file at path. One that does not exist is empty.
func Load(path string) (*File, error) {
	data, version, err := atomicfile.Read(path)
	if err != nil {
		return nil, err
	}
	f := Parse(data)
	f.version = &version
	return f, nil
}

// Exists says whether there was a file where this one was loaded from.
func (f *File) Exists() bool { return f.version != nil && f.version.Exists() }

// Save writes the config file to path, and nothing at all if it is there
// already: the file keeps its time of change. One that was loaded replaces
// nothing but what was loaded, else the error wraps [atomicfile.ErrChanged].
func (f *File) Save(path string) error {
	switch {
	case f.version == nil:
		return atomicfile.Replace(path, f.data)
	case f.version.Holds(f.data), !f.version.Exists() && len(f.data) == 0:
		return nil
	}
	return atomicfile.ReplaceVersion(path, f.data, *f.version)
}

// Become makes the file at path, from which f was loaded, what then is. It
// replaces or removes nothing but what was loaded, else the error wraps
// [atomicfile.ErrChanged].
func (f *File) Become(path string, then Contents) error {
	if !then.Exists {
		return atomicfile.RemoveVersion(path, *f.version)
	}
	return atomicfile.ReplaceVersion(path, then.Bytes, *f.version)
}
