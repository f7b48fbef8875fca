package awsconfig

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// asIs are profiles that are to stay as they are.
func asIs(names ...string) []Section {
	var sections []Section
	for _, name := range names {
		sections = append(sections, Section{Kind: Profile, Name: name, AsIs: true})
	}
	return sections
}

func crlf(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }

func TestProfilesAreThoseOfTheBlock(t *testing.T) {
	text := "[profile outside]\nregion = a\n\n" +
		"# BEGIN aws-sso-config-generator prod2\n[profile other]\n# END aws-sso-config-generator prod2\n" + begin +
		`[sso-session prod]
sso_region = eu-west-1

[profile "dev"] ; mine
SSO_Account_ID : "000000000001" # why
s3 =
  max_queue_size = 1

[profile two words]
[default]
region = a
[profile dev]
output = json
` + end + "behind = x\n"
	for session, want := range map[string][]Section{
		"prod": {
			{Kind: Profile, Name: "dev", Keys: []Key{{"sso_account_id", "000000000001"}, {"s3", ""}, {"output", "json"}}},
			{Kind: Profile, Name: "two words"},
			{Kind: Profile, Name: "default", Keys: []Key{{"region", "a"}}},
		},
		"prod2":  {{Kind: Profile, Name: "other"}},
		"prod22": nil,
	} {
		for _, text := range []string{text, crlf(text), "\ufeff" + text} {
			got, err := Parse([]byte(text)).Profiles(session)
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%s: %v, -want +got:\n%s", session, err, diff)
			}
		}
	}
	for text, want := range map[string]error{begin: ErrDamagedBlock, "\xff": ErrNotUTF8} {
		if got, err := Parse([]byte(text)).Profiles("prod"); got != nil || !errors.Is(err, want) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}

func TestMergeKeepsWhatIsToStay(t *testing.T) {
	const (
		oldA, newA = "[profile a]\nregion = us-east-1\n", "[profile a]\nregion = eu-west-1\n"
		keptB      = "[profile b]\nregion = us-east-1\n# mine\nrole_arn=x  \n\n; more\ns3 =\n\tmax_queue_size = 1\n"
	)
	for name, tt := range map[string]struct {
		before   string
		sections []Section
		want     string
	}{
		"first":             {begin + keptB + "\n" + oldA + end, append(asIs("b"), profiles("a")...), begin + keptB + "\n" + newA + end},
		"last":              {begin + oldA + "\n" + keptB + end, append(profiles("a"), asIs("b")...), begin + newA + "\n" + keptB + end},
		"alone":             {begin + oldA + "\n" + keptB + end, asIs("b"), begin + keptB + end},
		"moved":             {begin + keptB + "\n" + oldA + end, append(profiles("a"), asIs("b")...), begin + newA + "\n" + keptB + end},
		"all":               {begin + oldA + "\n" + keptB + end, asIs("a", "b"), begin + oldA + "\n" + keptB + end},
		"no blank lines":    {begin + keptB + oldA + end, asIs("b", "a"), begin + keptB + "\n" + oldA + end},
		"many blank lines":  {begin + "\n\n" + keptB + " \n\n\t\n" + oldA + "\n\n" + end, asIs("b", "a"), begin + "\n\n" + keptB + " \n\n\t\n" + oldA + "\n\n" + end},
		"comment at an end": {begin + keptB + "\n\n# x\n\n" + end, asIs("b"), begin + keptB + "\n\n# x\n\n" + end},
		"comment above a header": {
			begin + "# of a\n" + oldA + "# of a too\n\n# of b\n" + keptB + end, append(profiles("b"), asIs("a")...),
			begin + "# of b\n" + keptB + "\n# of a\n" + oldA + "# of a too\n" + end,
		},
		"CRLF":                     {crlf("[x]\n" + begin + oldA + "\n" + keptB + end), append(profiles("a"), asIs("b")...), crlf("[x]\n" + begin + newA + "\n" + keptB + end)},
		"CRLF in LF":               {"[x]\n" + begin + oldA + "\n" + crlf(keptB+"\n\n") + end, append(profiles("a"), asIs("b")...), "[x]\n" + begin + newA + "\n" + crlf(keptB+"\n\n") + end},
		"LF in CRLF":               {crlf("[x]\n"+begin) + keptB + "\n" + oldA + crlf(end), append(asIs("b"), profiles("a")...), crlf("[x]\n"+begin) + keptB + "\n" + newA + crlf(end)},
		"more CRLF, nothing else":  {begin + strings.Repeat(newA+"\n", 9) + crlf(keptB) + end, asIs("b"), begin + crlf(keptB) + end},
		"more LF, nothing else":    {crlf(begin+strings.Repeat(newA+"\n", 9)) + keptB + end, asIs("b"), crlf(begin) + keptB + crlf(end)},
		"lone CR":                  {begin + "[profile b]\rregion = a\r\r[profile a]\r" + end, asIs("b", "a"), begin + "[profile b]\rregion = a\r\n\r\n[profile a]\r\n" + end},
		"byte order mark":          {"\ufeff" + begin + keptB + end, asIs("b"), "\ufeff" + begin + keptB + end},
		"byte order marks":         {begin + "\ufeff" + keptB + "\ufeff" + end, asIs("b"), begin + "\ufeff" + keptB + end},
		"END without line end":     {"# top\n" + begin + keptB + strings.TrimSuffix(end, "\n"), asIs("b"), "# top\n" + begin + keptB + end},
		"END indented":             {begin + keptB + " \t" + end + "# bottom\n", asIs("b"), begin + keptB + end + "# bottom\n"},
		"keys behind END":          {begin + keptB + end + "region = a\n", asIs("b"), begin + keptB + end + "region = a\n"},
		"header alone":             {begin + "[profile b]\n" + end, asIs("b"), begin + "[profile b]\n" + end},
		"odd header":               {begin + "  [ Profile\t\"b\" ] # mine\nx\n" + end, asIs("b"), begin + "  [ Profile\t\"b\" ] # mine\nx\n" + end},
		"odd names":                {begin + "[profile é ü]\n\n[profile -x]\n\n[profile.]\n" + end, asIs("", "é ü", "-x"), begin + "[profile.]\n\n[profile é ü]\n\n[profile -x]\n" + end},
		"in the block twice":       {begin + keptB + oldA + "[profile 'b']\nx = y\n\n" + end, asIs("b"), begin + keptB + "\n[profile 'b']\nx = y\n\n" + end},
		"outside of the block too": {oldA + begin + keptB + end + "[profile b]\n", append(profiles("a"), asIs("b")...), oldA + begin + keptB + end + "[profile b]\n"},
		"in another block too": {
			"# BEGIN aws-sso-config-generator prod2\n[profile b]\n# END aws-sso-config-generator prod2\n" + begin + keptB + end, asIs("b"),
			"# BEGIN aws-sso-config-generator prod2\n[profile b]\n# END aws-sso-config-generator prod2\n" + begin + keptB + end,
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := Parse([]byte(tt.before))
			base := append(profiles("b"), Section{Kind: Profile, Name: "a", Keys: []Key{{"region", "us-east-1"}}})
			for _, run := range []string{"first", "second"} {
				if _, err := f.Merge("prod", tt.sections, Options{Base: base}); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tt.want, string(f.Bytes())); diff != "" {
					t.Errorf("%s merge: -want +got:\n%s", run, diff)
				}
				base = tt.sections
			}
		})
	}
}

func TestMergeSaysWhatItKept(t *testing.T) {
	f := Parse([]byte("[profile mine]\n" + begin + "[profile z]\n[profile mine]\n[profile same]\nregion = eu-west-1\n[profile gone]\n[profile a]\n" + end))
	got, err := f.Merge("prod", slices.Concat(asIs("mine"), profiles("new", "same"), asIs("z", "a")), Options{Base: profiles("z", "mine", "same", "gone", "a")})
	if err != nil {
		t.Fatal(err)
	}
	want := Result{Added: []string{"new"}, Removed: []string{"gone"}, Unchanged: []string{"same"}, Kept: []string{"mine", "z", "a"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestMergeRefusesToKeep(t *testing.T) {
	const other = "# BEGIN aws-sso-config-generator prod2\n[profile other]\n# END aws-sso-config-generator prod2\n"
	before := "[profile mine]\n" + other + begin + "[sso-session prod]\n[services prod]\n" + devA + end
	for name, sections := range map[string][]Section{
		"not there":          asIs("dev", "gone"),
		"outside":            asIs("mine"),
		"in another block":   asIs("other"),
		"an sso-session":     {{Kind: SSOSession, Name: "prod", AsIs: true}},
		"a session's name":   {{Kind: SSOSession, Name: "dev", AsIs: true}},
		"of no kind":         {{Name: "prod", AsIs: true}},
		"twice":              asIs("dev", "dev"),
		"as it is and anew":  append(asIs("dev"), profiles("dev")...),
		"in another case":    asIs("Dev"),
		"one of no name":     asIs(""),
		"beside a wrong one": append(asIs("dev"), profiles("-x")...),
	} {
		f := Parse([]byte(before))
		if result, err := f.Merge("prod", sections, Options{}); err == nil || string(f.Bytes()) != before {
			t.Errorf("%s: %+v, %v, file %q", name, result, err, f.Bytes())
		}
	}
	if _, err := Parse(nil).Merge("prod", asIs("dev"), Options{}); err == nil || err.Error() != `profile "dev" is to stay as it is, but is not in the block of session prod` {
		t.Errorf("no block: %v", err)
	}
}

// In the legacy layout the first profile says which portal the block is for,
// but not if it is one of those that stay.
func TestMergeTakesThePortalFromWhatItWrites(t *testing.T) {
	legacy := func(name, url string) Section {
		return Section{Kind: Profile, Name: name, Keys: []Key{{"sso_start_url", url}, {"sso_region", "eu-west-1"}}}
	}
	f := merged(t, "prod", legacy("a", "https://x.awsapps.com/start"), legacy("b", "https://x.awsapps.com/start"))
	before := string(f.Bytes())
	for _, sections := range [][]Section{append(asIs("a"), legacy("b", "https://x.awsapps.com/start")), asIs("a", "b")} {
		if _, err := f.Merge("prod", sections, Options{}); err != nil || string(f.Bytes()) != before {
			t.Errorf("%v, -before +after:\n%s", err, cmp.Diff(before, string(f.Bytes())))
		}
	}
	if _, err := f.Merge("prod", append(asIs("a"), legacy("b", "https://y.awsapps.com/start")), Options{}); !errors.Is(err, ErrSessionConflict) {
		t.Errorf("another portal: %v", err)
	}
}

// Whatever the person has done to the block: what stays is there with every byte,
// every reader reads of it what they read before, and a second merge changes
// nothing.
func TestMergeKeepsEveryByte(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		eol := rapid.SampledFrom([]string{"\n", "\r\n"})
		f := Parse([]byte(rapid.OneOf(rapid.Just(""), wellFormed()).Draw(t, "file")))
		old := anySections().Draw(t, "old sections")
		if _, err := f.Merge("prod", old, Options{}); err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		inside := false
		for offset, line := range lines(f.Bytes()) {
			inside = inside && !bytes.HasPrefix(line, []byte("# END")) || bytes.HasPrefix(line, []byte("# BEGIN"))
			text.Write(line)
			if inside && rapid.Bool().Draw(t, "add") {
				added := []string{"", "# mine", "; [profile x]", " \t", "  # deep", fmt.Sprintf("mine-%d = x", offset)}
				if bytes.HasPrefix(line, []byte("# BEGIN")) {
					added = added[:5]
				}
				text.WriteString(rapid.SampledFrom(added).Draw(t, "line") + eol.Draw(t, "line end"))
			}
		}
		f = Parse([]byte(text.String()))
		before, after, there := foreign(f.Bytes())
		had, err := f.Profiles("prod")
		if err != nil {
			t.Fatal(err)
		}
		texts := ownTexts(f.Bytes())
		python, inGo, inJavaScript := must(readAsPython(f.Bytes())), readAsGo(f.Bytes()), readAsJavaScript(f.Bytes())

		sections := anySections().Draw(t, "new sections")
		var kept []Section
		for _, p := range had {
			if rapid.Bool().Draw(t, "keep "+p.Name) {
				sections = slices.DeleteFunc(sections, func(s Section) bool { return s.Name == p.Name })
				kept = append(kept, p)
			}
		}
		for _, p := range kept {
			sections = slices.Insert(sections, rapid.IntRange(0, len(sections)).Draw(t, "place"), Section{Kind: Profile, Name: p.Name, AsIs: true})
		}
		result, err := f.Merge("prod", sections, Options{Base: old})
		if err != nil || len(result.Kept) != len(kept) {
			t.Fatalf("%+v, %v", result, err)
		}
		merged := string(f.Bytes())
		now := ownTexts(f.Bytes())
		pythonNow, inGoNow, inJavaScriptNow := must(readAsPython(f.Bytes())), readAsGo(f.Bytes()), readAsJavaScript(f.Bytes())
		for _, p := range kept {
			diff := cmp.Diff(texts[p.Name], now[p.Name]) + cmp.Diff(python["profile "+p.Name], pythonNow["profile "+p.Name]) +
				cmp.Diff(inGo[p.Name], inGoNow[p.Name]) + cmp.Diff(inJavaScript[p.Name], inJavaScriptNow[p.Name])
			if diff != "" || texts[p.Name] == "" {
				t.Fatalf("%s in %q: -before +after:\n%s", p.Name, merged, diff)
			}
		}
		if nowBefore, nowAfter, has := foreign(f.Bytes()); there && has && (!bytes.Equal(before, nowBefore) || !bytes.Equal(after, nowAfter)) {
			t.Fatalf("changed outside of the block: %q", merged)
		}
		if _, err := f.Merge("prod", sections, Options{Base: sections}); err != nil || string(f.Bytes()) != merged {
			t.Fatalf("second merge made %q of %q, %v", f.Bytes(), merged, err)
		}
	})
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// ownTexts are the texts of the profiles in the block of session prod, without
// what is blank at their ends, by other means than the package has.
func ownTexts(data []byte) map[string]string {
	_, block, _ := strings.Cut(string(data), strings.TrimSpace(begin))
	block, _, _ = strings.Cut(block, strings.TrimSpace(end))
	texts := make(map[string]string)
	name, comments := "", "" // comments right above a header are its own
	for line := range strings.Lines(block) {
		switch text := strings.TrimSpace(line); {
		case strings.HasPrefix(text, "#"), strings.HasPrefix(text, ";"):
			comments += line
			continue
		case strings.HasPrefix(text, "["):
			name, _, _ = strings.Cut(strings.TrimPrefix(text[1:], "profile "), "]")
		}
		texts[name] += comments + line
		comments = ""
	}
	texts[name] += comments
	for name, text := range texts {
		texts[name] = strings.TrimRight(text, " \t\r\n")
	}
	return texts
}

// FuzzKeep keeps all profiles of a block, in reverse order, in files of all kinds.
func FuzzKeep(f *testing.F) {
	for _, text := range odd {
		f.Add([]byte(text))
		f.Add([]byte(begin + text + end))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file := Parse(bytes.Clone(data))
		had, err := file.Profiles("prod")
		if err != nil || len(had) == 0 {
			return
		}
		sections := profiles("our-own")
		for _, p := range had {
			if p.Name != "our-own" {
				sections = append(sections, Section{Kind: Profile, Name: p.Name, AsIs: true})
			}
		}
		slices.Reverse(sections)
		result, err := file.Merge("prod", sections, Options{})
		if err != nil {
			t.Fatal(err)
		}
		merged := bytes.Clone(file.Bytes())
		has, err := file.Profiles("prod")
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range had {
			i := slices.IndexFunc(has, func(s Section) bool { return s.Name == p.Name })
			if slices.Contains(result.Kept, p.Name) && (i < 0 || cmp.Diff(p, has[i]) != "") {
				t.Fatalf("%+v of %q is not in %q", p, data, merged)
			}
		}
		if _, err := file.Merge("prod", sections, Options{}); err != nil || !bytes.Equal(file.Bytes(), merged) {
			t.Fatalf("second merge changed %q to %q, %v", merged, file.Bytes(), err)
		}
	})
}
