package cli

import (
	"net/url"
	"regexp"
	"strings"
	"sync"

	"aws-sso-config-generator/internal/identitycenter"
	"aws-sso-config-generator/internal/inventory"
	"aws-sso-config-generator/internal/profile"
	"aws-sso-config-generator/internal/settings"
)

// A style is a way to name profiles.
type style struct{ value, text, template string }

// styles are those that init offers.
var styles = []style{
	{"as-it-is", "as it is", ""},
	{"kebab", "kebab case", "{{ .AccountName | kebab }}-{{ .RoleName | kebab }}"},
	{"short", "short", `{{ .AccountName | kebab }}.{{ .RoleName | trimSuffix "Access" | kebab }}`},
}

// telling picks a few roles whose names show what naming does: of accounts that are
// not the same, and called differently as far as there are such.
func telling(found inventory.Inventory) (roles []profile.Role) {
	const few = 3
	pick := func(likes func(account, role string) bool) {
		for _, account := range found.Accounts {
			for _, role := range account.Roles {
				if len(roles) < few && likes(account.ID, role) {
					roles = append(roles, profile.Role{AccountID: account.ID, Name: role})
				}
			}
		}
	}
	pick(func(account, role string) bool {
		for _, r := range roles {
			if r.AccountID == account || r.Name == role {
				return false
			}
		}
		return true
	})
	pick(func(account, role string) bool {
		for _, r := range roles {
			if r.AccountID == account && r.Name == role {
				return false
			}
		}
		return true
	})
	return roles
}

var (
	// word is a label of a host name that somebody chose.
	word = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z][a-z0-9-]*$`) })
	// noWord are labels that nobody chose, or that say nothing: an identity store's id,
	// an instance's, and what portals are called.
	noWord = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(d-[0-9a-f]+|ssoins-[0-9a-f]+|start|identitycenter|sso|login|portal|aws|www)$`)
	})
)

// sessionNameOf is what the session of a start URL is called by who does not call it
// anything: acme, for https://acme.awsapps.com/start.
func sessionNameOf(startURL string) string {
	u, err := url.Parse(startURL)
	if err != nil {
		return defaultSession
	}
	label, _, _ := strings.Cut(strings.ToLower(u.Hostname()), ".")
	if !word().MatchString(label) || noWord().MatchString(label) {
		return defaultSession
	}
	return label
}

// aPortal is the host of a portal whose pages begin at /start.
var aPortal = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(?i)[a-z0-9-]+\.awsapps\.(com|cn)$`) })

// wholeStartURL adds what people leave out of a start URL: https:// and /start. What
// is none with it, either, stays as it is.
func wholeStartURL(text string) string {
	whole := text
	if !strings.Contains(text, "://") {
		whole = "https://" + text
	}
	if identitycenter.CheckStartURL(whole) != nil {
		return text
	}
	if u, err := url.Parse(whole); err == nil && strings.Trim(u.Path, "/") == "" && aPortal().MatchString(u.Host) {
		return "https://" + u.Host + "/start"
	}
	return whole
}

// excluded is what lists of globs leave out.
func excluded(accounts, roles string) (matches []settings.Match) {
	for _, account := range splitGlobs(accounts) {
		matches = append(matches, settings.Match{Account: account})
	}
	for _, role := range splitGlobs(roles) {
		matches = append(matches, settings.Match{Role: role})
	}
	return matches
}

// splitGlobs splits at commas that are not in braces or brackets.
func splitGlobs(list string) (globs []string) {
	depth, begin := 0, 0
	cut := func(end int) {
		if glob := strings.TrimSpace(list[begin:end]); glob != "" {
			globs = append(globs, glob)
		}
		begin = end + 1
	}
	for i := range len(list) {
		switch list[i] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case ',':
			if depth <= 0 {
				cut(i)
			}
		}
	}
	cut(len(list))
	return globs
}
