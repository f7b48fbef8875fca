package profile

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"aws-sso-config-generator/internal/awsconfig"
)

// mergeKeys puts sets of keys together: later ones win, in nested values name by
// name. The order is that in which people look for them: region, output, the rest
// by name.
func mergeKeys(sets ...[]awsconfig.Key) []awsconfig.Key {
	merged := make(map[string]string)
	for _, set := range sets {
		for _, key := range set {
			value := key.Value
			if before := merged[key.Name]; isNested(before) && isNested(value) {
				value = mergeNested(before, value)
			}
			merged[key.Name] = value
		}
	}
	var keys []awsconfig.Key
	for name, value := range merged {
		keys = append(keys, awsconfig.Key{Name: name, Value: value})
	}
	slices.SortFunc(keys, func(a, b awsconfig.Key) int {
		return cmp.Or(cmp.Compare(place(a.Name), place(b.Name)), strings.Compare(a.Name, b.Name))
	})
	return keys
}

func place(name string) int {
	switch name {
	case "region":
		return 0
	case "output":
		return 1
	default:
		return 2
	}
}

func isNested(value string) bool { return strings.HasPrefix(value, "\n") }

// mergeNested merges the lines of nested values by their names, which then stand in
// order.
func mergeNested(values ...string) string {
	lines := make(map[string]string)
	for _, value := range values {
		for line := range strings.SplitSeq(value[1:], "\n") {
			name, _, _ := strings.Cut(line, " = ")
			lines[name] = line
		}
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(lines)) {
		b.WriteString("\n" + lines[name])
	}
	return b.String()
}
