package profile

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/inventory"
)

// A diskful is a config file, with what was written last, between runs.
type diskful struct {
	text string
	base []awsconfig.Section
}

// run plans against the file and merges into it. It says false where the rules fail.
func (d *diskful) run(t *rapid.T, inv inventory.Inventory, rules Rules, layout Layout, now time.Time) bool {
	file := awsconfig.Parse([]byte(d.text))
	profiles, err := file.Profiles(corp.Name)
	if err != nil {
		t.Fatal(err)
	}
	before := Before{Profiles: profiles, Now: now}
	if d.base != nil {
		before.Wrote = func(name string) bool {
			return slices.ContainsFunc(d.base, func(s awsconfig.Section) bool { return s.Kind == awsconfig.Profile && s.Name == name })
		}
	}
	plan, err := Make(inv, rules, before)
	if err != nil {
		return false
	}
	sections := Sections(plan.Profiles, corp, layout)
	result, err := file.Merge(corp.Name, sections, awsconfig.Options{Base: d.base})
	if err != nil {
		t.Fatalf("%v in %q", err, show(plan))
	}
	if d.base, err = file.Base(corp.Name, sections, d.base, result); err != nil {
		t.Fatal(err)
	}
	d.text = string(file.Bytes())
	return true
}

// An organization and its rules change, some accounts cannot be read: the day after,
// with all else as it was, the file stays as it is.
func TestTheNextRunChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		layout := rapid.SampledFrom(Layouts()).Draw(t, "layout")
		before, after := without(organization().Draw(t, "before")), without(organization().Draw(t, "after"), failures(t)...)
		old, rules := everyRules(t), everyRules(t)
		var disk diskful
		now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
		if !disk.run(t, before, old, layout, now) || !disk.run(t, after, rules, layout, now.AddDate(0, 0, 5)) {
			return
		}
		was := disk.text
		if !disk.run(t, after, rules, layout, now.AddDate(0, 0, 6)) || disk.text != was {
			t.Fatalf("-was +is:\n%s", cmp.Diff(was, disk.text))
		}
	})
}
