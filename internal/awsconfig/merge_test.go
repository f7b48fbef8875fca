package awsconfig

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

const (
	begin = "# BEGIN aws-sso-config-generator prod (generated; keys and comments that you add stay)\n"
	end   = "# END aws-sso-config-generator prod\n"
	devA  = "[profile dev]\nregion = eu-west-1\n"
)

// profiles are profiles with one key.
func profiles(names ...string) []Section {
	var sections []Section
	for _, name := range names {
		sections = append(sections, Section{Kind: Profile, Name: name, Keys: []Key{{"region", "eu-west-1"}}})
	}
	return sections
}

func session(startURL string) Section {
	return Section{Kind: SSOSession, Name: "prod", Keys: []Key{{"sso_start_url", startURL}, {"sso_region", "eu-west-1"}}}
}

func TestMergeWritesTheBlock(t *testing.T) {
	for name, tt := range map[string]struct {
		before   string
		sections []Section
		want     string
	}{
		"empty file":                    {"", profiles("dev"), begin + devA + end},
		"only a byte order mark":        {"\ufeff", profiles("dev"), "\ufeff" + begin + devA + end},
		"blank line before a new block": {"[default]\n", profiles("dev"), "[default]\n\n" + begin + devA + end},
		"blank line is there":           {"[default]\n\n", profiles("dev"), "[default]\n\n" + begin + devA + end},
		"two blank lines are there":     {"[default]\n\n\n", profiles("dev"), "[default]\n\n\n" + begin + devA + end},
		"blank line of white space":     {"[default]\n \t\n", profiles("dev"), "[default]\n \t\n" + begin + devA + end},
		"white space without line end":  {"[default]\n ", profiles("dev"), "[default]\n \n" + begin + devA + end},
		"only a line end":               {"\n", profiles("dev"), "\n" + begin + devA + end},
		"last line without end":         {"[default]\na = b", profiles("dev"), "[default]\na = b\n\n" + begin + devA + end},
		"lone CR at the end":            {"[default]\r", profiles("dev"), "[default]\r\n\n" + begin + devA + end},
		"CRLF":                          {"[default]\r\n", profiles("dev"), crlf("[default]\n\n" + begin + devA + end)},
		"CRLF, last line without end":   {"[default]\r\na = b", profiles("dev"), crlf("[default]\na = b\n\n" + begin + devA + end)},
		"mixed, more CRLF":              {"a\r\nb\nc\r\n", profiles("dev"), "a\r\nb\nc\r\n" + crlf("\n"+begin+devA+end)},
		"mixed, as many LF":             {"a\r\nb\n", profiles("dev"), "a\r\nb\n\n" + begin + devA + end},
		"block in CRLF in an LF file":   {"[default]\na = b\n\n[x]\ny = z\n" + crlf(begin+end) + "\n", profiles("dev"), "[default]\na = b\n\n[x]\ny = z\n" + begin + devA + end + "\n"},
		"longer block in LF in a CRLF file": {
			"# a\r\n# b\r\n# c\r\n# d\r\n# e\r\n\r\n" + begin + "#\n#\n#\n#\n#\n#\n" + end, profiles("dev"),
			crlf("# a\n# b\n# c\n# d\n# e\n\n"+begin) + "#\n#\n#\n#\n#\n#\n" + crlf("\n"+devA+end),
		},
		"block alone in CRLF":            {crlf(begin + end), profiles("dev"), crlf(begin + devA + end)},
		"replaced where it stands":       {"# top\n" + begin + "[profile old]\n" + end + "# bottom", profiles("dev"), "# top\n" + begin + devA + end + "# bottom"},
		"replaced, END without line end": {"# top\n" + begin + strings.TrimSuffix(end, "\n"), profiles("dev"), "# top\n" + begin + devA + end},
		"replaced behind byte order mark": {
			"\ufeff" + begin + end, profiles("dev"), "\ufeff" + begin + devA + end,
		},
		"indented markers with space behind": {"  \t" + strings.TrimSpace(begin) + " \r\n \t" + strings.TrimSpace(end) + "\t\r\n[x]\r\n", profiles("dev"), crlf(begin+devA+end) + "[x]\r\n"},
		"other sentence in the BEGIN line":   {"# BEGIN aws-sso-config-generator prod whatever\n" + end, profiles("dev"), begin + devA + end},
		"order is kept":                      {"", profiles("z", "a"), begin + "[profile z]\nregion = eu-west-1\n\n[profile a]\nregion = eu-west-1\n" + end},
		"session first": {
			"", append([]Section{session("https://x.awsapps.com/start")}, profiles("dev")...),
			begin + "[sso-session prod]\nsso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\n\n" + devA + end,
		},
		"blocks of other sessions stay": {
			"# BEGIN aws-sso-config-generator prod2\n[profile a]\n# END aws-sso-config-generator prod2\n", profiles("dev"),
			"# BEGIN aws-sso-config-generator prod2\n[profile a]\n# END aws-sso-config-generator prod2\n\n" + begin + devA + end,
		},
		"markers of other tools": {
			"# BEGIN aws-sso-config-generator2 prod\n#BEGIN aws-sso-config-generator prod\n; END aws-sso-config-generator prod\n", profiles("dev"),
			"# BEGIN aws-sso-config-generator2 prod\n#BEGIN aws-sso-config-generator prod\n; END aws-sso-config-generator prod\n\n" + begin + devA + end,
		},
		"removed":                         {"# top\n\n" + begin + devA + end, nil, "# top\n"},
		"removed, CRLF":                   {"# top\r\n\r\n" + crlf(begin+devA+end), nil, "# top\r\n"},
		"removed, more text, blank line":  {"# top\n\n" + begin + devA + end + "\n# bottom\n", nil, "# top\n\n# bottom\n"},
		"removed, text right behind":      {"# top\n\n" + begin + devA + end + "# bottom\n", nil, "# top\n\n# bottom\n"},
		"removed, two blank lines before": {"# top\n\n\n" + begin + devA + end, nil, "# top\n\n\n"},
		"removed, no blank line before":   {"# top\n" + begin + devA + end, nil, "# top\n"},
		"removed, alone":                  {begin + devA + end, nil, ""},
		"nothing to remove":               {"# top", nil, "# top"},
		"no block for what is left out":   {"[profile dev]\n", profiles("dev"), "[profile dev]\n"},
	} {
		t.Run(name, func(t *testing.T) {
			f := Parse([]byte(tt.before))
			if _, err := f.Merge("prod", tt.sections, Options{Base: profiles("dev", "old")}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(f.Bytes())); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if _, err := f.Merge("prod", tt.sections, Options{Base: tt.sections}); err != nil || string(f.Bytes()) != tt.want {
				t.Errorf("the second merge made %q, %v", f.Bytes(), err)
			}
		})
	}
}

func TestMergeResult(t *testing.T) {
	text := "[profile mine]\n" + begin + `[sso-session prod]
[profile gone-z]
region = eu-west-1
[profile same]
region = eu-west-1
[profile changed]
region = eu-central-1
[profile "twice"]
region = eu-central-1
[profile twice]
REGION : "eu-west-1" ; the last one wins
[profile nested]
region = eu-west-1
s3 =
  max_queue_size = 1
[profile gone-a]
[profile copied]
[profile last]
region = eu-west-1
` + end + "[profile copied]\n"
	want := Result{
		Added:     []string{"zz", "aa"},
		Changed:   []string{"changed"},
		Removed:   []string{"gone-z", "gone-a", "copied"},
		Unchanged: []string{"nested", "twice", "same", "last"},
		LeftOut:   []string{"mine", "copied"},
	}
	before := append(profiles("gone-z", "same", "twice", "nested", "gone-a", "copied", "last"),
		Section{Kind: Profile, Name: "changed", Keys: []Key{{"region", "eu-central-1"}}})
	f := Parse([]byte(text))
	got, err := f.Merge("prod", profiles("zz", "mine", "nested", "twice", "aa", "same", "changed", "copied", "last"), Options{Base: before})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	got, err = f.Merge("prod", nil, Options{Base: profiles("zz", "nested", "twice", "aa", "same", "changed", "last")})
	if err != nil {
		t.Fatal(err)
	}
	want = Result{Removed: []string{"zz", "nested", "twice", "aa", "same", "changed", "last"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("removal: -want +got:\n%s", diff)
	}
}

// Every header here is that of a profile for at least one reader, or was meant
// to be one by the person who wrote it.
func TestMergeLeavesOutWhatIsUsed(t *testing.T) {
	for header, name := range map[string]string{
		"[profile x]":                      "x",
		`[profile "x"]`:                    "x",
		`[profile 'x']`:                    "x",
		`[profile  "x" ]`:                  "x",
		"[ profile x ]":                    "x", // Go
		"[profile  x]":                     "x", // Python, Go
		"[profile\tx]":                     "x",
		"   [profile x]":                   "x",
		"\u00a0[profile x]":                "x",
		"\ufeff[profile x]":                "x", // JavaScript
		"\x1c[profile x]":                  "x", // Python
		"[default]\na = b\n  [profile x]":  "x", // Go, JavaScript; a continuation for Python
		"[profile x] # why":                "x",
		"[profile x]; why":                 "x",
		"[profile x] junk":                 "x", // Python
		"[profile x]]":                     "x",
		"[profile x] # ]":                  "x",
		"[profile x":                       "x", // meant to be one
		"[PROFILE x]":                      "x", // meant to be one
		"[profiles x]":                     "x", // Python
		"[profile.x]":                      "x", // JavaScript
		`[profile pro\d]`:                  "prod",
		`[profile pr"o"d]`:                 "prod",
		"junk\r[profile x]\rregion = a\r":  "x", // Python
		"[profile x]\r\n":                  "x",
		"[default]":                        "default",
		"[ default ]":                      "default",
		`["default"]`:                      "default",
		"[profile default]":                "default",
		"[DEFAULT]":                        "DEFAULT", // Go
		"[profile a:b/c%d@e+f.g_h-i]":      "a:b/c%d@e+f.g_h-i",
		"[profile x]\n[sso-session prod2]": "x",
	} {
		f := Parse([]byte(header))
		got, err := f.Merge("prod", profiles("a", name, "b"), Options{})
		if err != nil {
			t.Errorf("%q: %v", header, err)
			continue
		}
		if diff := cmp.Diff(Result{Added: []string{"a", "b"}, LeftOut: []string{name}}, got); diff != "" {
			t.Errorf("%q: -want +got:\n%s", header, diff)
		}
	}
}

func TestMergeWritesWhatNobodyUses(t *testing.T) {
	for _, text := range []string{
		"# [profile x]", "  ; [profile x]", "[x]", "[profile X]", "[profile xx]", "[profile x x]", "[profile x-]",
		"[sso-session x]", "[services x]", "[preview]\nx = [profile x]", "[my profile x]", "[profile]", "[profile ]", "[]", "[",
	} {
		got, err := Parse([]byte(text)).Merge("prod", profiles("x"), Options{})
		if err != nil {
			t.Errorf("%q: %v", text, err)
		} else if diff := cmp.Diff(Result{Added: []string{"x"}}, got); diff != "" {
			t.Errorf("%q: -want +got:\n%s", text, diff)
		}
	}
}

func TestMergeUsesTheirSession(t *testing.T) {
	const url, region = "https://x.awsapps.com/start", "eu-west-1"
	for text, conflict := range map[string]bool{
		"sso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1":               false,
		"sso_start_url = https://x.awsapps.com/start/\nsso_region = eu-west-1":              false,
		"sso_start_url = https://x.awsapps.com/start/#/\nsso_region = eu-west-1":            false,
		"sso_start_url = https://X.AWSapps.com/start#\nsso_region=eu-west-1":                false,
		"SSO_Region : eu-west-1\nsso_start_url:https://x.awsapps.com/start":                 false,
		"sso_start_url = https://x.awsapps.com/start # mine\nsso_region = eu-west-1 ; mine": false,
		"sso_start_url = \"https://x.awsapps.com/start\"\nsso_region = 'eu-west-1'":         false,
		"sso_start_url = https://y.awsapps.com/start\nsso_region = eu-west-1":               true,
		"sso_start_url = https://x.awsapps.com/Start\nsso_region = eu-west-1":               true,
		"sso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-2":               true,
		"sso_start_url = https://x.awsapps.com/start":                                       true,
		"sso_region = eu-west-1": true,
		"":                       true,
	} {
		for _, header := range []string{"[sso-session prod]\n", "[sso-session 'prod'] # x\n", "[ SSO-Session\tprod ]\n"} {
			before := header + text + "\n"
			f := Parse([]byte(before))
			got, err := f.Merge("prod", append([]Section{session(url)}, profiles("dev")...), Options{})
			switch {
			case conflict && !errors.Is(err, ErrSessionConflict):
				t.Errorf("%q: error %v, want a conflict", before, err)
			case conflict && string(f.Bytes()) != before:
				t.Errorf("%q: changed to %q in spite of the conflict", before, f.Bytes())
			case conflict:
				for _, part := range []string{url, region, "prod"} {
					if !strings.Contains(err.Error(), part) {
						t.Errorf("%q: error %q does not name %s", before, err, part)
					}
				}
			case err != nil:
				t.Errorf("%q: %v", before, err)
			default:
				if diff := cmp.Diff(Result{Added: []string{"dev"}}, got); diff != "" {
					t.Errorf("%q: -want +got:\n%s", before, diff)
				}
				if diff := cmp.Diff(before+"\n"+begin+devA+end, string(f.Bytes())); diff != "" {
					t.Errorf("%q: -want +got:\n%s", before, diff)
				}
			}
		}
	}
}

func TestMergeGolden(t *testing.T) {
	before, err := os.ReadFile(filepath.Join("testdata", "config"))
	if err != nil {
		t.Fatal(err)
	}
	f := Parse(before)
	for _, step := range []struct {
		session, golden string
		sections        []Section
	}{
		{"prod", "config.merged", manyProfiles(3)},
		{"other", "config.second", profiles("one", "two", "hand-made")},
		{"prod", "config.removed", nil},
	} {
		if _, err := f.Merge(step.session, step.sections, Options{}); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", step.golden)
		if *update {
			if err := os.WriteFile(path, f.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(f.Bytes())); diff != "" {
			t.Errorf("%s: -want +got:\n%s", path, diff)
		}
		if _, err := readAsPython(f.Bytes()); err != nil {
			t.Errorf("%s: the AWS CLI refuses it: %v", path, err)
		}
	}
}

func merged(t *testing.T, session string, sections ...Section) *File {
	t.Helper()
	f := Parse(nil)
	if _, err := f.Merge(session, sections, Options{}); err != nil {
		t.Fatal(err)
	}
	return f
}
