package settings

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"aws-sso-config-generator/internal/awsconfig"
)

// Print makes a settings file that others can take as theirs: what is set and
// nothing else, and where to write only if that is told from the home directory.
func Print(s Settings) []byte {
	sessions := &node{kind: list}
	for _, session := range s.Sessions {
		if !inHome(session.Out) {
			session.Out = ""
		}
		sessions.items = append(sessions.items, session.node())
	}
	file := &node{kind: dict}
	file.set("sessions", sessions)
	var b bytes.Buffer
	b.WriteString(SchemaLine)
	file.write(&b, "")
	return b.Bytes()
}

// A ByHandError says that a session cannot be put into a settings file as it stands
// there, and what to write into it by hand.
type ByHandError struct {
	Text string // an item for the list of sessions
	Err  error  // why
}

func (e *ByHandError) Error() string { return e.Err.Error() }

func (e *ByHandError) Unwrap() error { return e.Err }

// Append puts a session at the end of a settings file, or into a new one, and
// leaves every byte of it as it was. What comes out says what the file said and
// the session; where that cannot be, the error is a [*ByHandError], or, if the file
// was wrong before, an [*Error] that calls it name.
func Append(name string, existing []byte, s Session) ([]byte, error) {
	root, err := read(name, existing)
	if err != nil {
		return nil, err
	}
	before, err := sessionsOf(root)
	if err != nil {
		return nil, err
	}
	added, sessions, indent := s.node(), root.find("sessions"), "  "
	if sessions != nil && sessions.kind == list && !sessions.flow {
		indent = strings.Repeat(" ", sessions.at.column-1)
	}
	var item bytes.Buffer
	(&node{kind: list, items: []*node{added}}).write(&item, indent)
	if root.flow || sessions != nil && sessions.flow {
		return nil, &ByHandError{item.String(), fmt.Errorf("%s: its sessions stand in brackets", name)}
	}
	text := string(existing)
	if strings.TrimSpace(strings.TrimPrefix(text, byteOrderMark)) == "" {
		text += SchemaLine
	}
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	if sessions == nil {
		text += "sessions:\n"
	}
	text += item.String()
	if strings.Contains(string(existing), "\r\n") {
		head := string(existing)
		text = head + strings.ReplaceAll(text[len(head):], "\n", "\r\n")
	}
	after, err := parse(name, []byte(text))
	if err == nil {
		_, err = decode(after, partial)
	}
	if err == nil && !slices.EqualFunc(append(before, added), after, (*node).equal) {
		err = fmt.Errorf("%s: nothing can be added to the way in which its sessions are written", name)
	}
	if err != nil {
		return nil, &ByHandError{item.String(), err}
	}
	return []byte(text), nil
}

// node makes a tree of a session, in the order of a settings file.
func (s Session) node() *node {
	n := &node{kind: dict}
	put := func(key string, value *node, given bool) {
		if given || s.tree.find(key) != nil {
			n.set(key, value)
		}
	}
	put("name", text(s.Name), true)
	put("start_url", text(s.StartURL), s.StartURL != "")
	put("sso_region", text(s.SSORegion), s.SSORegion != "")
	put("keep_signed_in", plain(strconv.FormatBool(s.KeepSignedIn)), s.KeepSignedIn)
	put("device_code", plain(strconv.FormatBool(s.DeviceCode)), s.DeviceCode)
	put("callback_port", plain(strconv.Itoa(s.CallbackPort)), s.CallbackPort != 0)
	if s.Out != "" {
		n.set("out", text(s.Out))
	}
	put("layout", text(string(s.Layout)), s.Layout != "")
	put("profile_name", text(s.ProfileName), s.ProfileName != "")
	put("keep_old_names", text(printDuration(s.KeepOldNames)), s.KeepOldNames != 0)
	put("defaults", keysNode(s.Defaults), len(s.Defaults) > 0)
	put("accounts", renamesNode(s.Accounts), len(s.Accounts) > 0)
	put("roles", renamesNode(s.Roles), len(s.Roles) > 0)
	// An empty one takes the place of the team's.
	put("include", listNode(s.Include, Match.node), s.Include != nil)
	put("exclude", listNode(s.Exclude, Match.node), len(s.Exclude) > 0)
	put("overrides", listNode(s.Overrides, Override.node), len(s.Overrides) > 0)
	if s.DefaultProfile != nil {
		n.set("default_profile", s.DefaultProfile.node())
	}
	put("chains", listNode(s.Chains, Chain.node), len(s.Chains) > 0)
	return n
}

func (m Match) node() *node {
	n := &node{kind: dict, flow: true}
	if m.Account != "" {
		n.set("account", text(m.Account))
	}
	if m.Role != "" {
		n.set("role", text(m.Role))
	}
	return n
}

func (o Override) node() *node {
	n := &node{kind: dict}
	n.set("match", o.Match.node())
	if len(o.Set) > 0 || o.Name == "" {
		n.set("set", keysNode(o.Set))
	}
	if o.Name != "" {
		n.set("name", text(o.Name))
	}
	return n
}

func (c Chain) node() *node {
	n := &node{kind: dict}
	n.set("from", c.From.node())
	n.set("to", text(c.To))
	n.set("name", text(c.Name))
	if len(c.Set) > 0 {
		n.set("set", keysNode(c.Set))
	}
	return n
}

func listNode[T any](all []T, one func(T) *node) *node {
	n := &node{kind: list}
	for _, item := range all {
		n.items = append(n.items, one(item))
	}
	return n
}

func renamesNode(renames map[string]string) *node {
	n := &node{kind: dict}
	for _, key := range slices.Sorted(maps.Keys(renames)) {
		n.set(key, text(renames[key]))
	}
	return n
}

// keysNode is how settings say keys of profiles.
func keysNode(keys []awsconfig.Key) *node {
	n := &node{kind: dict}
	for _, key := range keys {
		nested := key.Nested()
		if nested == nil {
			n.set(key.Name, value(key.Value))
			continue
		}
		inner := &node{kind: dict, flow: true}
		for _, key := range nested {
			inner.set(key.Name, value(key.Value))
		}
		n.set(key.Name, inner)
	}
	return n
}

func (n *node) set(key string, value *node) { n.put(text(key), value) }

// text is a scalar that is text, plain one that is none, and value one of a key,
// where numbers and truth are at home.
func text(text string) *node  { return &node{kind: scalar, text: text} }
func plain(text string) *node { return &node{kind: scalar, text: text, plain: true} }
func value(text string) *node {
	return &node{kind: scalar, text: text, plain: len(text) < 10 && number().MatchString(text)}
}

var number = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(0|[1-9][0-9]*|true|false)$`) })

// bareText is text that no YAML reader, be it of version 1.1, takes for anything
// else, but for notText.
var bareText = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Za-z_/~]([A-Za-z0-9_./:@+-]*[A-Za-z0-9_/])?$`)
})

var notText = []string{"null", "true", "false", "yes", "no", "y", "n", "on", "off", "~"}

// quoted is a scalar as it is written.
func (n *node) quoted() string {
	switch {
	case n.plain || bareText().MatchString(n.text) && !slices.Contains(notText, strings.ToLower(n.text)):
		return n.text
	case strings.Contains(n.text, `"`) && !strings.ContainsFunc(n.text, func(r rune) bool { return r < ' ' || r > '~' }):
		return "'" + strings.ReplaceAll(n.text, "'", "''") + "'"
	}
	return strconv.QuoteToASCII(n.text)
}

// write writes a dict or a list, each entry on a line of its own behind indent.
func (n *node) write(b *bytes.Buffer, indent string) {
	for _, e := range n.keys {
		b.WriteString(indent)
		e.writeBehind(b, indent)
	}
	for _, item := range n.items {
		b.WriteString(indent + "- ")
		if item.flow || item.kind == scalar {
			b.WriteString(item.inline() + "\n")
			continue
		}
		for i, e := range item.keys {
			if i > 0 {
				b.WriteString(indent + "  ")
			}
			e.writeBehind(b, indent+"  ")
		}
	}
}

// writeBehind writes a key and its value behind the indent of its line.
func (e entry) writeBehind(b *bytes.Buffer, indent string) {
	b.WriteString(e.key.quoted() + ":")
	if e.value.flow || e.value.kind == scalar || len(e.value.keys)+len(e.value.items) == 0 {
		b.WriteString(" " + e.value.inline() + "\n")
		return
	}
	b.WriteString("\n")
	e.value.write(b, indent+"  ")
}

// inline is a node on one line.
func (n *node) inline() string {
	switch n.kind {
	case dict:
		var parts []string
		for _, e := range n.keys {
			parts = append(parts, e.key.quoted()+": "+e.value.inline())
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case list:
		return "[]"
	}
	return n.quoted()
}

// printDuration is what parseDuration reads.
func printDuration(length time.Duration) string {
	if length%day == 0 {
		return fmt.Sprintf("%dd", length/day)
	}
	return length.String()
}
