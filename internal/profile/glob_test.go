package profile

import (
	"strings"
	"testing"

	"github.com/bmatcuk/doublestar/v4"
	"pgregory.net/rapid"

	"aws-sso-config-generator/internal/identitycenter"
	"aws-sso-config-generator/internal/inventory"
)

func TestWhatGlobsMean(t *testing.T) {
	known := inventory.Inventory{Accounts: []inventory.Account{
		{Account: identitycenter.Account{ID: dev, Name: "Team/Dev [1]", Email: "AWS+dev@example.com"}, Roles: []string{"AdministratorAccess", "a+b"}},
	}}
	rules := Rules{Renames: Renames{Accounts: map[string]string{dev: "mine"}, Roles: map[string]string{"AdministratorAccess": "root", "a+b": ""}}}
	for text, want := range map[string]int{
		"":                                      2,
		"*":                                     2,
		"* *":                                   2,
		"0000*":                                 2,
		"000000000001":                          2,
		"team/dev*":                             2,
		"TEAM?DEV*":                             2,
		"team*[[]1]":                            2,
		"team/dev \\[1\\]":                      0, // the space ends the account in this table
		"*dev?\\[1\\]":                          2,
		"mine":                                  2,
		"m[h-j]ne":                              2,
		"m[^h-j]ne":                             0,
		"aws+dev@*":                             2,
		"aws":                                   0,
		"{prod,mine}":                           2,
		"{prod,m{a,i{n,x}}e}":                   2,
		"{,mine}":                               2,
		"{mi,m}{ne,ine}":                        2,
		"{*,}{*,}{*,}e":                         2,
		"m***":                                  2,
		"mine{*,}**":                            2,
		"prod":                                  0,
		"* AdministratorAccess":                 1,
		"* administratoraccess":                 1,
		"* ROOT":                                1,
		"* *b":                                  1,
		"* ?+?":                                 1,
		" {root,a+b}":                           2,
		" ?":                                    0,
		"mine root":                             1,
		"prod root":                             0,
		"MÌNE":                                  0,
		strings.Repeat("*", 500):                2,
		strings.Repeat("*a", 250):               0,
		strings.Repeat("{m,i}", 6):              0,
		"{" + strings.Repeat("m,", 99) + "}ine": 2,
	} {
		rules.Include = matches(t, text)
		plan, err := Make(known, rules, Before{})
		if err != nil || len(plan.Profiles) != want || plan.Filtered != 2-want {
			t.Errorf("%.50s: %d profiles, %d filtered, want %d: %v", text, len(plan.Profiles), plan.Filtered, want, err)
		}
	}
}

func TestWhatIsNoGlob(t *testing.T) {
	for text, want := range map[string]string{
		"[":                         errGlob.Error(),
		"[]":                        errGlob.Error(),
		"a]{":                       errGlob.Error(),
		"}":                         errGlob.Error(),
		"a\\":                       errGlob.Error(),
		strings.Repeat("*a", 251):   "a glob of more than 500 bytes",
		strings.Repeat("{a,b}", 7):  "a glob whose {} stand for more than 100 texts",
		strings.Repeat("{a,b}", 90): "a glob whose {} stand for more than 100 texts",
		strings.Repeat("{", 160) + strings.Repeat(",}", 160): "a glob whose {} stand for more than 100 texts",
		"{" + strings.Repeat(",", 100) + "}":                 "a glob whose {} stand for more than 100 texts",
	} {
		for _, in := range []string{"account", "role"} {
			account, role := text, "*"
			if in == "role" {
				account, role = role, account
			}
			if _, err := ParseMatch(account, role); err == nil || !strings.HasPrefix(err.Error(), in+` "`) || !strings.HasSuffix(err.Error(), want) {
				t.Errorf("%.50s: got %v, want %s", text, err, want)
			}
		}
	}
}

// Groups are written out in advance; what is matched is what doublestar would match.
func TestGlobsMeanWhatDoublestarMeans(t *testing.T) {
	text := rapid.StringMatching(`[ab/,{}-]{0,6}`)
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringMatching(`([ab?,/-]|\*|\{[ab?,]{0,4}\}|\{[ab],\{[ab?],[ab]*\}\}|\\[*?{},\[\\]|\[[!^]?[ab-]{1,3}\]){0,6}`).Draw(t, "pattern")
		g, err := parseGlob(pattern)
		if err != nil || g.all() || strings.Contains(pattern, "**") || strings.Contains(pattern, "*{") {
			return // doublestar does not always take a star with such neighbours for nothing
		}
		compared := folded(text.Draw(t, "text"))
		want, err := doublestar.Match(string(g), compared)
		if got := g.compiled().matches([]string{compared}); err != nil || got != want {
			t.Fatalf("%q and %q: %v, %v", pattern, compared, got, err)
		}
	})
}
