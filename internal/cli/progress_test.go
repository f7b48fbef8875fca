package cli_test

import (
	"math"
	"testing"

	"aws-sso-config-generator/internal/cli"
	"aws-sso-config-generator/internal/inventory"
)

func TestProgressInOneLine(t *testing.T) {
	running := inventory.Progress{Accounts: 1000, Listed: true, Done: 118, Failed: 2, Roles: 480, Throttled: 3}
	for _, test := range []struct {
		progress inventory.Progress
		rate     float64
		width    int
		want     string
	}{
		{inventory.Progress{}, 0, 80, "Finding roles: 0 of 0+ accounts, 0 roles"},
		{inventory.Progress{Accounts: 200, Done: 30, Roles: 90}, 60, 80, "Finding roles: 30 of 200+ accounts, 90 roles, 60.0 accounts/s"},
		{running, 0, 80, "Finding roles: 120 of 1000 accounts, 480 roles, 2 unreadable, throttled 3 times"},
		{running, 19.8, math.MaxInt, "Finding roles: 120 of 1000 accounts, 45s left, 480 roles, 19.8 accounts/s, 2 unreadable, throttled 3 times"},
		{running, .1, math.MaxInt, "Finding roles: 120 of 1000 accounts, 2h26m40s left, 480 roles, 0.1 accounts/s, 2 unreadable, throttled 3 times"},
		{running, 19.8, 79, "Finding roles: 120 of 1000 accounts, 45s left, 480 roles, 19.8 accounts/s"},
		{running, 19.8, 46, "Finding roles: 120 of 1000 accounts, 45s left"},
		{running, 19.8, 44, "Finding roles: 120 of 1000 accounts"},
		{running, 19.8, 20, "Finding roles: 120 o"},
		{running, 19.8, -1, ""},
		{inventory.Progress{Accounts: 2, Listed: true, Done: 2, Roles: 4}, 10, 80, "Finding roles: 2 of 2 accounts, 4 roles, 10.0 accounts/s"},
	} {
		if got := cli.ProgressText(test.progress, test.rate, test.width); got != test.want {
			t.Errorf("%+v, %.1f, %d columns:\n%q\n%q wanted", test.progress, test.rate, test.width, got, test.want)
		}
	}
}
