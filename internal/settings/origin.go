package settings

// A Value is a value of a session, and the place in a file that it came from.
type Value struct {
	Key  string // such as "start_url", "defaults.s3.max_concurrent_requests" or "overrides[1].match.account"
	Text string // as in the file, but for quotes
	File string // as it was named to Load or Parse
	Line int
}

// Values returns what the files say about the session, value by value, in the
// order of the team's file and then the person's own.
func (s Session) Values() []Value {
	var values []Value
	s.tree.walk("", func(key string, n *node) {
		if n.kind == scalar {
			values = append(values, Value{key, n.text, n.at.in.name, n.at.line})
		}
	})
	return values
}
