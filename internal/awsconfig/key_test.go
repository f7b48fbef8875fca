package awsconfig

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What is nested comes back as it was put in; nothing else is taken for nested.
func TestNestedKeys(t *testing.T) {
	keys := []Key{{"b", "2 = 3"}, {"a", "1"}}
	nested := NestedKey("s3", keys)
	if want := (Key{"s3", "\nb = 2 = 3\na = 1"}); nested != want {
		t.Errorf("got %q", nested)
	}
	if diff := cmp.Diff(keys, nested.Nested()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, key := range []Key{NestedKey("s3", nil), {"region", ""}, {"cli_pager", "a = b"}} {
		if got := key.Nested(); got != nil {
			t.Errorf("%q: got %v", key, got)
		}
	}
}

func TestCheckKey(t *testing.T) {
	for _, key := range []Key{{"cli_pager", ""}, {"region", "eu-west-1"}, NestedKey("s3", []Key{{"a", "1"}})} {
		if err := CheckKey(key); err != nil {
			t.Error(err)
		}
	}
	for want, key := range map[string]Key{
		`key "Region": not a name that every reader understands`:                                {"Region", "x"},
		`value "a # b" of key "x": a part that some readers take for a comment`:                 {"x", "a # b"},
		`value "" of key "region": empty or nested, where only a plain value leads to the role`: {"region", ""},
		`value "\na" of key "s3": a line of it that is not a name, " = " and a value`:           {"s3", "\na"},
		`value "\na = 1\na = 2" of key "s3": key "a": stands there twice`:                       {"s3", "\na = 1\na = 2"},
		`value "\na = " of key "s3": value "" of key "a": empty, or with white space at an end`: NestedKey("s3", []Key{{"a", ""}}),
	} {
		if err := CheckKey(key); err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}
