package awsconfig

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Key is one setting in a section. A Value that begins with a line end is nested:
// each of its lines is "name = value", as in "\nmax_concurrent_requests = 20" for the
// key s3. An empty one is written as such.
type Key struct{ Name, Value string }

// isNested says that the value is keys in itself.
func (k Key) isNested() bool { return strings.HasPrefix(k.Value, "\n") }

// opens says that some readers take indented lines below the key for a part of it.
func (k Key) opens() bool { return k.Value == "" || k.isNested() }

// NestedKey is a key whose value is keys in itself, in their order.
func NestedKey(name string, keys []Key) Key {
	var value strings.Builder
	for _, key := range keys {
		value.WriteString("\n" + key.Name + " = " + key.Value)
	}
	return Key{name, value.String()}
}

// Nested are the keys of a nested value, nil if it is none.
func (k Key) Nested() (keys []Key) {
	for line := range strings.SplitSeq(k.Value, "\n") {
		if name, value, found := strings.Cut(line, " = "); found && k.isNested() {
			keys = append(keys, Key{name, value})
		}
	}
	return keys
}

// only is the nested key with no more keys in it than these, whatever their values.
func (k Key) only(these []Key) Key {
	return NestedKey(k.Name, slices.DeleteFunc(k.Nested(), func(key Key) bool {
		return !slices.ContainsFunc(these, func(other Key) bool { return other.Name == key.Name })
	}))
}

// write is the key as we write it.
func (k Key) write(indent, eol string) string {
	if k.opens() {
		return indent + k.Name + " =" + strings.ReplaceAll(k.Value, "\n", eol+indent+"  ") + eol
	}
	return indent + k.Name + " = " + k.Value + eol
}

// CheckKey returns an error unless every reader takes a key as we mean it.
func CheckKey(key Key) error { return checkKeys([]Key{key}, Key.check) }

// checkKeys checks the names of keys, and each value with a check.
func checkKeys(keys []Key, value func(Key) error) error {
	for i, key := range keys {
		if !consistsOf(key.Name, "abcdefghijklmnopqrstuvwxyz0123456789_") || key.Name == "__proto__" {
			return fmt.Errorf("key %q: not a name that every reader understands", key.Name)
		}
		for _, other := range keys[:i] {
			if other.Name == key.Name {
				return fmt.Errorf("key %q: stands there twice", key.Name)
			}
		}
		if err := value(key); err != nil {
			return fmt.Errorf("value %q of key %q: %w", key.Value, key.Name, err)
		}
	}
	return nil
}

// check checks the value of a key, which may be empty or nested where that means
// something.
func (k Key) check() error {
	switch keys := k.Nested(); {
	case !k.opens():
		return checkValue(k.Value)
	case strings.HasPrefix(k.Name, "sso_"), k.Name == "region", k.Name == "role_arn", k.Name == "source_profile", k.Name == "credential_process":
		return errors.New("empty or nested, where only a plain value leads to the role")
	case len(keys) != strings.Count(k.Value, "\n"):
		return errors.New("a line of it that is not a name, \" = \" and a value")
	default:
		return checkKeys(keys, func(key Key) error { return checkValue(key.Value) })
	}
}
