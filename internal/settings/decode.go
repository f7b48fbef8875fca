package settings

import (
	"slices"
	"strings"

	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/identitycenter"
	"aws-sso-config-generator/internal/profile"
)

// A decoder makes settings of trees, and checks them. The first thing that is
// wrong counts.
type decoder struct{ err error }

// What may be missing.
type completeness bool

const (
	complete completeness = true
	partial  completeness = false // the start URL, which another file may have
)

func (d *decoder) fail(n *node, format string, args ...any) {
	if d.err == nil {
		d.err = failure(n.at, format, args...)
	}
}

// sessionsOf finds the sessions in a file. Their names are not yet checked, but
// there, and told apart.
func sessionsOf(root *node) ([]*node, error) {
	var sessions []*node
	d := &decoder{}
	if root.kind == nothing && root.text == "" {
		return nil, nil
	}
	for _, e := range root.keys {
		if slices.ContainsFunc(d.sessionFields(&Session{}), func(f field) bool { return f.key == e.key.text }) {
			d.fail(e.key, "%s is a key of a session: put it below its name", e.key.text)
		}
	}
	d.fields(root, field{"sessions", func(n *node) {
		if n.kind == nothing {
			return
		}
		for _, item := range d.list(n) {
			name := item.find("name")
			switch {
			case item.kind != dict:
				d.wrongKind(item, dict)
			case name == nil || name.kind != scalar:
				d.fail(item, "a session needs a name, as in name: my-sso")
			default:
				sessions = append(sessions, item)
			}
		}
	}})
	lines := make(map[string]int)
	for _, session := range sessions {
		name := session.find("name")
		if line := lines[name.text]; line > 0 {
			d.fail(name, "two sessions are called %q, the first in line %d", name.text, line)
		}
		lines[name.text] = name.at.line
	}
	return sessions, d.err
}

// decode makes settings of sessions.
func decode(sessions []*node, how completeness) (Settings, error) {
	var s Settings
	d := &decoder{}
	for _, n := range sessions {
		session := d.session(n)
		if session.StartURL == "" && how == complete {
			d.fail(n.find("name"), "session %q has no start_url, such as https://d-1234567890.awsapps.com/start", session.Name)
		}
		s.Sessions = append(s.Sessions, session)
	}
	d.tellApart(s.Sessions)
	if d.err != nil {
		return Settings{}, d.err
	}
	return s, nil
}

// tellApart refuses two sessions that older tools would keep one token for: they
// call its file by the start URL.
func (d *decoder) tellApart(sessions []Session) {
	legacy := make(map[string]string) // the names of sessions by their start URL
	for _, s := range sessions {
		if s.Layout != profile.LayoutLegacy || s.StartURL == "" {
			continue
		}
		portal := identitycenter.CanonicalStartURL(s.StartURL)
		if other := legacy[portal]; other != "" {
			d.fail(s.tree.find("start_url"), "sessions %q and %q have one start URL and layout legacy, in which they would share their token: give one of them layout sso-session", other, s.Name)
		}
		legacy[portal] = s.Name
	}
}

func (d *decoder) session(n *node) Session {
	s := Session{tree: n}
	d.fields(n, d.sessionFields(&s)...)
	return s
}

func (d *decoder) sessionFields(s *Session) []field {
	return []field{
		{"name", func(n *node) { s.Name = d.text(n, awsconfig.CheckName) }},
		{"start_url", func(n *node) { s.StartURL = d.text(n, startURL) }},
		{"sso_region", func(n *node) { s.SSORegion = d.text(n, region) }},
		{"keep_signed_in", func(n *node) { s.KeepSignedIn = d.boolean(n) }},
		{"device_code", func(n *node) { s.DeviceCode = d.boolean(n) }},
		{"callback_port", func(n *node) { s.CallbackPort = d.port(n) }},
		{"out", func(n *node) { s.Out = d.text(n, outPath) }},
		{"layout", func(n *node) { s.Layout = profile.Layout(d.text(n, layout)) }},
		{"profile_name", func(n *node) { s.ProfileName = d.text(n, template) }},
		{"keep_old_names", func(n *node) { s.KeepOldNames = d.duration(n) }},
		{"defaults", func(n *node) { s.Defaults = d.keys(n) }},
		{"accounts", func(n *node) { s.Accounts = d.renames(n, accountID, accountName) }},
		{"roles", func(n *node) { s.Roles = d.renames(n, notEmpty, roleName) }},
		{"include", func(n *node) { s.Include = each(d, n, d.match) }},
		{"exclude", func(n *node) { s.Exclude = each(d, n, d.match) }},
		{"overrides", func(n *node) { s.Overrides = each(d, n, d.override) }},
		{"default_profile", func(n *node) { s.DefaultProfile = new(d.match(n)) }},
		{"chains", func(n *node) { s.Chains = d.chains(n) }},
	}
}

func (d *decoder) match(n *node) (m Match) {
	glob := func(parse func(string) error) func(*node) string {
		return func(n *node) string {
			if n.kind == list || n.kind == dict {
				d.fail(n, "%s is text: a glob that begins with [ or { needs quotes", n.name)
			}
			text := d.text(n, parse)
			if text == "" {
				d.fail(n, `%s must not be empty: "*" means all`, n.name)
			}
			return text
		}
	}
	account := glob(func(text string) error { _, err := profile.ParseMatch(text, ""); return bare(err) })
	role := glob(func(text string) error { _, err := profile.ParseMatch("", text); return bare(err) })
	d.fields(n,
		field{"account", func(n *node) { m.Account = account(n) }},
		field{"role", func(n *node) { m.Role = role(n) }},
	)
	if n.kind == dict && len(n.keys) == 0 {
		d.fail(n, `says nothing about who is meant: give account, role, or both`)
	}
	return m
}

func (d *decoder) override(n *node) (o Override) {
	d.fields(n,
		field{"match", func(n *node) { o.Match = d.match(n) }},
		field{"set", func(n *node) { o.Set = d.keys(n) }},
		field{"name", func(n *node) { o.Name = d.text(n, literalName) }},
	)
	d.needs(n, "match", `whose profiles it changes, as in {account: "data-*"}`)
	if n.find("set") == nil && n.find("name") == nil {
		d.fail(n, "changes nothing: give set, name, or both")
	}
	return o
}

func (d *decoder) chain(n *node) (c Chain) {
	d.fields(n,
		field{"from", func(n *node) { c.From = d.match(n) }},
		field{"to", func(n *node) { c.To = d.text(n, roleARN) }},
		field{"name", func(n *node) { c.Name = d.text(n, literalName) }},
		field{"set", func(n *node) { c.Set = d.keys(n) }},
	)
	d.needs(n, "from", "the role that it is assumed from, as in {account: hub, role: NetworkAdmin}")
	d.needs(n, "to", "the ARN of the role to assume")
	d.needs(n, "name", "what the profile is called")
	return c
}

func (d *decoder) chains(n *node) []Chain {
	chains := each(d, n, d.chain)
	names := make(map[string]bool)
	for i, c := range chains {
		if names[c.Name] {
			d.fail(n.items[i].find("name"), "two chains are called %q", c.Name)
		}
		names[c.Name] = true
	}
	return chains
}

func each[T any](d *decoder, n *node, read func(*node) T) (all []T) {
	for _, item := range d.list(n) {
		all = append(all, read(item))
	}
	return all
}

// A field is a key that is known, and what reads its value.
type field struct {
	key  string
	read func(*node)
}

// fields reads a dict. Every key of it must be known.
func (d *decoder) fields(n *node, known ...field) {
	if n.kind != dict {
		d.wrongKind(n, dict)
		return
	}
	for _, e := range n.keys {
		i := slices.IndexFunc(known, func(f field) bool { return f.key == e.key.text })
		if i < 0 {
			d.unknown(e.key, known)
			return
		}
		known[i].read(e.value)
	}
}

func (d *decoder) unknown(key *node, known []field) {
	var names []string
	for _, f := range known {
		names = append(names, f.key)
	}
	if meant := Nearest(key.text, names); meant != "" {
		d.fail(key, "unknown key %q: did you mean %s?", key.text, meant)
		return
	}
	there := "there are "
	if len(names) == 1 {
		there = "there is only "
	}
	d.fail(key, "unknown key %q: %s%s", key.text, there, strings.Join(names, ", "))
}

func (d *decoder) needs(n *node, key, what string) {
	if n.kind == dict && n.find(key) == nil {
		d.fail(n, "%s is missing: %s", key, what)
	}
}

// list returns the items of a list.
func (d *decoder) list(n *node) []*node {
	if n.kind != list {
		d.wrongKind(n, list)
	}
	return n.items
}

// text returns a scalar that passes a check.
func (d *decoder) text(n *node, check func(string) error) string {
	if n.kind != scalar {
		d.wrongKind(n, scalar)
		return ""
	}
	switch err := check(n.text); {
	case err != nil && len(n.text) <= 40:
		d.fail(n, "%s %q: %w", n.name, n.text, err)
	case err != nil: // the excerpt shows it
		d.fail(n, "%s: %w", n.name, err)
	}
	return n.text
}

func (d *decoder) wrongKind(n *node, wanted kind) {
	name := n.name
	switch {
	case n.item:
		name = "an entry of " + name
	case name == "":
		name = "the file"
	}
	if n.kind == nothing {
		d.fail(n, "%s has no value", name)
		return
	}
	d.fail(n, "%s must be %s, not %s", name, wanted, n.kind)
}

func (k kind) String() string {
	return [...]string{"nothing", "text", "keys with values", "a list"}[k]
}
