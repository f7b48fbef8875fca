package awsconfig

import (
	"strings"
	"testing"
)

func TestMergeRefusesSections(t *testing.T) {
	key := []Key{{"region", "eu-west-1"}}
	for name, sections := range map[string][]Section{
		"unknown kind":          {{Kind: "services", Name: "x", Keys: key}},
		"kind in upper case":    {{Kind: "Profile", Name: "x", Keys: key}},
		"no kind":               {{Kind: "", Name: "x", Keys: key}},
		"no name":               {{Kind: Profile, Name: "", Keys: key}},
		"name with space":       {{Kind: Profile, Name: "a b", Keys: key}},
		"name with bracket":     {{Kind: Profile, Name: "a]b", Keys: key}},
		"name with line end":    {{Kind: Profile, Name: "a\n[default]", Keys: key}},
		"name with quote":       {{Kind: Profile, Name: `"a"`, Keys: key}},
		"name with hash":        {{Kind: Profile, Name: "a#b", Keys: key}},
		"name not ASCII":        {{Kind: Profile, Name: "é", Keys: key}},
		"name not UTF-8":        {{Kind: Profile, Name: "\xff", Keys: key}},
		"name of JavaScript":    {{Kind: Profile, Name: "__proto__", Keys: key}},
		"name like an option":   {{Kind: Profile, Name: "-x", Keys: key}},
		"session with bad name": {{Kind: SSOSession, Name: "__proto__", Keys: key}},
		"twice":                 {{Kind: Profile, Name: "x", Keys: key}, {Kind: Profile, Name: "y", Keys: key}, {Kind: Profile, Name: "x", Keys: key}},
		"no keys":               {{Kind: Profile, Name: "x", Keys: nil}},
		"key without name":      {{Kind: Profile, Name: "x", Keys: []Key{{"", "a"}}}},
		"key in upper case":     {{Kind: Profile, Name: "x", Keys: []Key{{"Region", "a"}}}},
		"key with space":        {{Kind: Profile, Name: "x", Keys: []Key{{"a b", "a"}}}},
		"key with line end":     {{Kind: Profile, Name: "x", Keys: []Key{{"a\nb", "a"}}}},
		"key of JavaScript":     {{Kind: Profile, Name: "x", Keys: []Key{{"__proto__", "a"}}}},
		"key twice":             {{Kind: Profile, Name: "x", Keys: []Key{{"a", "1"}, {"b", "2"}, {"a", "1"}}}},
	} {
		refused(t, name, "prod", sections)
	}
	for name, test := range map[string]Key{
		"nothing in it":            {"s3", "\n"},
		"no value in it":           {"s3", "\na = "},
		"no separator in it":       {"s3", "\na"},
		"no spaces in it":          {"s3", "\na=b"},
		"an empty line in it":      {"s3", "\na = b\n"},
		"another empty line in it": {"s3", "\na = b\n\nc = d"},
		"a bad name in it":         {"s3", "\nA = b"},
		"a name of JavaScript":     {"s3", "\n__proto__ = b"},
		"a bad value in it":        {"s3", "\na = b # c"},
		"a quoted value in it":     {"s3", "\na = \"b\""},
		"a header in it":           {"s3", "\n[default] = b"},
		"twice in it":              {"s3", "\na = b\na = c"},
		"carriage return in it":    {"s3", "\na = b\r\nc = d"},
		"no account":               {"sso_account_id", ""},
		"no region":                {"region", ""},
		"no role":                  {"role_arn", ""},
		"no source":                {"source_profile", ""},
		"a nested region":          {"region", "\na = b"},
		"a nested session":         {"sso_session", "\na = b"},
	} {
		refused(t, name, "prod", []Section{{Kind: Profile, Name: "x", Keys: append(key[:1:1], test)}})
	}
	refused(t, "nothing but an empty key", "prod", []Section{{Kind: Profile, Name: "x", Keys: []Key{{"cli_pager", ""}}}})
	for _, session := range []string{"", "a b", "-x", "__proto__", "a\n", "(generated"} {
		refused(t, "session "+session, session, profiles("x"))
		refused(t, "removal of session "+session, session, nil)
	}
	for _, value := range []string{
		" ", " a", "a ", "a\t", "\u00a0a", "a\nb", "\nb", "a\rb", "a\x00b", "a\x1bb", "a\x7fb", "a\tb", "é", "a\u2028b", "\xff",
		"#", ";", "#a", ";a", "a #b", "a ;b", "a # b", "a ; b", "/opt/x --color #f00", "a\t#b",
		`"a"`, `'a'`, `""`, `"`, `'`, `"/opt/my tool" "a b"`,
	} {
		refused(t, "value "+value, "prod", []Section{{Kind: Profile, Name: "x", Keys: []Key{{"a", value}}}})
	}
}

func refused(t *testing.T, name, session string, sections []Section) {
	t.Helper()
	f := Parse([]byte("[default]\n"))
	result, err := f.Merge(session, sections, Options{})
	if err == nil {
		t.Errorf("%q: not refused", name)
	} else if msg := err.Error(); strings.ContainsAny(msg, "\n\r\x00\x1b") {
		t.Errorf("%q: raw bytes in the message %q", name, msg)
	}
	if string(f.Bytes()) != "[default]\n" {
		t.Errorf("%q: changed to %q", name, f.Bytes())
	}
	if len(result.Added)+len(result.LeftOut) > 0 {
		t.Errorf("%q: result %v", name, result)
	}
}

func TestMergeAcceptsValues(t *testing.T) {
	for _, value := range []string{
		"a", "a#b", "a;b", "https://x.awsapps.com/start/#/", "a=b", "a = b", "= a", ": a", "50%", "%(x)s", "[profile y]", "a  b",
		`"/opt/my tool/bin" --x y`, `/opt/bin --p 'a b'`, `C:\new\tool`, `a\"b`, `"a'`, "a,b", "012345678901", "true", "$HOME", "~",
	} {
		f := Parse(nil)
		if _, err := f.Merge("prod", []Section{{Kind: Profile, Name: "x", Keys: []Key{{"a", value}, {"b", "c"}}}}, Options{}); err != nil {
			t.Errorf("%q: %v", value, err)
			continue
		}
		python, err := readAsPython(f.Bytes())
		if err != nil {
			t.Errorf("%q: the AWS CLI refuses the file: %v", value, err)
		}
		for reader, keys := range map[string]map[string]string{
			"Python": python["profile x"], "Go": readAsGo(f.Bytes())["x"], "JavaScript": readAsJavaScript(f.Bytes())["x"],
		} {
			if len(keys) != 2 || keys["a"] != value || keys["b"] != "c" {
				t.Errorf("%q: %s reads %q", value, reader, keys)
			}
		}
	}
}
