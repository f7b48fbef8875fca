package awsconfig

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzThreeWay merges what one file has as profiles, with those of another as the
// base, into a third.
func FuzzThreeWay(f *testing.F) {
	dev := ssoProfile("dev", "1", "Admin", "region", "eu-west-1").write("\n")
	other := ssoProfile("dev-2", "1", "Admin", "output", "json").write("\n")
	third := ssoProfile("dev", "2", "Read").write("\n")
	for _, text := range odd {
		f.Add([]byte(text), []byte(dev), []byte(other+third), byte(0))
	}
	for options := range byte(32) {
		f.Add([]byte(inBlock("# x\n\n# y\n"+dev+"mine = x\n\n[services y]\na = b\n"+third)+other), []byte(dev+third), []byte(other+third), options)
		f.Add([]byte(other+inBlock("  "+dev+"\r"+dev+"\t# mine\n  more")), []byte(dev), []byte(third), options)
		f.Add([]byte(inBlock("mine = x\n"+other+third)), []byte(third+other), []byte(dev), options)
		nested := dev + "s3 =\n  a = 1\n  b = 2\ncli_pager =\n"
		normal := "[default]\nsso_session = prod\nsso_account_id = 1\nsso_role_name = Admin\n"
		chain := "[profile chain]\nrole_arn = arn:aws:iam::2:role/X\nsource_profile = dev\n"
		f.Add([]byte(inBlock(nested+"mine = x\n"+normal+chain)), []byte(nested+normal+chain), []byte(other+nested+normal+"s3 =\n  c = 1\n"), options)
		f.Add([]byte(inBlock("  "+strings.ReplaceAll(nested, "\n", "\n  ")+"\n"+other)), []byte(dev+other), []byte(nested+chain), options)
		tools := granteds + awsSSOUtils + awsSSOCLIs
		f.Add([]byte(tools+inBlock(dev)), []byte(dev), []byte(ssoProfile("dev", "111122223333", "Admin").write("\n")), options|32)
		f.Add([]byte(awsSSOCLIs), []byte(dev), []byte(ssoProfile("dev", "111122223333", "Admin").write("\n")+nested), options|32)
	}
	f.Fuzz(func(t *testing.T, data, before, now []byte, flags byte) {
		o := Options{Base: sectionsOf(before), Overwrite: flags&1 > 0, NoPrune: flags&2 > 0, Adopt: flags&4 > 0, AdoptSSO: map[string]bool{"Default": flags&32 > 0}}
		if flags&8 > 0 {
			o.Base = nil
		}
		sections := sectionsOf(now)
		if profiles, err := Parse(data).Profiles("prod"); err == nil && flags&16 > 0 { // the first stays as it is
			for i, s := range sections {
				if slices.ContainsFunc(profiles, func(p Section) bool { return p.Name == s.Name }) {
					sections[i] = Section{Kind: Profile, Name: s.Name, AsIs: true}
					break
				}
			}
		}
		file := Parse(bytes.Clone(data))
		result, err := file.Merge("prod", sections, o)
		if err != nil {
			if !bytes.Equal(file.Bytes(), data) {
				t.Fatalf("an error, but changed %q to %q", data, file.Bytes())
			}
			return
		}
		merged := bytes.Clone(file.Bytes())
		above, below, had := foreign(data)
		nowAbove, nowBelow, has := foreign(merged)
		if had && has && len(result.Adopted) == 0 && (!bytes.Equal(above, nowAbove) || !bytes.Equal(below, nowBelow)) {
			t.Fatalf("changed outside of the block: %q to %q", data, merged)
		}
		if o.Base, err = file.Base("prod", sections, o.Base, result); err != nil {
			t.Fatal(err)
		}
		o.Adopt = o.Adopt && (len(result.LeftOut) == 0 || len(result.Removed) == 0) // what stood in the way may have gone
		again, err := file.Merge("prod", sections, o)
		if err != nil || !bytes.Equal(file.Bytes(), merged) {
			t.Fatalf("second merge: %v, %q after %+v\n%s", err, merged, result, cmp.Diff(string(merged), string(file.Bytes())))
		}
		if len(again.Added)+len(again.Changed)+len(again.Removed)+len(again.Renamed)+len(again.Adopted) > 0 {
			t.Fatalf("second merge says %+v after %+v", again, result)
		}
		if _, err := readAsPython(data); err != nil || len(bytes.TrimSpace(below)) > 0 && had {
			return
		}
		if _, err := readAsPython(merged); err != nil {
			t.Fatalf("the AWS CLI accepts %q, but not %q: %v", data, merged, err)
		}
	})
}

// sectionsOf are the profiles of a file that every reader understands. The second one
// for a role is an alias.
func sectionsOf(data []byte) []Section {
	sections := []Section{prodSession()}
	f := Parse(data)
	for _, s := range f.collect(func(s span) bool { return s.kind != "" }, len(data), (*keySet).readWhole) {
		s.Alias = s.Kind == Profile && slices.ContainsFunc(sections, func(other Section) bool { return roleOf(s).known() && roleOf(other) == roleOf(s) })
		sections = append(sections, s)
		if checkSections("prod", sections) != nil {
			sections = sections[:len(sections)-1]
		}
	}
	return sections
}
