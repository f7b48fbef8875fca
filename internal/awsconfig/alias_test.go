package awsconfig

import (
	"slices"
	"strings"
	"testing"
)

// alias is another name of a role: an old name, or [default].
func alias(s Section, name string) Section {
	s.Name, s.Alias = name, true
	if name != defaultProfile {
		s.Keys = append(slices.Clip(s.Keys), Key{OwnKeys + "old_name_until", "2026-12-23"})
	}
	return s
}

func TestAlias(t *testing.T) {
	dev, renamed := ssoProfile("dev", "1", "Admin", "region", "eu-west-1"), ssoProfile("development", "1", "Admin", "region", "eu-west-1")
	other := ssoProfile("other", "2", "Read")
	old, normal := alias(renamed, "dev"), alias(renamed, "default")
	write := func(s Section, more string) string { return s.write("\n") + more }
	mine := "# mine\n"
	for name, test := range map[string]struct {
		base    []Section
		text    string
		now     []Section
		options Options
		want    string
		result  Result
	}{
		"a renamed profile keeps its old name, both have what the person added": {
			base: []Section{dev, other},
			text: mine + write(dev, "output = json # why\n\n") + write(other, ""),
			now:  []Section{renamed, old, other},
			want: mine + write(renamed, "output = json # why\n\n") + mine + write(old, "output = json # why\n\n") + write(other, ""),
			result: Result{
				Changed: []string{"dev"}, Renamed: []Rename{{"dev", "development"}}, Unchanged: []string{"other"},
			},
		},
		"so it does without a base": {
			text:   write(dev, "output = json\n"),
			now:    []Section{renamed, old},
			want:   write(renamed, "output = json\n\n") + write(old, "output = json\n"),
			result: Result{Changed: []string{"dev"}, Renamed: []Rename{{"dev", "development"}}},
		},
		"where the old name comes first": {
			base:   []Section{dev},
			text:   write(dev, "output = json\n"),
			now:    []Section{old, renamed},
			want:   write(old, "output = json\n\n") + write(renamed, "output = json\n"),
			result: Result{Changed: []string{"dev"}, Renamed: []Rename{{"dev", "development"}}},
		},
		"a second new name": {
			base:   []Section{renamed, old},
			text:   write(old, "a = b\n\n") + write(renamed, "c = d\n"),
			now:    []Section{ssoProfile("d", "1", "Admin", "region", "eu-west-1"), alias(renamed, "development"), old},
			want:   write(ssoProfile("d", "1", "Admin", "region", "eu-west-1"), "c = d\n\n") + write(alias(renamed, "development"), "c = d\n\n") + write(old, "a = b\n"),
			result: Result{Changed: []string{"development"}, Renamed: []Rename{{"development", "d"}}, Unchanged: []string{"dev"}},
		},
		"the old name again": {
			base:   []Section{renamed, old},
			text:   write(renamed, "a = b\n\n") + write(old, "c = d\n"),
			now:    []Section{dev, alias(dev, "development")},
			want:   write(dev, "c = d\n\n") + write(alias(dev, "development"), "a = b\n"),
			result: Result{Changed: []string{"dev", "development"}},
		},
		"in an indented section": {
			base: []Section{dev},
			text: "  " + strings.TrimSuffix(strings.ReplaceAll(write(dev, ""), "\n", "\n  "), "  "),
			now:  []Section{renamed, old},
			want: "  " + strings.ReplaceAll(write(renamed, ""), "\n", "\n  ")[:len(write(renamed, ""))+8] + "\n" +
				strings.TrimSuffix(strings.ReplaceAll(write(old, ""), "\n", "\n  "), "  "),
			result: Result{Changed: []string{"dev"}, Renamed: []Rename{{"dev", "development"}}},
		},
		"its time is over": {
			base:   []Section{renamed, old},
			text:   write(renamed, "\n") + write(old, ""),
			now:    []Section{renamed},
			want:   write(renamed, ""),
			result: Result{Unchanged: []string{"development"}, Removed: []string{"dev"}},
		},
		"its time is over, without a base and not to be pruned": {
			text:    write(renamed, "\n") + write(old, ""),
			now:     []Section{renamed},
			options: Options{NoPrune: true},
			want:    write(renamed, ""),
			result:  Result{Unchanged: []string{"development"}, Removed: []string{"dev"}},
		},
		"its time is over, and the new name has all that it has": {
			base:   []Section{renamed, old},
			text:   mine + write(renamed, "output = json\ns3 =\n  a = 1\n  b = 2\n# more\n\n") + write(old, mine+"s3 =\n  b=2\noutput=json\n"),
			now:    []Section{renamed},
			want:   mine + write(renamed, "output = json\ns3 =\n  a = 1\n  b = 2\n# more\n"),
			result: Result{Unchanged: []string{"development"}, Removed: []string{"dev"}},
		},
		"its time is over, but it has a key of the person's": {
			base:   []Section{renamed, old},
			text:   write(renamed, "output = json\n\n") + write(old, "output = text\n"),
			now:    []Section{renamed},
			want:   write(renamed, "output = json\n\n") + write(old, "output = text\n"),
			result: Result{Unchanged: []string{"development"}, Kept: []string{"dev"}},
		},
		"its time is over, but it has a comment of the person's": {
			base:   []Section{renamed, old},
			text:   write(renamed, "\n") + strings.Replace(write(old, ""), "]", "] # mine", 1),
			now:    []Section{renamed},
			want:   write(renamed, "\n") + strings.Replace(write(old, ""), "]", "] # mine", 1),
			result: Result{Unchanged: []string{"development"}, Kept: []string{"dev"}},
		},
		"its role is gone": {
			base:   []Section{renamed, old, other},
			text:   write(renamed, "\n") + write(old, "output = json\n\n") + write(other, ""),
			now:    []Section{other},
			want:   write(other, ""),
			result: Result{Unchanged: []string{"other"}, Removed: []string{"development", "dev"}},
		},
		"the person takes it out": {
			base:   []Section{renamed, old},
			text:   write(renamed, "a = b\n"),
			now:    []Section{renamed, old},
			want:   write(renamed, "a = b\n\n") + write(old, ""),
			result: Result{Added: []string{"dev"}, Unchanged: []string{"development"}},
		},
		"the person takes the new name out": {
			base:   []Section{renamed, old},
			text:   write(old, "a = b\n"),
			now:    []Section{renamed, old},
			want:   write(renamed, "\n") + write(old, "a = b\n"),
			result: Result{Added: []string{"development"}, Unchanged: []string{"dev"}},
		},
		"the person has the new name": {
			base:   []Section{dev},
			text:   write(dev, "a = b\n\n") + "[profile development]\nregion = x\n",
			now:    []Section{renamed, old},
			want:   write(old, "a = b\n\n") + "[profile development]\nregion = x\n",
			result: Result{Changed: []string{"dev"}, LeftOut: []string{"development"}},
		},
		"[default], beside it": {
			base:   []Section{renamed},
			text:   write(renamed, "a = b\n"),
			now:    []Section{renamed, normal},
			want:   write(renamed, "a = b\n\n") + write(normal, ""),
			result: Result{Added: []string{"default"}, Unchanged: []string{"development"}},
		},
		"[default] for another role": {
			base:   []Section{renamed, normal, other},
			text:   write(renamed, "\n") + write(normal, "a = b\n\n") + write(other, ""),
			now:    []Section{renamed, other, alias(other, "default")},
			want:   write(renamed, "\n") + write(other, "\n") + write(alias(other, "default"), "a = b\n"),
			result: Result{Unchanged: []string{"development", "other"}, Changed: []string{"default"}},
		},
		"[default] no more": {
			base:   []Section{renamed, normal},
			text:   write(renamed, "\n") + write(normal, ""),
			now:    []Section{renamed},
			want:   write(renamed, ""),
			result: Result{Unchanged: []string{"development"}, Removed: []string{"default"}},
		},
		"[default], when its role gets another name": {
			base:   []Section{dev, normal},
			text:   write(normal, "a = b\n\n") + write(dev, "c = d\n"),
			now:    []Section{renamed, normal},
			want:   write(renamed, "c = d\n\n") + write(normal, "a = b\n"),
			result: Result{Renamed: []Rename{{"dev", "development"}}, Unchanged: []string{"default"}},
		},
		"[default] is all there is, without a base": {
			text:   write(normal, "a = b\n"),
			now:    []Section{renamed},
			want:   write(renamed, "a = b\n"),
			result: Result{Renamed: []Rename{{"default", "development"}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			test.options.Base = test.base
			mergesTwice(t, inBlock(test.text), test.now, test.options, inBlock(test.want), test.result)
		})
	}
}

// A profile of the person's is for a role, and becomes the profile of that role.
func TestAliasAdoptsNothing(t *testing.T) {
	dev := ssoProfile("dev", "1", "Admin")
	own := ssoProfile("mine", "1", "Admin").write("\n")
	mergesTwice(t, own, []Section{alias(dev, "old"), dev}, Options{Adopt: true},
		inBlock(alias(dev, "old").write("\n")+"\n"+dev.write("\n")), Result{Added: []string{"old"}, Adopted: []Rename{{"mine", "dev"}}})
}

func TestChain(t *testing.T) {
	dev := ssoProfile("dev", "1", "Admin")
	chain := Section{Kind: Profile, Name: "break-glass", Keys: []Key{{"role_arn", "arn:aws:iam::2:role/X"}, {"source_profile", "dev"}, {"region", "eu-west-1"}}}
	moved := Section{Kind: Profile, Name: "break-glass", Keys: []Key{{"role_arn", "arn:aws:iam::2:role/X"}, {"source_profile", "development"}}}
	other := "[profile break-glass]\nrole_arn = arn:aws:iam::3:role/Y\nsource_profile = mine\n"
	text := chain.write("\n")
	for name, test := range map[string]struct {
		base, now []Section
		text      string
		want      string
		result    Result
	}{
		"new":                   {nil, []Section{dev, chain}, "", dev.write("\n") + "\n" + text, Result{Added: []string{"dev", "break-glass"}}},
		"its source's new name": {[]Section{chain}, []Section{moved}, text + "mfa_serial = x\n", moved.write("\n") + "mfa_serial = x\n", Result{Changed: []string{"break-glass"}}},
		"without a base":        {nil, []Section{moved}, text, moved.write("\n") + "region = eu-west-1\n", Result{Changed: []string{"break-glass"}}},
		"gone":                  {[]Section{dev, chain}, []Section{dev}, dev.write("\n") + "\n" + text, dev.write("\n"), Result{Unchanged: []string{"dev"}, Removed: []string{"break-glass"}}},
		"gone, without a base: it may be the person's": {
			nil, []Section{dev}, dev.write("\n") + "\n" + text, dev.write("\n") + "\n" + text, Result{Unchanged: []string{"dev"}},
		},
		"the person's": {[]Section{dev}, []Section{dev, chain}, dev.write("\n") + "\n" + text, dev.write("\n") + "\n" + text, Result{Unchanged: []string{"dev"}, LeftOut: []string{"break-glass"}}},
		"the person's for another role": {
			nil, []Section{dev, chain}, dev.write("\n") + "\n" + other, dev.write("\n") + "\n" + other, Result{Unchanged: []string{"dev"}, LeftOut: []string{"break-glass"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			mergesTwice(t, inBlock(test.text), test.now, Options{Base: test.base}, inBlock(test.want), test.result)
		})
	}
}
