package awsconfig

import (
	"strings"
	"testing"
)

func TestMergeRefusesSections(t *testing.T) {
	key := []Key{{"region", "eu-west-1"}}
	for name, sections := range map[string][]Section{
		"unknown kind":          {{"services", "x", key}},
		"kind in upper case":    {{"Profile", "x", key}},
		"no kind":               {{"", "x", key}},
		"no name":               {{Profile, "", key}},
		"name with space":       {{Profile, "a b", key}},
		"name with bracket":     {{Profile, "a]b", key}},
		"name with line end":    {{Profile, "a\n[default]", key}},
		"name with quote":       {{Profile, `"a"`, key}},
		"name with hash":        {{Profile, "a#b", key}},
		"name not ASCII":        {{Profile, "é", key}},
		"name not UTF-8":        {{Profile, "\xff", key}},
		"name of JavaScript":    {{Profile, "__proto__", key}},
		"name like an option":   {{Profile, "-x", key}},
		"session with bad name": {{SSOSession, "__proto__", key}},
		"twice":                 {{Profile, "x", key}, {Profile, "y", key}, {Profile, "x", key}},
		"no keys":               {{Profile, "x", nil}},
		"key without name":      {{Profile, "x", []Key{{"", "a"}}}},
		"key in upper case":     {{Profile, "x", []Key{{"Region", "a"}}}},
		"key with space":        {{Profile, "x", []Key{{"a b", "a"}}}},
		"key with line end":     {{Profile, "x", []Key{{"a\nb", "a"}}}},
		"key of JavaScript":     {{Profile, "x", []Key{{"__proto__", "a"}}}},
		"key twice":             {{Profile, "x", []Key{{"a", "1"}, {"b", "2"}, {"a", "1"}}}},
	} {
		refused(t, name, "prod", sections)
	}
	for _, session := range []string{"", "a b", "-x", "__proto__", "a\n", "(generated"} {
		refused(t, "session "+session, session, profiles("x"))
		refused(t, "removal of session "+session, session, nil)
	}
	for _, value := range []string{
		"", " ", " a", "a ", "a\t", "\u00a0a", "a\nb", "a\rb", "a\x00b", "a\x1bb", "a\x7fb", "a\tb", "é", "a\u2028b", "\xff",
		"#", ";", "#a", ";a", "a #b", "a ;b", "a # b", "a ; b", "/opt/x --color #f00", "a\t#b",
		`"a"`, `'a'`, `""`, `"`, `'`, `"/opt/my tool" "a b"`,
	} {
		refused(t, "value "+value, "prod", []Section{{Profile, "x", []Key{{"a", value}}}})
	}
}

func refused(t *testing.T, name, session string, sections []Section) {
	t.Helper()
	f := Parse([]byte("[default]\n"))
	result, err := f.Merge(session, sections)
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
		if _, err := f.Merge("prod", []Section{{Profile, "x", []Key{{"a", value}, {"b", "c"}}}}); err != nil {
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
