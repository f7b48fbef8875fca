package settings

// RefusedKeys are in the schema, too.
var RefusedKeys = refusedKeys

// A Tree is what a YAML file says: text, nil, []any, or a map.
func Tree(data []byte) (any, error) {
	root, err := read("c.yaml", data)
	if err != nil {
		return nil, err
	}
	return root.plainly(), nil
}

func (n *node) plainly() any {
	switch n.kind {
	case scalar:
		return n.text
	case list:
		all := []any{}
		for _, item := range n.items {
			all = append(all, item.plainly())
		}
		return all
	case dict:
		all := map[string]any{}
		for _, e := range n.keys {
			all[e.key.text] = e.value.plainly()
		}
		return all
	}
	return nil
}

// Has reports whether the session says something about a key, be it what would
// hold without it.
func (s Session) Has(key string) bool { return s.node().find(key) != nil }

// Origin returns the place that a key of [Value] came from, or one that has such
// keys in it, such as "overrides[1]".
func (s Session) Origin(key string) (file string, line int, ok bool) {
	s.tree.walk("", func(path string, n *node) {
		if path == key && !ok {
			file, line, ok = n.at.in.name, n.at.line, true
		}
	})
	return file, line, ok
}
