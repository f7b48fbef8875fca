package awsconfig

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func FuzzParse(f *testing.F) {
	for _, text := range odd {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file := Parse(bytes.Clone(data))
		if !bytes.Equal(file.Bytes(), data) {
			t.Errorf("%q became %q", data, file.Bytes())
		}
		_, _ = file.blocks()
		_, _ = file.Outsiders()
		at := 0
		for _, s := range file.sections {
			if s.start < at || s.body < s.start || s.end < s.body || s.end > len(data) {
				t.Fatalf("section %+v does not fit", s)
			}
			at = s.end
			file.lookup(s.kind, s.name, block{})
		}
	})
}

// FuzzMerge merges into files of all kinds, damaged ones too.
func FuzzMerge(f *testing.F) {
	for _, text := range odd {
		f.Add([]byte(text), "dev", "eu-west-1")
		f.Add([]byte(text), "default", "a#b")
	}
	f.Fuzz(func(t *testing.T, data []byte, name, value string) {
		sections := []Section{
			{Kind: SSOSession, Name: "prod", Keys: []Key{{"sso_start_url", "https://x.awsapps.com/start"}, {"sso_region", "eu-west-1"}}},
			{Kind: Profile, Name: name, Keys: []Key{{"sso_session", "prod"}, {"region", value}}},
			{Kind: Profile, Name: "other", Keys: []Key{{"region", value}, {"cli_pager", ""}, {"s3", nestedValue(Key{"a", value}, Key{"b", value})}, {"z", value}}},
		}
		file := Parse(bytes.Clone(data))
		before, after, had := foreign(data)
		result, err := file.Merge("prod", sections, Options{})
		if err != nil {
			if !bytes.Equal(file.Bytes(), data) {
				t.Fatalf("an error, but changed %q to %q", data, file.Bytes())
			}
			return
		}
		merged := bytes.Clone(file.Bytes())
		mergedBefore, mergedAfter, has := foreign(merged)
		rest, kept := bytes.CutPrefix(mergedBefore, before)
		switch {
		case !has && !had && !bytes.Equal(merged, data):
			t.Fatalf("nothing written, but %q became %q", data, merged)
		case has && (!kept || len(bytes.Trim(rest, "\r\n")) > 0 || had && len(rest) > 0):
			t.Fatalf("%q before the block became %q", before, mergedBefore)
		case has && !bytes.Equal(mergedAfter, after):
			t.Fatalf("%q behind the block became %q", after, mergedAfter)
		}

		again, err := file.Merge("prod", sections, Options{Base: sections})
		if err != nil {
			t.Fatalf("second merge: %v", err)
		}
		if !bytes.Equal(file.Bytes(), merged) {
			t.Fatalf("second merge changed %q to %q", merged, file.Bytes())
		}
		if len(again.Added)+len(again.Changed)+len(again.Removed) > 0 || !slices.Equal(again.LeftOut, result.LeftOut) {
			t.Fatalf("second merge says %+v after %+v", again, result)
		}

		if _, err := file.Merge("prod", nil, Options{Base: sections}); err != nil {
			t.Fatalf("removal: %v", err)
		}
		if !had {
			// A line end that the last line lacked may be left, a blank line
			// at the end may be gone.
			removed := string(file.Bytes())
			rest, ok := strings.CutPrefix(removed, string(data))
			added := ok && strings.Trim(rest, "\r\n") == ""
			if lost, ok := strings.CutPrefix(string(data), removed); !added && (!ok || !slices.Contains([]string{"\n", "\r\n", "\r"}, lost)) {
				t.Fatalf("removal made %q of %q", removed, data)
			}
		}

		// Keys between our END and the next header belong to our last profile
		// for every reader. We keep them, but cannot answer for them.
		loose := had && len(bytes.TrimSpace(after)) > 0
		_, panics := readAsGoSDK(data)
		if _, err := readAsPython(data); err != nil || loose || panics {
			return
		}
		python, err := readAsPython(merged)
		if err != nil {
			t.Fatalf("the AWS CLI accepts %q, but not %q: %v", data, merged, err)
		}
		for _, profile := range slices.Concat(result.Added, result.Changed, result.Unchanged) {
			if !slices.Contains(result.Added, profile) && !agree(data, profile, "region") {
				continue // the person wrote it so that they read different things
			}
			want := python["profile "+profile]["region"]
			if goes, js := readAsGo(merged)[profile]["region"], readAsJavaScript(merged)[profile]["region"]; value != want || value != goes || value != js {
				t.Fatalf("region of %q in %q: Python %q, Go %q, JavaScript %q", profile, merged, want, goes, js)
			}
		}
	})
}

// agree reports whether every reader reads the same value of a key of a profile.
func agree(data []byte, profile, key string) bool {
	python, err := readAsPython(data)
	if err != nil {
		return false
	}
	inPython, there := python["profile "+profile][key]
	inGo, alsoThere := readAsGo(data)[profile][key]
	inJavaScript := readAsJavaScript(data)[profile][key]
	return there && alsoThere && inPython == inGo && inGo == inJavaScript
}

// foreign splits a file at the block of session prod, by other means than the
// package does. It is not meant for damaged files.
func foreign(data []byte) (before, after []byte, found bool) {
	inside := false
	rest := strings.ReplaceAll(strings.ReplaceAll(string(data), "\r", "\r\x00"), "\r\x00\n", "\r\n")
	rest = strings.ReplaceAll(rest, "\n", "\n\x00") // now every line end is followed by NUL
	for line := range strings.SplitSeq(rest, "\x00") {
		words := strings.Fields(strings.TrimFunc(line, isSpace))
		ours := len(words) >= 4 && words[0] == "#" && words[2] == "aws-sso-config-generator" && words[3] == "prod"
		switch {
		case ours && words[1] == "BEGIN":
			inside, found = true, true
			if strings.HasPrefix(line, "\ufeff") {
				before = append(before, "\ufeff"...)
			}
		case ours && words[1] == "END":
			inside = false
		case inside:
		case found:
			after = append(after, line...)
		default:
			before = append(before, line...)
		}
	}
	return before, after, found
}

// wellFormed draws a file that every reader accepts, with a line end at its
// end and no blank line there.
func wellFormed() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		var text strings.Builder
		names := rapid.SliceOfDistinct(rapid.StringMatching(`(profile|sso-session|services|x) ?"?[a-d]{1,2}"?|default`), rapid.ID[string]).Draw(t, "headers")
		gap := rapid.SampledFrom([]string{"", "\n", "\n\n", "# comment\n", "  ; comment\n", "\t\n# [profile e]\n"})
		for _, name := range names {
			fmt.Fprintf(&text, "%s[%s]%s\n", gap.Draw(t, "gap"), name, rapid.SampledFrom([]string{"", " ", " # why", "\t; why"}).Draw(t, "behind"))
			for j := range rapid.IntRange(0, 3).Draw(t, "keys") {
				text.WriteString(gap.Draw(t, "gap"))
				fmt.Fprintf(&text, "key%d%s\n", j, rapid.SampledFrom([]string{
					" = a", "=a", "\t:\ta # b", " = a;b#c", " =\n  nested = 1\n    nested2=2", " = a\n  continued", " = [x]",
				}).Draw(t, "value"))
			}
		}
		text.WriteString(rapid.SampledFrom([]string{"# last\n", "[profile zz]\n", "[services zz]\na =\n  b = c\n"}).Draw(t, "last"))
		return strings.ReplaceAll(text.String(), "\n", rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "line end"))
	})
}

func anySections() *rapid.Generator[[]Section] {
	key := rapid.Custom(func(t *rapid.T) Key {
		return Key{rapid.StringMatching(`[a-z0-9_]{1,4}`).Draw(t, "key"), rapid.StringMatching(`[!-~]([ -~]{0,9}[!-~])?`).Filter(func(s string) bool { return checkValue(s) == nil }).Draw(t, "value")}
	})
	keys := func(least int) *rapid.Generator[[]Key] {
		return rapid.SliceOfNDistinct(key, least, 4, func(k Key) string { return k.Name })
	}
	return rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) Section {
		s := Section{
			Kind: Profile, Name: rapid.StringMatching(`default|[a-e]{1,2}|[A-Za-z0-9_.@+%:/][A-Za-z0-9_.@+%:/-]{0,9}`).Draw(t, "name"),
			Keys: keys(1).Draw(t, "keys"),
		}
		for i := range s.Keys[1:] {
			switch rapid.IntRange(0, 3).Draw(t, "form") {
			case 0:
				s.Keys[1+i].Value = ""
			case 1:
				s.Keys[1+i].Value = nestedValue(keys(1).Draw(t, "nested")...)
			}
		}
		return s
	}), 0, 6, func(s Section) string { return s.Name })
}

// nestedValue is a value with keys in it.
func nestedValue(keys ...Key) (value string) {
	for _, key := range keys {
		value += "\n" + key.Name + " = " + key.Value
	}
	return value
}

func TestMergeAndRemoveGiveBackTheOriginal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		original := wellFormed().Draw(t, "original")
		f := Parse([]byte(original))
		sessions := rapid.Permutation([]string{"prod", "prod2", "p"}).Draw(t, "sessions")
		base := make(map[string][]Section)
		for _, session := range append(sessions, sessions...) {
			sections := anySections().Draw(t, "sections")
			if _, err := f.Merge(session, sections, Options{Base: base[session]}); err != nil {
				t.Fatal(err)
			}
			base[session] = sections
			if _, err := readAsPython(f.Bytes()); err != nil {
				t.Fatalf("the AWS CLI refuses %q: %v", f.Bytes(), err)
			}
		}
		for _, session := range rapid.Permutation(sessions).Draw(t, "order of removal") {
			if _, err := f.Merge(session, nil, Options{Base: base[session]}); err != nil {
				t.Fatal(err)
			}
		}
		if string(f.Bytes()) != original {
			t.Fatalf("%q became %q", original, f.Bytes())
		}
	})
}

func TestEveryReaderReadsWhatWeMerge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, sections := wellFormed().Draw(t, "file"), anySections().Draw(t, "sections")
		f := Parse([]byte(text))
		result, err := f.Merge("prod", sections, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if want := len(sections); len(result.Added)+len(result.LeftOut)+len(result.InOtherBlock) != want {
			t.Fatalf("%d sections, but %+v", want, result)
		}
		if faults := NewFaults([]byte(text), f.Bytes()); len(faults) > 0 {
			t.Fatalf("%s in %q", faults[0], f.Bytes())
		}
		python, err := readAsPython(f.Bytes())
		if err != nil {
			t.Fatalf("the AWS CLI refuses %q: %v", f.Bytes(), err)
		}
		inGo, inJavaScript := readAsGo(f.Bytes()), readAsJavaScript(f.Bytes())
		for _, s := range sections {
			if slices.Contains(slices.Concat(result.LeftOut, result.InOtherBlock), s.Name) {
				continue
			}
			got := f.collect(func(other span) bool { return other.kind == Profile && other.name == s.Name }, len(f.data), (*keySet).readWhole)
			if diff := gocmp.Diff([]Section{s}, got); diff != "" {
				t.Fatalf("-want +got:\n%s", diff)
			}
			for reader, keys := range map[string]map[string]string{
				"Python": python["profile "+s.Name], "Go": inGo[s.Name], "JavaScript": inJavaScript[s.Name],
			} {
				var got []Key
				for name, value := range keys {
					got = append(got, Key{name, value})
				}
				want := slices.Clone(s.Keys)
				if reader == "JavaScript" { // which does not know of empty ones
					want = slices.DeleteFunc(want, func(key Key) bool { return key.Value == "" })
				}
				byName := func(a, b Key) int { return cmp.Compare(a.Name, b.Name) }
				if !slices.Equal(slices.SortedFunc(slices.Values(want), byName), slices.SortedFunc(slices.Values(got), byName)) {
					t.Fatalf("%s reads %+v, not %+v in %q", reader, got, want, f.Bytes())
				}
			}
		}
	})
}

// Whatever an account is called, a merge is refused or means what it says.
func TestMergeWithHostileText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching("[a\"'\\\\n#; \\[\\]=:%\r\n\t-]{1,6}"))
		section := Section{Kind: Profile, Name: text.Draw(t, "name"), Keys: []Key{{text.Draw(t, "key"), text.Draw(t, "value")}, {"region", text.Draw(t, "region")}}}
		f := Parse(nil)
		if _, err := f.Merge("prod", []Section{section}, Options{}); err != nil {
			return
		}
		python, err := readAsPython(f.Bytes())
		if err != nil || len(python) != 1 {
			t.Fatalf("Python reads %v, %v", python, err)
		}
		for reader, keys := range map[string]map[string]string{
			"Python": python["profile "+section.Name], "Go": readAsGo(f.Bytes())[section.Name], "JavaScript": readAsJavaScript(f.Bytes())[section.Name],
		} {
			for _, key := range section.Keys {
				if keys[key.Name] != key.Value || len(keys) != 2 {
					t.Fatalf("%s reads %q of %+v", reader, keys, section)
				}
			}
		}
	})
}
