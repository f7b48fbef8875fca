package cli

import (
	"fmt"
	"slices"
	"strings"

	"aws-sso-config-generator/internal/awsconfig"
)

// summarize says what the run did to the file and how to go on.
func (a *app) summarize(o generateOptions, result awsconfig.Result, t target) {
	if n := len(result.LeftOut); n > 0 {
		a.warn("left out %s, because the file has profiles of that name outside of our block, and those are yours: %s",
			count(n, "profile"), shortList(result.LeftOut))
	}
	if n := len(result.InOtherBlock); n > 0 {
		a.warn("left out %s, because another session has profiles of that name: %s", count(n, "profile"), shortList(result.InOtherBlock))
		a.hint("tell them apart with --profile-name '{{ .Session }}-{{ .AccountName }}-{{ .RoleName }}'")
	}
	if t.path == "" {
		return
	}
	var changes []string
	for _, change := range []struct {
		names []string
		word  string
	}{{result.Added, "new"}, {result.Changed, "changed"}, {result.Removed, "removed"}, {result.Unchanged, "unchanged"}, {result.Kept, "kept"}} {
		if len(change.names) > 0 {
			changes = append(changes, fmt.Sprintf("%d %s", len(change.names), change.word))
		}
	}
	if len(changes) == 0 {
		changes = []string{"none"}
	}
	a.inform("Profiles in %s: %s.", t.path, strings.Join(changes, ", "))
	if len(result.Removed) > 0 {
		a.inform("Removed, because the role is gone or its profile has another name now: %s", shortList(result.Removed))
	}
	if written := slices.Concat(result.Added, result.Changed, result.Unchanged, result.Kept); len(written) > 0 && o.out == "" && !a.isDemo {
		a.inform("Next: aws sso login --profile %[1]s, then aws sts get-caller-identity --profile %[1]s", written[0])
	}
}

// shortList names the first few.
func shortList(names []string) string {
	const most = 8
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// list says a list, line by line, until it is too long to be read.
func (a *app) list(say func(string, ...any), lines []string) {
	const most = 20
	for i, line := range lines {
		if i == most {
			say("  and %d more (a run with --report FILE writes all of them down)", len(lines)-i)
			return
		}
		say("  %s", line)
	}
}

// count is a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
