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
	merged := make(map[string]awsconfig.Key)
	for _, set := range sets {
		for _, key := range set {
			if before := merged[key.Name]; before.Nested() != nil && key.Nested() != nil {
				key = mergeNested(before, key)
			}
			merged[key.Name] = key
		}
	}
	keys := slices.Collect(maps.Values(merged))
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

// mergeNested puts nested values together, name by name.
func mergeNested(before, after awsconfig.Key) awsconfig.Key {
	merged := make(map[string]awsconfig.Key)
	for _, key := range slices.Concat(before.Nested(), after.Nested()) {
		merged[key.Name] = key
	}
	keys := slices.SortedFunc(maps.Values(merged), func(a, b awsconfig.Key) int { return strings.Compare(a.Name, b.Name) })
	return awsconfig.NestedKey(after.Name, keys)
}
