package profile

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/inventory"
)

// everyRules draws rules with all there is.
func everyRules(t *rapid.T) Rules {
	rules := anyRules(t, "the")
	if rapid.Bool().Draw(t, "default") {
		rules.Default = new(anyMatch().Draw(t, "default's"))
	}
	if rapid.Bool().Draw(t, "old names") {
		rules.KeepOldNames = 30 * 24 * time.Hour
	}
	values := rapid.SampledFrom([]string{"", "\na = 1", "\na = 2\nb = 3", "\nb = 1\nc = x"})
	for i := range rules.Overrides {
		rules.Overrides[i].Set = append(rules.Overrides[i].Set, keys("s3", values.Draw(t, "nested"))...)
	}
	return rules
}

// everyBefore draws what is in the file: profiles that were planned under other
// rules, and what the person and other sessions made of it.
func everyBefore(t *rapid.T, accounts []inventory.Account) Before {
	before := Before{Now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC), Taken: make(map[string]bool)}
	names := rapid.OneOf(anyName(), rapid.SampledFrom([]string{"default", "dev-b", "000000000001-a", "xa", "mine [x", "corp-dev-a"}))
	add := func(section awsconfig.Section) {
		if !slices.ContainsFunc(before.Profiles, func(s awsconfig.Section) bool { return s.Name == section.Name }) {
			before.Profiles = append(before.Profiles, section)
		}
	}
	for range rapid.IntRange(0, 4).Draw(t, "profiles") {
		section := existing(names.Draw(t, "named"), rapid.StringMatching(`00000000000[0-5]`).Draw(t, "account"), rapid.SampledFrom([]string{"a", "b"}).Draw(t, "role"))
		if date := rapid.SampledFrom([]string{"", "", "2026-11-22", "2026-11-23", "2027-01-01", "x"}).Draw(t, "until"); date != "" {
			section.Keys = append(section.Keys, awsconfig.Key{Name: OldNameUntil, Value: date})
		}
		add(section)
	}
	if plan, err := Make(inventory.Inventory{Accounts: accounts}, anyRules(t, "old"), Before{}); err == nil {
		for _, section := range Sections(plan.Profiles, corp, LayoutSSOSession) {
			if section.Kind == awsconfig.Profile {
				add(section)
			}
		}
	}
	for _, name := range rapid.SliceOfN(names, 0, 3).Draw(t, "taken") {
		before.Taken[name] = true
	}
	if rapid.Bool().Draw(t, "somebody wrote") {
		odd := rapid.IntRange(0, 1).Draw(t, "of odd length")
		before.Wrote = func(name string) bool { return len(name)%2 == odd }
	}
	return before
}

// everything draws what a plan is made of.
func everything(t *rapid.T) (inventory.Inventory, Rules, Before) {
	accounts := organization().Draw(t, "organization")
	rules, before := everyRules(t), everyBefore(t, organization().Draw(t, "old organization"))
	inv := without(accounts, failures(t)...)
	for i := range inv.Failures {
		inv.Failures[i].Roles = rapid.SliceOfDistinct(rapid.SampledFrom([]string{"a", "b", "c d"}), rapid.ID[string]).Draw(t, "known roles")
	}
	return inv, rules, before
}

// Whatever accounts and roles are called, and whatever the rules are: the rules fail
// and it is said for which role, or every usable role that is meant has one profile,
// no two profiles share a name, every name suits every reader, and none is that of
// another session's.
func TestEveryPlanIsSafe(t *testing.T) {
	planned := 0
	rapid.Check(t, func(t *rapid.T) {
		inv, rules, before := everything(t)
		plan, err := Make(inv, rules, before)
		if err != nil {
			if says := err.Error(); !ours(err) || !strings.Contains(says, `role "`) && !strings.Contains(says, "the chain to arn:") ||
				rules.NameTemplate == nil && rules.Default == nil && len(rules.Chains)+len(rules.Overrides) == 0 {
				t.Fatal(err)
			}
			return
		}
		planned++
		seen, roles := make(map[string]bool), make(map[Role]int)
		for _, p := range plan.Profiles {
			if seen[p.Name] {
				t.Fatalf("%s twice in %q", p.Name, show(plan))
			}
			seen[p.Name] = true
			if p.Kept {
				continue
			}
			if err := awsconfig.CheckName(p.Name); err != nil || p.Name == "default" != (p.Alias && rules.Default != nil && p.Name == "default") || before.Taken[p.Name] && p.Name != "default" {
				t.Fatalf("%s: %v in %q", p.Name, err, show(plan))
			}
			if !p.Alias && p.RoleARN == "" {
				roles[Role{p.AccountID, p.RoleName}]++
			}
		}
		if len(roles)+plan.Filtered+len(plan.Unusable) != inv.Roles() || slices.ContainsFunc(slices.Collect(maps.Values(roles)), func(n int) bool { return n != 1 }) {
			t.Fatalf("%d roles, %d filtered, %d unusable of %d: %q", len(roles), plan.Filtered, len(plan.Unusable), inv.Roles(), show(plan))
		}
		for _, p := range plan.Profiles {
			if p.RoleARN != "" && !p.Kept && (!seen[p.Source] || p.Source == p.Name) {
				t.Fatalf("source of %+v in %q", p, show(plan))
			}
		}
	})
	if !t.Failed() && planned < 10 {
		t.Errorf("only %d plans", planned)
	}
}

// The last guard, in awsconfig, checks for itself and takes every plan.
func TestEveryPlanCanBeMerged(t *testing.T) {
	label := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "dev", "default", "__proto__", "dev-000000000001", "000000000002", "-"}))
	rapid.Check(t, func(t *rapid.T) {
		var inv inventory.Inventory
		for i := range rapid.IntRange(1, 5).Draw(t, "accounts") {
			a := account(fmt.Sprintf("%012d", i), label.Draw(t, "name"))
			a.Roles = rapid.SliceOfNDistinct(rapid.StringMatching(`[a-c+=]{1,2}`), 0, 4, rapid.ID[string]).Draw(t, "roles")
			slices.Sort(a.Roles)
			inv.Accounts = append(inv.Accounts, a)
		}
		rules := everyRules(t)
		rules.Renames.Accounts = map[string]string{"000000000001": label.Draw(t, "renamed")}
		plan, err := Make(inv, rules, Before{})
		if err != nil {
			return
		}
		if _, err := awsconfig.Parse(nil).Merge("corp", Sections(plan.Profiles, corp, LayoutSSOSession), awsconfig.Options{}); err != nil {
			t.Fatal(err)
		}
	})
}

// Default names never fail, whatever there is.
func TestDefaultNamesNeverFail(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		inv, rules, before := everything(t)
		rules.NameTemplate, rules.Default, rules.Chains = nil, nil, nil
		for i := range rules.Overrides {
			rules.Overrides[i].Name = ""
		}
		if _, err := Make(inv, rules, before); err != nil {
			t.Fatal(err)
		}
	})
}

// Two plans are equal, or their errors are.
func equal(t *rapid.T, want, got Plan, wantErr, gotErr error, options ...cmp.Option) {
	t.Helper()
	if fmt.Sprint(wantErr) != fmt.Sprint(gotErr) {
		t.Fatalf("%v and %v", wantErr, gotErr)
	}
	if diff := cmp.Diff(want, got, options...); diff != "" {
		t.Fatal(diff)
	}
}

func TestAPlanDependsOnNothingButItsInput(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		inv, rules, before := everything(t)
		input := fmt.Sprintf("%#v %#v %v %v", inv, rules.Overrides, rules.Defaults, before.Profiles)
		want, wantErr := Make(inv, rules, before)
		got, err := Make(inv, rules, before)
		equal(t, want, got, wantErr, err)
		if input != fmt.Sprintf("%#v %#v %v %v", inv, rules.Overrides, rules.Defaults, before.Profiles) {
			t.Fatal("the input is another")
		}
	})
}

func TestAPlanDoesNotDependOnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		inv, rules, before := everything(t)
		want, wantErr := Make(inv, rules, before)
		inv.Accounts = rapid.Permutation(inv.Accounts).Draw(t, "accounts")
		inv.Failures = rapid.Permutation(inv.Failures).Draw(t, "failures")
		for i, a := range inv.Accounts {
			inv.Accounts[i].Roles = rapid.Permutation(a.Roles).Draw(t, "roles")
		}
		rules.Include = rapid.Permutation(rules.Include).Draw(t, "include")
		rules.Exclude = rapid.Permutation(rules.Exclude).Draw(t, "exclude")
		got, err := Make(inv, rules, before)
		if wantErr != nil && err != nil { // which one comes first is a matter of order
			return
		}
		slices.Sort(want.Unmatched) // as the rules are
		slices.Sort(got.Unmatched)
		equal(t, want, got, wantErr, err, cmpopts.SortSlices(func(a, b Role) bool { return a.AccountID+a.Name < b.AccountID+b.Name }))
	})
}

// Each profile has the keys that its overrides give it one after the other, however
// many there are.
func TestLaterOverridesWin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		inv := inventory.Inventory{Accounts: organization().Draw(t, "organization")}
		rules := Rules{Defaults: anyKeys().Draw(t, "defaults")}
		rules.Overrides = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Override {
			return Override{Match: anyMatch().Draw(t, "match"), Set: anyKeys().Draw(t, "set")}
		}), 0, 130).Draw(t, "overrides")
		want := make(map[Role]map[string]string)
		set := func(rules Rules, keys []awsconfig.Key) {
			plan, err := Make(inv, rules, Before{})
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range plan.Profiles {
				r := Role{p.AccountID, p.RoleName}
				if want[r] == nil {
					want[r] = make(map[string]string)
				}
				for _, key := range keys {
					want[r][key.Name] = key.Value
				}
			}
		}
		set(Rules{}, rules.Defaults)
		for _, o := range rules.Overrides {
			set(Rules{Include: []Match{o.Match}}, o.Set)
		}
		plan, err := Make(inv, rules, Before{})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range plan.Profiles {
			got := make(map[string]string)
			for _, key := range p.Keys {
				got[key.Name] = key.Value
			}
			if diff := cmp.Diff(want[Role{p.AccountID, p.RoleName}], got); diff != "" || len(got) != len(p.Keys) {
				t.Fatalf("%s: -want +got:\n%s", p.Name, diff)
			}
			if !slices.IsSortedFunc(p.Keys, func(a, b awsconfig.Key) int {
				return strings.Compare(fmt.Sprint(place(a.Name), a.Name), fmt.Sprint(place(b.Name), b.Name))
			}) {
				t.Fatalf("order of %v", p.Keys)
			}
		}
	})
}

// What a plan makes of the file, the next one leaves as it is, up to the last day of
// an old name. A day later the old names go, and nothing else.
func TestPlanningTwiceChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		inv, rules, before := everything(t)
		first, err := Make(inv, rules, before)
		if err != nil {
			return
		}
		after := before
		after.Wrote, after.Profiles = nil, nil
		for i, section := range Sections(first.Profiles, corp, LayoutLegacy) {
			if section.AsIs {
				at := slices.IndexFunc(before.Profiles, func(s awsconfig.Section) bool { return s.Name == section.Name })
				if at < 0 {
					t.Fatalf("%+v is not there to be kept", first.Profiles[i])
				}
				section = before.Profiles[at]
			}
			after.Profiles = append(after.Profiles, section)
		}
		after.Now = before.Now.Add(rapid.SampledFrom([]time.Duration{0, time.Hour, 11 * time.Hour}).Draw(t, "later"))
		second, err := Make(inv, rules, after)
		equal(t, first, second, nil, err)

		after.Now = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
		third, err := Make(inv, rules, after)
		first.Profiles = slices.DeleteFunc(first.Profiles, func(p Profile) bool { return p.Alias && !p.Kept && p.Name != "default" })
		equal(t, first, third, nil, err)
	})
}
