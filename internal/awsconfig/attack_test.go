package awsconfig

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What merges have got wrong, or easily would.
func TestThreeWayOfOddBlocks(t *testing.T) {
	a, b := ssoProfile("a", "1", "A"), ssoProfile("b", "2", "B")
	aText, bText := a.write("\n"), b.write("\n")
	deep := func(text string) string { // its keys, indented
		_, keys, _ := strings.Cut(strings.TrimSuffix(text, "\n"), "\n")
		return "  " + strings.ReplaceAll(keys, "\n", "\n  ") + "\n"
	}
	as := func(s Section, name string) Section { s.Name = name; return s }
	legacy := func(name, account, role string) Section {
		s := ssoProfile(name, account, role)
		s.Keys = append([]Key{{"sso_start_url", "https://x.awsapps.com/start"}, {"sso_region", "eu-west-1"}}, s.Keys[1:]...)
		return s
	}
	region := func(s Section, value string) Section {
		s.Keys = append([]Key{{"region", value}}, s.Keys...)
		return s
	}
	for name, test := range map[string]struct {
		before   string
		sections []Section
		options  Options
		want     string
		result   Result
	}{
		"two swap their names": {
			inBlock("# of a\n" + aText + "x = 1\n\n# of b\n" + bText),
			[]Section{as(b, "a"), as(a, "b")},
			Options{Base: []Section{a, b}},
			inBlock("# of b\n" + as(b, "a").write("\n") + "\n# of a\n" + as(a, "b").write("\n") + "x = 1\n"),
			Result{Renamed: []Rename{{"b", "a"}, {"a", "b"}}},
		},
		"one takes the name of one that is gone": {
			inBlock(aText + "x = 1\n\n" + bText + "y = 2\n"),
			[]Section{as(a, "b")},
			Options{Base: []Section{a, b}, NoPrune: true},
			inBlock(as(a, "b").write("\n") + "x = 1\n"),
			Result{Renamed: []Rename{{"a", "b"}}, Removed: []string{"b"}},
		},
		"a new name for a role that the person changed": {
			inBlock(strings.Replace(aText, "= A", "= Other", 1)),
			[]Section{as(a, "b")},
			Options{Base: []Section{a}},
			inBlock(strings.Replace(as(a, "b").write("\n"), "= A", "= Other", 1)),
			Result{Renamed: []Rename{{"a", "b"}}, Theirs: []Difference{{"b", "sso_role_name", "A", "Other"}}},
		},
		"a new name for a header that is not closed": {
			inBlock(strings.Replace(aText, "]", "", 1)),
			[]Section{as(a, "b")},
			Options{Base: []Section{a}},
			inBlock(as(a, "b").write("\n")),
			Result{Renamed: []Rename{{"a", "b"}}},
		},
		"a new name, and one that stays as it is": {
			inBlock(aText),
			[]Section{as(a, "b"), {Kind: Profile, Name: "a", AsIs: true}},
			Options{Base: []Section{a}},
			inBlock(as(a, "b").write("\n") + "\n" + aText),
			Result{Added: []string{"b"}, Kept: []string{"a"}},
		},
		"a role under two names, without a base": {
			inBlock(aText + "\n" + as(a, "b").write("\n") + "\n" + as(a, "c").write("\n") + "# mine\n"),
			[]Section{as(a, "d")},
			Options{},
			inBlock(as(a, "d").write("\n") + "\n" + as(a, "c").write("\n") + "# mine\n"),
			Result{Renamed: []Rename{{"a", "d"}}, Removed: []string{"b"}, Kept: []string{"c"}},
		},
		"a section twice: both stay together, the last one counts": {
			inBlock("[profile \"a\"]\nx = 1\n\n" + bText + "\n" + aText),
			[]Section{b, region(a, "here")},
			Options{Base: []Section{a, b}},
			inBlock(bText + "\n[profile \"a\"]\nx = 1\n\n[profile a]\nregion = here\n" + strings.TrimPrefix(aText, "[profile a]\n")),
			Result{Changed: []string{"a"}, Unchanged: []string{"b"}},
		},
		"a section twice gets another name twice": {
			inBlock("[profile \"a\"] # y\nx = 1\n\n" + aText),
			[]Section{as(a, "b")},
			Options{Base: []Section{a}},
			inBlock("[profile b] # y\nx = 1\n\n" + as(a, "b").write("\n")),
			Result{Renamed: []Rename{{"a", "b"}}},
		},
		"a profile of the person's has the name of ours": {
			inBlock("[profile a]\nrole_arn = x\n"),
			[]Section{a, b},
			Options{Base: []Section{b}},
			inBlock("[profile a]\nrole_arn = x\n\n" + bText),
			Result{Added: []string{"b"}, LeftOut: []string{"a"}},
		},
		"what we wrote is not known, but the person has the same": {
			inBlock(legacy("a", "1", "A").write("\n") + "x = 1\n"),
			[]Section{a},
			Options{Base: []Section{}},
			inBlock(aText + "x = 1\n"),
			Result{Changed: []string{"a"}},
		},
		"from one layout to the other": {
			inBlock(prodSession().write("\n") + "\n" + aText + "x = 1\n"),
			[]Section{legacy("a", "1", "A")},
			Options{Base: []Section{prodSession(), a}},
			inBlock(prodSession().write("\n") + "\n" + legacy("a", "1", "A").write("\n") + "x = 1\n"), // profiles elsewhere may need the session
			Result{Changed: []string{"a"}},
		},
		"and back, without a base": {
			inBlock(legacy("a", "1", "A").write("\n") + "x = 1\n"),
			[]Section{prodSession(), a},
			Options{},
			inBlock(prodSession().write("\n") + "\n" + aText + "x = 1\n"),
			Result{Changed: []string{"a"}},
		},
		"the session that profiles need that are not pruned": {
			inBlock(prodSession().write("\n") + "\n" + aText), nil,
			Options{NoPrune: true},
			inBlock(prodSession().write("\n") + "\n" + aText),
			Result{Kept: []string{"a"}},
		},
		"our session with what the person added": {
			inBlock(prodSession().write("\n") + "# mine\nsso_registration_scopes = theirs\n\n" + aText),
			[]Section{{Kind: SSOSession, Name: "prod", Keys: append(prodSession().Keys, Key{"sso_registration_scopes", "ours"})}, a},
			Options{Base: []Section{{Kind: SSOSession, Name: "prod", Keys: append(prodSession().Keys, Key{"sso_registration_scopes", "ours"})}, a}},
			inBlock(prodSession().write("\n") + "# mine\nsso_registration_scopes = theirs\n\n" + aText),
			Result{Unchanged: []string{"a"}, Theirs: []Difference{{"sso-session prod", "sso_registration_scopes", "ours", "theirs"}}},
		},
		"a session and a profile of another portal": {
			inBlock("[sso-session other]\nsso_start_url = https://y.awsapps.com/start\n\n[profile y]\nsso_start_url = https://y.awsapps.com/start\n\n" + aText),
			[]Section{a},
			Options{Base: []Section{a}},
			inBlock("[sso-session other]\nsso_start_url = https://y.awsapps.com/start\n\n[profile y]\nsso_start_url = https://y.awsapps.com/start\n\n" + aText),
			Result{Unchanged: []string{"a"}},
		},
		"comments in a value": {
			inBlock("[profile a]\nregion = x\n  # mine\n  y\nsso_region = u\n  # mine too\n\n  v\n" + strings.TrimPrefix(aText, "[profile a]\n")),
			[]Section{region(a, "here")},
			Options{Overwrite: true, Base: []Section{legacy("a", "1", "A")}},
			inBlock("[profile a]\nregion = here\n  # mine\n  # mine too\n\n" + strings.TrimPrefix(aText, "[profile a]\n")),
			Result{Changed: []string{"a"}},
		},
		"new keys between keys in another order": {
			inBlock("[profile a]\nsso_role_name = A\nregion = x\n  y\nsso_account_id = 1\n"),
			[]Section{{Kind: Profile, Name: "a", Keys: []Key{{"region", "here"}, {"output", "json"}, {"sso_role_name", "A"}, {"sso_session", "prod"}, {"sso_account_id", "1"}}}},
			Options{Overwrite: true},
			inBlock("[profile a]\nsso_role_name = A\nsso_session = prod\nregion = here\noutput = json\nsso_account_id = 1\n"),
			Result{Changed: []string{"a"}},
		},
		"a key twice that we write no more": {
			inBlock(aText + "region = x\nREGION = x\n"),
			[]Section{a},
			Options{Base: []Section{region(a, "x")}},
			inBlock(aText),
			Result{Changed: []string{"a"}},
		},
		"text before the first header": {
			inBlock("x = y\n# mine\n"),
			[]Section{a},
			Options{},
			inBlock("x = y\n# mine\n\n" + aText),
			Result{Added: []string{"a"}},
		},
		"nothing left but blank lines": {
			"# top\n\n" + inBlock("\n\n"+aText), nil,
			Options{Base: []Section{a}},
			"# top\n",
			Result{Removed: []string{"a"}},
		},
		"lone CR as every line end": {
			strings.ReplaceAll(inBlock("# mine\n"+aText+"x = 1\n"), "\n", "\r"),
			[]Section{a, b},
			Options{Base: []Section{a}},
			strings.Replace(inBlock("@\n"+bText), "@", strings.ReplaceAll("# mine\n"+aText+"x = 1\n", "\n", "\r")+"\n", 1),
			Result{Added: []string{"b"}, Unchanged: []string{"a"}},
		},
		"a byte order mark before END": {
			strings.Replace(inBlock(aText), "# END", "\ufeff# END", 1),
			[]Section{a, b},
			Options{Base: []Section{a}},
			inBlock(aText + "\n" + bText),
			Result{Added: []string{"b"}, Unchanged: []string{"a"}},
		},
		"a block that is indented": {
			inBlock("  [profile a]\n" + deep(aText)),
			[]Section{b, a},
			Options{Base: []Section{a}},
			inBlock(bText + "\n[profile a]\n" + deep(aText)),
			Result{Added: []string{"b"}, Unchanged: []string{"a"}},
		},
		"two that are indented, and what is above the first one goes": {
			inBlock(aText + "\n  [profile b]\n" + deep(bText) + "\n    [profile mine]\n    mine = 1\n"),
			[]Section{b},
			Options{Base: []Section{a, b}},
			inBlock("[profile b]\n" + deep(bText) + "\n[profile mine]\n    mine = 1\n"),
			Result{Removed: []string{"a"}, Unchanged: []string{"b"}},
		},
		"another session whose name begins alike": {
			strings.ReplaceAll(inBlock(aText), "prod", "prod2"),
			[]Section{a, b},
			Options{},
			strings.ReplaceAll(inBlock(aText), "prod", "prod2") + "\n" + inBlock(bText),
			Result{Added: []string{"b"}, InOtherBlock: []string{"a"}},
		},
	} {
		t.Run(name, func(t *testing.T) { mergesTwice(t, test.before, test.sections, test.options, test.want, test.result) })
	}
}

// mergesTwice merges, and once more on what came out of it.
func mergesTwice(t *testing.T, before string, sections []Section, o Options, want string, result Result) {
	t.Helper()
	f := Parse([]byte(before))
	got, err := f.Merge("prod", sections, o)
	if diff := cmp.Diff(want, string(f.Bytes())); err != nil || diff != "" {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
	if diff := cmp.Diff(result, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	merged := string(f.Bytes())
	if o.Base, err = f.Base("prod", sections, o.Base, got); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Merge("prod", sections, o); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(merged, string(f.Bytes())); diff != "" {
		t.Errorf("the second merge: -first +second:\n%s", diff)
	}
}
