package awsconfig

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What a merge leaves out is not ours; what it keeps is as it was written before.
func TestBaseOfTheNextMerge(t *testing.T) {
	kept, gone, left, added := ssoProfile("kept", "1", "A", "region", "old"), ssoProfile("gone", "2", "B"), ssoProfile("left", "3", "C"), ssoProfile("added", "4", "D", "region", "new")
	sections := append(asIs("kept"), prodSession(), left, added)
	text := "[profile left]\nrole_arn = x\n\n" + inBlock("# mine\n"+kept.write("\n")+"output = json\n\n"+gone.write("\n")+"\n[profile own]\nrole_arn = x\n")
	for name, test := range map[string]struct{ before, want []Section }{
		"known":     {[]Section{kept, gone}, []Section{prodSession(), added, kept, gone}},
		"not known": {nil, []Section{prodSession(), added, kept, gone}},
		"empty":     {[]Section{}, []Section{prodSession(), added}},
	} {
		t.Run(name, func(t *testing.T) {
			f := Parse([]byte(text))
			result, err := f.Merge("prod", sections, Options{Base: test.before, NoPrune: true})
			if err != nil {
				t.Fatal(err)
			}
			got, err := f.Base("prod", sections, test.before, result)
			if diff := cmp.Diff(test.want, got); err != nil || diff != "" {
				t.Errorf("%v, -want +got:\n%s", err, diff)
			}
		})
	}
	if _, err := Parse([]byte(begin)).Base("prod", nil, nil, Result{}); err == nil {
		t.Error("a damaged block has a base")
	}
}
