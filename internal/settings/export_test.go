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
