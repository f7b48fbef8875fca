package awsconfig

import (
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// roles are what the service may give: an [sso-session] and a profile for each of
// some roles, or profiles in the legacy layout.
func roles() *rapid.Generator[[]Section] {
	return rapid.Custom(func(t *rapid.T) []Section {
		portal := []Key{{"sso_start_url", "https://x.awsapps.com/start"}, {"sso_region", "eu-west-1"}}
		legacy := rapid.IntRange(0, 3).Draw(t, "layout") == 0
		var sections []Section
		names := rapid.Permutation([]string{"a", "b", "c", "dd", "e"}).Draw(t, "names")
		found := rapid.SliceOfNDistinct(rapid.StringMatching(`[1-3][AB]`), 0, 5, rapid.ID[string]).Draw(t, "roles")
		number := len(found)
		for i, r := range found {
			s := ssoProfile(names[i], r[:1], r[1:])
			if legacy {
				s.Keys = slices.Concat(portal, s.Keys[1:])
			}
			for _, key := range []string{"region", "output"} {
				if value := rapid.SampledFrom([]string{"", "one", "two"}).Draw(t, key); value != "" {
					s.Keys = append(s.Keys, Key{key, value})
				}
			}
			if value := rapid.SampledFrom([]string{"-", "-", "", "one", "\na = 1", "\na = 1\nb = 2", "\nb = 3\nc = 4"}).Draw(t, "s3"); value != "-" {
				s.Keys = append(s.Keys, Key{"s3", value})
			}
			if value := rapid.SampledFrom([]string{"-", "-", "", "less"}).Draw(t, "cli_pager"); value != "-" {
				s.Keys = append(s.Keys, Key{"cli_pager", value})
			}
			sections = append(sections, s)
			for _, name := range []string{"default", names[4-i]} {
				alias := Section{Kind: Profile, Name: name, Keys: slices.Clone(s.Keys), Alias: true}
				if name != "default" {
					alias.Keys = append(alias.Keys, Key{OwnKeys + "old_name_until", rapid.SampledFrom([]string{"2026-12-23", "2026-12-24"}).Draw(t, "until")})
				}
				isThere := func(s Section) bool { return s.Name == name }
				if rapid.IntRange(0, 2).Draw(t, "alias") == 0 && !slices.Contains(names[:number], name) && !slices.ContainsFunc(sections, isThere) {
					sections = append(sections, alias)
				}
			}
		}
		if !legacy && len(sections) > 0 {
			session := prodSession()
			if rapid.Bool().Draw(t, "scopes") {
				session.Keys = append(session.Keys, Key{"sso_registration_scopes", "sso:account:access"})
			}
			sections = append([]Section{session}, sections...)
		}
		return sections
	})
}

// A person edits a block: what they add is called mine-1, mine-2, and so on.
type person struct {
	lines  []string
	added  int
	edited map[Key]bool    // "profile a" and the key that they changed or took out
	nested map[string]bool // what they added in a key of ours
}

// edit draws edits that no reader refuses.
func (p *person) edit(t *rapid.T) {
	for range rapid.IntRange(0, 8).Draw(t, "edits") {
		at := rapid.IntRange(0, len(p.lines)).Draw(t, "line")
		mine := p.mine()
		switch rapid.SampledFrom([]string{"key", "nested", "comment", "blank", "change", "delete", "section", "header"}).Draw(t, "edit") {
		case "key":
			if at = p.next(at, isKeyOrHeader) + 1; at > 0 && (at == len(p.lines) || !strings.HasPrefix(p.lines[at], " ")) {
				p.insert(at, rapid.SampledFrom([][]string{
					{mine + " = x"}, {mine + "=x # y"}, {mine + ": x"}, {mine + " ="}, {mine + " =", "  nested = 1", "", "  # deep " + p.mine(), "  more = 2"}, {mine + " = \"x\""},
				}).Draw(t, "key")...)
			}
		case "nested":
			if at = p.next(at, func(line string) bool { return line == "s3 =" }) + 1; at == 0 || at == len(p.lines) || !strings.HasPrefix(p.lines[at], " ") {
				continue
			}
			p.edited[Key{p.owner(at), "s3"}] = true
			p.nested[mine] = true
			switch rapid.SampledFrom([]string{"add", "change", "delete"}).Draw(t, "nested") {
			case "add":
				p.insert(at, rapid.SampledFrom([]string{"  " + mine + " = x", "  " + mine + "=x", "  # " + mine, "    " + mine + " = x # y"}).Draw(t, "nested key"))
			case "change":
				name, _, _ := strings.Cut(p.lines[at], "=")
				p.lines[at] = name + rapid.SampledFrom([]string{"= 7", "=1", "= 1 # " + mine, "=  2"}).Draw(t, "nested value")
			default:
				if !strings.Contains(p.lines[at], "mine") {
					p.lines = slices.Delete(p.lines, at, at+1)
				}
			}
		case "comment":
			p.insert(at, rapid.SampledFrom([]string{"# ", "; ", "  # ", "#[profile a] "}).Draw(t, "comment")+mine)
		case "blank":
			p.insert(at, rapid.SampledFrom([][]string{{""}, {"", ""}, {" \t"}}).Draw(t, "blank")...)
		case "change", "delete":
			i := p.next(at, func(line string) bool {
				return isKeyOrHeader(line) && line[0] != '[' && !strings.Contains(line, "mine")
			})
			if i < 0 || i+1 < len(p.lines) && strings.HasPrefix(p.lines[i+1], " ") {
				continue
			}
			key, value, _ := strings.Cut(p.lines[i], " = ")
			if key == "sso_start_url" || key == "sso_region" || strings.ContainsAny(key, "=:") { // another portal is refused
				continue
			}
			p.edited[Key{p.owner(i), strings.ToLower(key)}] = true
			p.lines = slices.Delete(p.lines, i, i+1)
			if rapid.Bool().Draw(t, "change") {
				p.insert(i, rapid.SampledFrom([][]string{
					{key + " = other"},
					{key + " = " + value + " ; why"},
					{key + " = \"" + value + "\""},
					{key + "=" + value},
					{key + " : " + value},
					{strings.ToUpper(key) + " = other"},
					{key + " ="},
					{key + " = other", "  # " + mine, "  and more"},
				}).Draw(t, "value")...)
			}
		case "section":
			if at = p.next(at, func(line string) bool { return strings.HasPrefix(line, "[") }); at < 0 {
				at = len(p.lines)
			}
			p.insert(at, rapid.SampledFrom([][]string{
				{"[services " + mine + "]", "a = b"}, {"# " + p.mine(), "[profile " + mine + "]", "role_arn = x", ""}, {"[profile " + mine + "]", ""}, {"", "[" + mine + "]", "s3 =", "  a = b"},
			}).Draw(t, "section")...)
		case "header":
			if i := p.next(at, func(line string) bool { return strings.HasPrefix(line, "[profile ") && strings.HasSuffix(line, "]") }); i >= 0 {
				p.lines[i] += " # " + mine
			}
		}
	}
}

func (p *person) mine() string {
	p.added++
	return fmt.Sprintf("mine-%03d", p.added)
}

func isKeyOrHeader(line string) bool {
	return line != "" && !strings.ContainsAny(line[:1], " \t#;")
}

// next finds a line from a place on, -1 for none.
func (p *person) next(at int, is func(string) bool) int {
	for i := at; i < len(p.lines); i++ {
		if is(p.lines[i]) {
			return i
		}
	}
	return -1
}

func (p *person) insert(at int, lines ...string) { p.lines = slices.Insert(p.lines, at, lines...) }

// owner is the section that a line belongs to, as "profile a", "" for none. What
// is right above a header belongs to it if it is a comment.
func (p *person) owner(i int) string {
	if j := i; j < len(p.lines) && isCommentLine(p.lines[j]) {
		for j < len(p.lines) && isCommentLine(p.lines[j]) {
			j++
		}
		if j < len(p.lines) && strings.HasPrefix(p.lines[j], "[") {
			i = j
		}
	}
	for ; i >= 0; i-- {
		if header, ok := strings.CutPrefix(p.lines[i], "["); ok {
			if header, _, _ = strings.Cut(header, "]"); header == "default" {
				return "profile default"
			}
			return header
		}
	}
	return ""
}

func isCommentLine(line string) bool {
	text := strings.TrimSpace(line)
	return strings.HasPrefix(text, "#") || strings.HasPrefix(text, ";")
}

// owners are the sections of all that they added.
func (p *person) owners() map[string]string {
	owners := make(map[string]string)
	for i, line := range p.lines {
		for n := range p.added {
			if mine := fmt.Sprintf("mine-%03d", n+1); strings.Contains(line, mine) {
				owners[mine] = p.owner(i)
			}
		}
	}
	return owners
}

// indented is the lines with some sections deeper, and in some cases their headers.
func (p *person) indented(t *rapid.T) []string {
	lines := slices.Clone(p.lines)
	deep := ""
	for i, line := range lines {
		switch {
		case strings.HasPrefix(line, "["):
			deep = rapid.SampledFrom([]string{"", "", "", "  ", "\t"}).Draw(t, "indent")
			if deep != "" && rapid.IntRange(0, 3).Draw(t, "header too") == 0 {
				lines[i] = deep + line
			}
		case line != "":
			lines[i] = deep + line
		}
	}
	return lines
}
