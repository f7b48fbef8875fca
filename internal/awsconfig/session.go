package awsconfig

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// portal reads where a block says which access portal it is for: in the section
// of its session, else in the first profile that has a start URL and is ours as
// far as base knows.
func (f *File) portal(session string, in block, base []Section) (Section, bool) {
	if i := slices.IndexFunc(f.sections, func(s span) bool { return in.holds(s) && s.kind == SSOSession && s.name == session }); i >= 0 {
		return f.section(f.sections[i], in), true
	}
	for _, s := range f.sections {
		if !in.holds(s) || s.kind != Profile {
			continue
		}
		section := f.section(s, in)
		wrote := func(b Section) bool { return b.Kind == s.kind && b.Name == s.name }
		if startURL(section) != "" && (base == nil || slices.ContainsFunc(base, wrote)) {
			return section, true
		}
	}
	return Section{}, false
}

func (f *File) section(s span, in block) Section {
	var keys keySet
	keys.read(f.data[s.body:min(s.end, in.closing)])
	return Section{Kind: s.kind, Name: s.name, Keys: keys.keys}
}

func conflict(session string, before, after Section) error {
	return fmt.Errorf("%w: session %s has start URL %q and region %q there, not %q and %q", ErrSessionConflict, session,
		before.Value("sso_start_url"), before.Value("sso_region"), after.Value("sso_start_url"), after.Value("sso_region"))
}

func sameSession(a, b Section) bool {
	return startURL(a) == startURL(b) && a.Value("sso_region") == b.Value("sso_region")
}

// startURL is the start URL of a session in the form in which two that lead to
// the same portal are equal: people have /start, /start/ and /start/#/.
func startURL(session Section) string { return canonical(session.Value("sso_start_url")) }

func canonical(startURL string) string {
	raw, _, _ := strings.Cut(startURL, "#")
	raw = strings.TrimRight(raw, "/")
	u, err := url.Parse(raw)
	if err != nil {
		return raw
	}
	u.Host = strings.ToLower(u.Host)
	return u.String()
}
