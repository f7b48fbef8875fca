package profile

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/inventory"
)

// organization draws accounts whose names are often alike.
func organization() *rapid.Generator[[]inventory.Account] {
	alike := rapid.SampledFrom([]string{"", "dev", "default", "dev-000000000001", "dev-000000000001-a", "000000000002"})
	label := rapid.OneOf(alike, alike, rapid.String())
	return rapid.Custom(func(t *rapid.T) []inventory.Account {
		var accounts []inventory.Account
		for i := range 5 {
			a := account(fmt.Sprintf("%012d", i), label.Draw(t, "name"))
			a.Roles = rapid.SliceOfNDistinct(rapid.StringMatching(`[ab]|a[+=]`), 0, 4, rapid.ID[string]).Draw(t, "roles")
			slices.Sort(a.Roles)
			accounts = append(accounts, a)
		}
		return accounts
	})
}

// anyRules draws rules that often mean some of an organization's roles. They may
// fail for it. They make no aliases.
func anyRules(t *rapid.T, label string) Rules {
	draw := func(name string) bool { return rapid.Bool().Draw(t, label+" "+name) }
	rules := Rules{Session: "corp", Defaults: anyKeys().Draw(t, label+" defaults")}
	if draw("rename") {
		rules.Renames.Roles = map[string]string{"a": "", "b": "dev"}
	}
	templates := []string{"", "", "x{{ .RoleName }}", "dev-{{ .AccountID }}-{{ .RoleName }}", "{{ .AccountName }}.{{ .RoleName }}", "{{ .AccountName | kebab }}-{{ .AccountID }}{{ .Region }}"}
	if text := rapid.SampledFrom(templates).Draw(t, label+" template"); text != "" {
		rules.NameTemplate, _ = ParseNameTemplate(text)
	}
	if draw("filters") {
		rules.Include = rapid.SliceOfN(anyMatch(), 0, 3).Draw(t, label+" include")
		rules.Exclude = rapid.SliceOfN(anyMatch(), 0, 2).Draw(t, label+" exclude")
	}
	rules.Overrides = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Override {
		o := Override{Match: anyMatch().Draw(t, "match"), Set: anyKeys().Draw(t, "set")}
		if rapid.IntRange(0, 3).Draw(t, "named") == 0 {
			o.Name = anyName().Draw(t, "name")
		}
		return o
	}), 0, 4).Draw(t, label+" overrides")
	rules.Chains = rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) Chain {
		return Chain{
			From: anyMatch().Draw(t, "from"), Name: anyName().Draw(t, "name"), Set: anyKeys().Draw(t, "set"),
			RoleARN: rapid.SampledFrom([]string{"arn:aws:iam::444455556666:role/BreakGlass", "arn:aws:iam::000000000001:role/a"}).Draw(t, "arn"),
		}
	}), 0, 2, func(c Chain) string { return c.RoleARN }).Draw(t, label+" chains")
	return rules
}

func anyMatch() *rapid.Generator[Match] {
	accounts := rapid.SampledFrom([]string{"", "*", "dev", "dev*", "00000000000[12]", "{000000000003,default}", "*-*", "aws@*"})
	roles := rapid.SampledFrom([]string{"", "*", "a", "A*", "dev", "?", "[!a]"})
	return rapid.Custom(func(t *rapid.T) Match {
		m, err := ParseMatch(accounts.Draw(t, "account"), roles.Draw(t, "role"))
		if err != nil {
			t.Fatal(err)
		}
		return m
	})
}

func anyName() *rapid.Generator[string] {
	return rapid.SampledFrom([]string{"dev", "dev-a", "prod", "corp-dev-a", "dev-000000000001", "break-glass", "000000000002"})
}

func anyKeys() *rapid.Generator[[]awsconfig.Key] {
	return rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) awsconfig.Key {
		return awsconfig.Key{
			Name:  rapid.SampledFrom([]string{"region", "output", "cli_pager", "ca_bundle", "max_attempts"}).Draw(t, "key"),
			Value: rapid.SampledFrom([]string{"x", "y", "20"}).Draw(t, "value"),
		}
	}), 0, 3, func(key awsconfig.Key) string { return key.Name })
}

func failures(t *rapid.T) []string {
	return rapid.SliceOfDistinct(rapid.StringMatching(`00000000000[0-4]`), rapid.ID[string]).Draw(t, "failures")
}

// ours says that an error is about the rules, as it may be.
func ours(err error) bool {
	return errors.Is(err, ErrName) || errors.Is(err, ErrChosenName) || errors.Is(err, ErrSeveral)
}

// Whatever fails, if all else is as it was, then not one byte changes.
func TestFailuresAloneChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		accounts, rules, layout := organization().Draw(t, "organization"), everyRules(t), rapid.SampledFrom(Layouts()).Draw(t, "layout")
		before := rapid.SampledFrom([]string{"", "\ufeff", "[default]\r\n", "[profile mine]\nregion = a"}).Draw(t, "file")
		complete, _, err := attempt(t, before, without(accounts), rules, layout)
		if err != nil {
			if !ours(err) {
				t.Fatal(err)
			}
			return
		}
		if got, _ := run(t, complete, without(accounts, failures(t)...), rules, layout); got != complete {
			t.Fatalf("-before +after:\n%s", cmp.Diff(complete, got))
		}
	})
}

// Whatever fails and whatever else has changed, the person's edits and the rules
// included: kept profiles are as they were, no two share a name, and the others
// have the names of a run in which nothing fails, but for those that are kept.
func TestNamesDoNotDependOnFailures(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, after, failed := organization().Draw(t, "before"), organization().Draw(t, "after"), failures(t)
		for i := range after {
			if slices.Contains(failed, after[i].ID) {
				after[i].Roles = before[i].Roles // its name may be another
			}
		}
		rules, layout := anyRules(t, "new"), rapid.SampledFrom(Layouts()).Draw(t, "layout")
		old := anyRules(t, "old")
		old.Include, old.Exclude = nil, nil // what is not in the file, nobody knows of
		text, _, err := attempt(t, "", without(before), old, rapid.SampledFrom(Layouts()).Draw(t, "old layout"))
		if err != nil {
			return
		}
		for _, edit := range [][2]string{{"sso_role_name", "# mine\nsso_role_name"}, {"[profile dev", "[profile x"}, {"[profile x", "[profile dev"}} {
			text = strings.Replace(text, edit[0], edit[1], rapid.IntRange(-1, 2).Draw(t, edit[1]))
		}
		complete, err := Make(without(after), rules, Before{})
		if err != nil {
			return
		}
		names := make(map[Role]string)
		for _, p := range complete.Profiles {
			names[Role{p.AccountID, p.RoleName + p.RoleARN}] = p.Name
		}

		merged, plan := run(t, text, without(after, failed...), rules, layout)
		kept, seen := make(map[string]bool), make(map[string]bool)
		for _, p := range plan.Profiles {
			kept[p.Name] = kept[p.Name] || p.Kept
			if seen[p.Name] || p.RoleARN == "" && p.Kept != slices.Contains(failed, p.AccountID) {
				t.Fatalf("%+v in %+v", p, plan.Profiles)
			}
			seen[p.Name] = true
		}
		for _, p := range plan.Profiles {
			was := names[Role{p.AccountID, p.RoleName + p.RoleARN}]
			if !p.Kept && p.Name != was && !kept[was] {
				t.Fatalf("%+v is called %s in a complete run", p, was)
			}
			_, textBefore, _ := strings.Cut(text, "[profile "+p.Name+"]")
			_, textAfter, _ := strings.Cut(merged, "[profile "+p.Name+"]")
			textBefore, _, _ = strings.Cut(textBefore, "\n[")
			textAfter, _, _ = strings.Cut(textAfter, "\n[")
			trim := func(text string) string { text, _, _ = strings.Cut(text, "# END"); return strings.TrimSpace(text) }
			if p.Kept && (trim(textBefore) == "" || trim(textBefore) != trim(textAfter)) {
				t.Fatalf("%s: -before +after:\n%s", p.Name, cmp.Diff(textBefore, textAfter))
			}
		}
		if again, _ := run(t, merged, without(after, failed...), rules, layout); again != merged {
			t.Fatalf("second run: -before +after:\n%s", cmp.Diff(merged, again))
		}
	})
}
