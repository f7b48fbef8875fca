package settings_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/profile"
	"aws-sso-config-generator/internal/settings"
)

// anyText is what people, and YAML, find special, and everything else.
var anyText = rapid.OneOf(
	rapid.SampledFrom([]string{
		"dev", "yes", "Off", "null", "~", "true", "0123", "1e3", "0x1F", ".inf", "2026-11-23", "12:30", "<<", "y", "=",
		"a: b", "a #b", "#", "- a", "-", "? a", "| a", "'", "\"", "'a' \"b\"", "@x", "&a", "*", "*-prod", "!x", "%x", "a\nb", "a\n\n b\n", " a ", "\ta",
		"Müller", "日本", "\u00a0", "\U0001f600", "a\\b", "\\n", "$HOME", "${x}", "{{ .x }}",
	}),
	rapid.StringN(1, 20, -1),
)

func harmless(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 })
}

var (
	name    = rapid.StringMatching(`[A-Za-z0-9_@+%:/][A-Za-z0-9_.@+%:/-]{0,8}`).Filter(func(s string) bool { return s != "default" && s != "__proto__" })
	account = rapid.StringMatching(`[0-9]{12}`)
	region  = rapid.SampledFrom([]string{"eu-west-1", "us-gov-east-1"})
	glob    = rapid.OneOf(anyText, rapid.SampledFrom([]string{"*", "data-*", "[a-z]*", "{dev,prod}", "?ev", "111122223333"})).Filter(func(s string) bool {
		_, err := profile.ParseMatch(s, s)
		return err == nil && harmless(s)
	})
	rename = anyText.Filter(func(s string) bool {
		return harmless(s) && strings.ContainsAny(s, "abcdefghijklmnopqrstuvwxyz0123456789_.")
	})
	keyValue = rapid.OneOf(anyText, rapid.SampledFrom([]string{"", "20", "true", "007"})).Filter(func(s string) bool {
		return s == "" || awsconfig.CheckKey(awsconfig.Key{Name: "x", Value: s}) == nil
	})
	matches = rapid.SliceOfN(match, 0, 3)
	match   = rapid.Custom(func(t *rapid.T) settings.Match {
		m := settings.Match{Account: glob.Draw(t, "account"), Role: glob.Draw(t, "role")}
		switch rapid.IntRange(0, 2).Draw(t, "what") {
		case 0:
			m.Account = ""
		case 1:
			m.Role = ""
		}
		return m
	})
	someKeys = rapid.Custom(func(t *rapid.T) (keys []awsconfig.Key) {
		if rapid.Bool().Draw(t, "region") {
			keys = append(keys, awsconfig.Key{Name: "region", Value: region.Draw(t, "region")})
		}
		// three digits: nearly a known key would be a slip
		others := rapid.MapOfN(rapid.StringMatching(`[a-z][0-9]{3}[a-z0-9_]{0,5}`), keyValue, 0, 3).Draw(t, "keys")
		for _, name := range sortedKeys(others) {
			key := awsconfig.Key{Name: name, Value: others[name]}
			if rapid.Bool().Draw(t, "nested") && key.Value != "" {
				key.Value = "\na = " + key.Value + "\nb_c = 1"
			}
			keys = append(keys, key)
		}
		return keys
	})
	session = rapid.Custom(func(t *rapid.T) settings.Session {
		s := settings.Session{
			Name: name.Draw(t, "name"), StartURL: "https://" + rapid.StringMatching(`[a-z]{1,9}`).Draw(t, "host") + ".awsapps.com/start",
			KeepSignedIn: rapid.Bool().Draw(t, "keep"), DeviceCode: rapid.Bool().Draw(t, "device"), CallbackPort: rapid.IntRange(0, 65535).Draw(t, "port"),
			Layout:       rapid.SampledFrom([]profile.Layout{"", profile.LayoutSSOSession}).Draw(t, "layout"),
			ProfileName:  rapid.SampledFrom([]string{"", "{{ .AccountName }}-{{ .RoleName }}", "{{ .AccountName -}}\n-{{ .RoleName }}", `{{ replace "a" "'" .RoleName }}x`}).Draw(t, "template"),
			KeepOldNames: time.Duration(rapid.IntRange(0, 100).Draw(t, "old")) * rapid.SampledFrom([]time.Duration{time.Second, time.Hour, 24 * time.Hour}).Draw(t, "unit"),
			Defaults:     someKeys.Draw(t, "defaults"),
			Accounts:     rapid.MapOfN(account, rename, 0, 3).Draw(t, "accounts"),
			Roles:        rapid.MapOfN(anyText.Filter(harmless), rename, 0, 3).Draw(t, "roles"),
			Include:      matches.Draw(t, "include"), Exclude: matches.Draw(t, "exclude"),
		}
		for range rapid.IntRange(0, 3).Draw(t, "overrides") {
			s.Overrides = append(s.Overrides, settings.Override{Match: match.Draw(t, "match"), Set: someKeys.Draw(t, "set"), Name: name.Draw(t, "name")})
		}
		for _, name := range rapid.SliceOfNDistinct(name, 0, 2, rapid.ID).Draw(t, "chains") {
			s.Chains = append(s.Chains, settings.Chain{From: match.Draw(t, "from"), To: "arn:aws:iam::" + account.Draw(t, "to") + ":role/a/b", Name: name, Set: someKeys.Draw(t, "set")})
		}
		if rapid.Bool().Draw(t, "default") {
			s.DefaultProfile = new(match.Draw(t, "default"))
		}
		return s
	})
	sessions = rapid.SliceOfNDistinct(session, 0, 3, func(s settings.Session) string { return s.Name })
)

func sortedKeys(all map[string]string) []string {
	var names []string
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// TestPrintedIsRead: what is printed is read as it was meant, and printed the same.
func TestPrintedIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := settings.Settings{Sessions: sessions.Draw(t, "sessions")}
		printed := settings.Print(want)
		got, err := settings.Parse("printed.yaml", printed)
		if err != nil {
			t.Fatalf("%v\n%s", err, printed)
		}
		if diff := cmp.Diff(want, got, said, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%s\n%s", diff, printed)
		}
		if again := settings.Print(got); !bytes.Equal(printed, again) {
			t.Fatalf("%s\n\n%s", printed, again)
		}
	})
}

// TestAppended: a file to which sessions are added one by one says all of them, and
// every byte that was there before is there.
func TestAppended(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := settings.Settings{Sessions: sessions.Draw(t, "sessions")}
		file := rapid.SampledFrom([]string{"", "# mine\n", "sessions:\n", "sessions: # all\r\n", "---\n", "\ufeff# mine\n"}).Draw(t, "file")
		for _, s := range want.Sessions {
			end := rapid.SampledFrom([]string{"", "\n", "# end\n", "      # end\n\n", "\n# end"}).Draw(t, "end")
			after, err := settings.Append("c.yaml", []byte(file+end), s)
			if err != nil {
				t.Fatalf("%v\n%s", err, file)
			}
			if !strings.HasPrefix(string(after), file+end) {
				t.Fatalf("%s\n\n%s", file+end, after)
			}
			file = string(after)
		}
		got, err := settings.Parse("c.yaml", []byte(file))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, said, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%s\n%s", diff, file)
		}
	})
}

// TestValuesAreWhereTheyStand: every value is in the line that it is said to be from.
func TestValuesAreWhereTheyStand(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		printed := settings.Print(settings.Settings{Sessions: sessions.Draw(t, "sessions")})
		lines := strings.Split(string(printed), "\n")
		got, err := settings.Parse("c.yaml", printed)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range got.Sessions {
			for _, v := range s.Values() {
				line := lines[v.Line-1]
				if !strings.Contains(line, v.Text) && !strings.ContainsAny(line, `"'`) {
					t.Fatalf("%+v is not in %q", v, line)
				}
				if file, number, ok := s.Origin(v.Key); !ok || file != "c.yaml" || number != v.Line && !strings.Contains(v.Key, "roles.") {
					t.Fatal(fmt.Sprint(v, file, number, ok))
				}
			}
		}
	})
}
