package awsconfig

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A second organization under the session name of the first must not take the
// place of its profiles, in either layout. Other spellings of the start URL are
// the same portal.
func TestMergeKeepsTheBlockOfAnotherPortal(t *testing.T) {
	legacy := func(url string) Section {
		return Section{Kind: Profile, Name: "dev", Keys: []Key{{"sso_start_url", url}, {"sso_region", "eu-west-1"}, {"sso_account_id", "111122223333"}, {"sso_role_name", "Admin"}}}
	}
	for _, layout := range []func(string) Section{session, legacy} {
		f := Parse(nil)
		if _, err := f.Merge("prod", []Section{layout("https://x.awsapps.com/start")}, Options{}); err != nil {
			t.Fatal(err)
		}
		before := string(f.Bytes())
		for _, other := range []func(string) Section{session, legacy} {
			if _, err := f.Merge("prod", []Section{other("https://y.awsapps.com/start")}, Options{}); !errors.Is(err, ErrSessionConflict) {
				t.Errorf("got %v", err)
			}
		}
		if diff := cmp.Diff(before, string(f.Bytes())); diff != "" {
			t.Errorf("-before +after:\n%s", diff)
		}
		if _, err := f.Merge("prod", []Section{layout("https://X.awsapps.com/start/#/")}, Options{}); err != nil {
			t.Error(err)
		}
	}
}

// Every Control Tower organization has an account named Audit: what another
// session has in its block is not the person's own, and is told apart.
func TestMergeLeavesOutWhatAnotherSessionHas(t *testing.T) {
	f := Parse([]byte("[profile mine]\nregion = us-east-1\n"))
	if _, err := f.Merge("one", profiles("audit"), Options{}); err != nil {
		t.Fatal(err)
	}
	got, err := f.Merge("two", profiles("audit", "mine", "new"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := Result{Added: []string{"new"}, LeftOut: []string{"mine"}, InOtherBlock: []string{"audit"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// A second run finds where to sign in, in either layout and wherever the session
// stands.
func TestSessionSaysWhichPortalItIsFor(t *testing.T) {
	legacy := []Section{{Kind: Profile, Name: "dev", Keys: []Key{{"sso_start_url", "https://x.awsapps.com/start"}, {"sso_region", "eu-west-1"}}}}
	for name, f := range map[string]*File{
		"by hand": Parse([]byte("[sso-session prod]\nsso_start_url = https://x.awsapps.com/start\nsso_region=eu-west-1\n")),
		"ours":    merged(t, "prod", session("https://x.awsapps.com/start")),
		"legacy":  merged(t, "prod", legacy...),
	} {
		got, ok := f.Session("prod")
		if !ok || got.Value("sso_start_url") != "https://x.awsapps.com/start" || got.Value("sso_region") != "eu-west-1" {
			t.Errorf("%s: %v, %v", name, got, ok)
		}
		if got, ok := f.Session("other"); ok {
			t.Errorf("%s: another session is %v", name, got)
		}
	}
	if got, ok := Parse([]byte("# BEGIN aws-sso-config-generator prod\n")).Session("prod"); ok {
		t.Errorf("a damaged block: %v", got)
	}
}
