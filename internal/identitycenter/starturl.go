package identitycenter

import "strings"

// SameStartURL stands in until the branch lands.
func SameStartURL(a, b string) bool {
	return strings.TrimRight(a, "/#") == strings.TrimRight(b, "/#")
}
