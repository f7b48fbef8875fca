package settings

import (
	"fmt"
	"slices"
	"strings"

	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/identitycenter"
)

// Remarks says what deserves a look in settings that somebody else made, line by line:
// what Parse takes, and may still lead somewhere.
func Remarks(s Settings) (lines []string) {
	for _, s := range s.Sessions {
		add := func(format string, args ...any) {
			lines = append(lines, "session "+s.Name+": "+fmt.Sprintf(format, args...))
		}
		if s.StartURL != "" && !identitycenter.OfAWS(s.StartURL) {
			add("start_url %s is not a host of AWS: you would be led on from there", s.StartURL)
		}
		if s.Out != "" {
			add("out %s: the profiles are written into that file", s.Out)
		}
		for _, key := range allKeys(s) {
			why := suspicious(key)
			if !slices.Contains(knownKeys(), key.Name) && why == "" {
				why = "no key that the AWS tools know; others may"
			}
			if why != "" {
				add("%s = %s: %s", key.Name, strings.ReplaceAll(strings.TrimSpace(key.Value), "\n", ", "), why)
			}
		}
	}
	return lines
}

// allKeys are all keys that a session gives to profiles.
func allKeys(s Session) []awsconfig.Key {
	keys := slices.Clone(s.Defaults)
	for _, o := range s.Overrides {
		keys = append(keys, o.Set...)
	}
	for _, c := range s.Chains {
		keys = append(keys, c.Set...)
	}
	return keys
}
