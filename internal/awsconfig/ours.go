package awsconfig

import "slices"

// Ours is those of the sections that Merge does not leave out of the session's
// block because the file has them elsewhere. What the person deleted from the
// block is among them: that it was ours says that it was deleted.
func (f *File) Ours(session string, sections []Section) []Section {
	blocks, err := f.blocks()
	if err != nil { // Merge has refused it
		return nil
	}
	in := find(blocks, session)
	type id struct{ kind, name string }
	elsewhere := make(map[id]bool)
	for _, s := range f.sections {
		if !in.holds(s) {
			elsewhere[id{s.kind, s.name}] = true
		}
	}
	leftOut := func(s Section) bool { return elsewhere[id{s.Kind, s.Name}] }
	if !slices.ContainsFunc(sections, leftOut) { // most of the time, and there may be many
		return sections
	}
	return slices.DeleteFunc(slices.Clone(sections), leftOut)
}
