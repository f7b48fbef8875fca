package settings

import (
	"fmt"
	"slices"
	"strings"
)

// A node is a value of a settings file, and where it stands.
type node struct {
	kind kind
	at   place
	name string // of the key that it belongs to
	item bool   // of a list that the key has

	text  string // of a scalar, as it stands in the file, but for quotes
	plain bool   // without quotes
	bool  bool   // true or false without quotes
	flow  bool   // a dict or list in brackets

	keys  []entry        // of a dict, in order
	where map[string]int // the index of each key, if there are many
	items []*node        // of a list
}

type kind int

const (
	nothing kind = iota // null, or no value at all
	scalar
	dict
	list
)

// An entry is a key of a dict, a scalar, with its value.
type entry struct{ key, value *node }

// A place is a character of a file. Line and column count from 1; the zero value
// is no place.
type place struct {
	in           *source
	line, column int
}

// A source is a file.
type source struct{ name, text string }

func (s *source) lines() []string { return strings.Split(strings.TrimSuffix(s.text, "\n"), "\n") }

// line returns a line by its number, from 1.
func (s *source) line(number int) string {
	lines := s.lines()
	return lines[min(number, len(lines))-1]
}

// find returns the value of a key, or nil.
func (n *node) find(key string) *node {
	if n == nil {
		return nil
	}
	if i := n.index(key); i >= 0 {
		return n.keys[i].value
	}
	return nil
}

func (n *node) index(key string) int {
	if i, ok := n.where[key]; ok {
		return i
	}
	few := n.keys[:len(n.keys)-len(n.where)]
	return slices.IndexFunc(few, func(e entry) bool { return e.key.text == key })
}

// put adds a key that is not there yet.
func (n *node) put(key, value *node) {
	n.keys = append(n.keys, entry{key, value})
	if len(n.keys) < 32 {
		return
	}
	if n.where == nil {
		n.where = make(map[string]int)
		for i, e := range n.keys {
			n.where[e.key.text] = i
		}
	}
	n.where[key.text] = len(n.keys) - 1
}

// equal compares what two nodes say, wherever they stand.
func (n *node) equal(other *node) bool {
	return n.kind == other.kind && n.text == other.text &&
		slices.EqualFunc(n.items, other.items, (*node).equal) &&
		slices.EqualFunc(n.keys, other.keys, func(a, b entry) bool {
			return a.key.text == b.key.text && a.value.equal(b.value)
		})
}

// merge puts a person's own session over the team's of the same name. What the
// own one says counts, key by key in maps; lists of what is left out, overridden
// or chained get longer.
func merge(team, own *node) *node {
	merged := &node{kind: dict, at: own.at, name: own.name}
	for _, e := range team.keys {
		merged.put(e.key, e.value)
	}
	for _, e := range own.keys {
		if i := merged.index(e.key.text); i >= 0 {
			merged.keys[i] = entry{e.key, combine(e.key.text, merged.keys[i].value, e.value)}
		} else {
			merged.put(e.key, e.value)
		}
	}
	return merged
}

func combine(key string, team, own *node) *node {
	switch {
	case team.kind != own.kind:
	case key == "exclude", key == "overrides", key == "chains":
		longer := *own
		longer.items = slices.Concat(team.items, own.items)
		return &longer
	case own.kind == dict && key != "default_profile":
		return merge(team, own)
	}
	return own
}

// mergeSessions puts a person's own sessions over the team's.
func mergeSessions(team, own []*node) []*node {
	merged := slices.Clone(team)
	where := make(map[string]int, len(team))
	for i, session := range team {
		where[session.find("name").text] = i
	}
	for _, session := range own {
		if i, ok := where[session.find("name").text]; ok {
			merged[i] = merge(merged[i], session)
		} else {
			merged = append(merged, session)
		}
	}
	return merged
}

// walk calls visit for a node's values with the way to them, such as
// "overrides[1].match.account".
func (n *node) walk(path string, visit func(path string, n *node)) {
	if n == nil {
		return
	}
	if path != "" {
		visit(path, n)
	}
	for _, e := range n.keys {
		e.value.walk(strings.TrimPrefix(path+"."+e.key.text, "."), visit)
	}
	for i, item := range n.items {
		item.walk(fmt.Sprintf("%s[%d]", path, i), visit)
	}
}
