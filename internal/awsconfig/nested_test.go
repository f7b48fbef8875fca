package awsconfig

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNestedAndEmptyValues(t *testing.T) {
	profile := func(more ...string) Section { return ssoProfile("dev", "1", "Admin", more...) }
	const (
		header = "[profile dev]\nsso_session = prod\nsso_account_id = 1\nsso_role_name = Admin\n"
		one    = "\nmax_queue_size = 1"
		two    = "\naddressing_style = path\nmax_queue_size = 2"
	)
	indented := strings.ReplaceAll(header, "\nsso", "\n  sso")
	for name, test := range map[string]struct {
		base, now Section
		text      string
		options   Options
		want      string
		result    Result
	}{
		"new, before a further key": {
			base: profile("tcp_keepalive", "true"), now: profile("s3", two, "tcp_keepalive", "true"),
			text:   header + "tcp_keepalive = true\n",
			want:   header + "s3 =\n  addressing_style = path\n  max_queue_size = 2\ntcp_keepalive = true\n",
			result: Result{Changed: []string{"dev"}},
		},
		"a new key behind a nested one": {
			base: profile("s3", one), now: profile("s3", one, "tcp_keepalive", "true"),
			text:   header + "s3 =\n  max_queue_size = 1\n# the end\n",
			want:   header + "s3 =\n  max_queue_size = 1\ntcp_keepalive = true\n# the end\n",
			result: Result{Changed: []string{"dev"}},
		},
		"a new nested one behind a nested one": {
			base: profile("s3", one), now: profile("s3", one, "s3api", two),
			text:   header + "s3 =\n  max_queue_size = 1\n",
			want:   header + "s3 =\n  max_queue_size = 1\ns3api =\n  addressing_style = path\n  max_queue_size = 2\n",
			result: Result{Changed: []string{"dev"}},
		},
		"in the person's spelling": {
			base: profile("s3", one), now: profile("s3", one),
			text:   header + "s3=\n\t# mine\n\tmax_queue_size=1\n",
			want:   header + "s3=\n\t# mine\n\tmax_queue_size=1\n",
			result: Result{Unchanged: []string{"dev"}},
		},
		"ours change, the person's stays": {
			base: profile("s3", one), now: profile("s3", two),
			text:   header + "s3 =\n    max_queue_size = 1 # slow\n    # mine\n    use_dualstack_endpoint = true\n",
			want:   header + "s3 =\n    addressing_style = path\n    max_queue_size = 2 # slow\n    # mine\n    use_dualstack_endpoint = true\n",
			result: Result{Changed: []string{"dev"}},
		},
		"so they do without a base": {
			now:    profile("s3", two),
			text:   header + "s3 =\n  max_queue_size = 1\n  use_dualstack_endpoint = true\n",
			want:   header + "s3 =\n  addressing_style = path\n  max_queue_size = 2\n  use_dualstack_endpoint = true\n",
			result: Result{Changed: []string{"dev"}},
		},
		"a value in it that both changed": {
			base: profile("s3", one), now: profile("s3", two),
			text: header + "s3 =\n  max_queue_size = 3\n",
			want: header + "s3 =\n  addressing_style = path\n  max_queue_size = 3\n",
			result: Result{Changed: []string{"dev"}, Conflicts: []Difference{
				{"dev", "s3.max_queue_size", "2", "3"},
			}},
		},
		"a key in it that we write no more": {
			base: profile("s3", two), now: profile("s3", one),
			text:   header + "s3 =\n  addressing_style = path\n  max_queue_size = 2\n  mine = 1\n",
			want:   header + "s3 =\n  max_queue_size = 1\n  mine = 1\n",
			result: Result{Changed: []string{"dev"}},
		},
		"written no more": {
			base: profile("s3", two), now: profile(),
			text:   header + "s3 =\n  addressing_style = path\n  # mine\n  max_queue_size = 2\nmine = 1\n",
			want:   header + "  # mine\nmine = 1\n",
			result: Result{Changed: []string{"dev"}},
		},
		"written no more, but the person added to it": {
			base: profile("s3", one), now: profile(),
			text:   header + "s3 =\n  max_queue_size = 1\n  mine = 1\n",
			want:   header + "s3 =\n  max_queue_size = 1\n  mine = 1\n",
			result: Result{Unchanged: []string{"dev"}, Theirs: []Difference{{"dev", "s3", "", "\nmax_queue_size = 1\nmine = 1"}}},
		},
		"to a plain value": {
			base: profile("s3", two), now: profile("s3", "x"),
			text:   header + "s3 =\n  addressing_style = path # why\n  max_queue_size = 2\nmine = 1\n",
			want:   header + "s3 = x\n# why\nmine = 1\n",
			result: Result{Changed: []string{"dev"}},
		},
		"from a plain value": {
			base: profile("s3", "x"), now: profile("s3", one),
			text:   header + "s3 = x # why\nmine = 1\n",
			want:   header + "s3 =\n  max_queue_size = 1\n# why\nmine = 1\n",
			result: Result{Changed: []string{"dev"}},
		},
		"empty, new": {
			base: profile(), now: profile("cli_pager", ""),
			text:   header,
			want:   header + "cli_pager =\n",
			result: Result{Changed: []string{"dev"}},
		},
		"empty, with a comment": {
			base: profile("cli_pager", "less"), now: profile("cli_pager", ""),
			text:   header + "cli_pager = less # why\n",
			want:   header + "cli_pager =\n# why\n",
			result: Result{Changed: []string{"dev"}},
		},
		"no longer empty": {
			base: profile("cli_pager", ""), now: profile("cli_pager", "less"),
			text:   header + "cli_pager =\nmine = 1\n",
			want:   header + "cli_pager = less\nmine = 1\n",
			result: Result{Changed: []string{"dev"}},
		},
		"empty, but the person fills it": {
			base: profile("cli_pager", ""), now: profile("cli_pager", ""),
			text:   header + "cli_pager = less\n",
			want:   header + "cli_pager = less\n",
			result: Result{Unchanged: []string{"dev"}, Theirs: []Difference{{"dev", "cli_pager", "", "less"}}},
		},
		"from empty to nested": {
			base: profile("s3", ""), now: profile("s3", one),
			text:   header + "s3 =\nmine = 1\n",
			want:   header + "s3 =\n  max_queue_size = 1\nmine = 1\n",
			result: Result{Changed: []string{"dev"}},
		},
		"in an indented section, not above its keys": {
			base: profile("output", "json"), now: profile("cli_pager", "", "output", "json", "s3", one, "z", "1"),
			text:   indented + "  output = json\n  mine = 1\n",
			want:   indented + "  output = json\n  z = 1\n  mine = 1\ncli_pager =\ns3 =\n  max_queue_size = 1\n",
			result: Result{Changed: []string{"dev"}},
		},
		"in an indented section, not below one of theirs": {
			base: profile("z", "1"), now: profile("y", "1", "z", "1"),
			text:   indented + "  mine =\n    a = b\n",
			want:   indented + "  y = 1\n  mine =\n    a = b\n",
			result: Result{Changed: []string{"dev"}, Theirs: []Difference{{"dev", "z", "1", ""}}},
		},
		"in an indented section, a plain value": {
			base: profile("s3", "x", "z", "1"), now: profile("s3", one, "z", "1"),
			text:   indented + "  s3 = x\n  z = 1\n",
			want:   indented + "  z = 1\ns3 =\n  max_queue_size = 1\n",
			result: Result{Changed: []string{"dev"}},
		},
	} {
		for _, eol := range []string{"\n", "\r\n"} {
			t.Run(name+strings.ReplaceAll(eol, "\n", ""), func(t *testing.T) {
				if test.base.Keys != nil {
					test.options.Base = []Section{test.base}
				}
				in := func(text string) string { return strings.ReplaceAll(inBlock(text), "\n", eol) }
				mergesTwice(t, in(test.text), []Section{test.now}, test.options, in(test.want), test.result)
				if faults := NewFaults([]byte(in(test.text)), []byte(in(test.want))); len(faults) > 0 {
					t.Error(faults)
				}
			})
		}
	}
}

// A base is kept in a file of its own and means the same when it comes back.
func TestHistoryKeepsNestedAndEmptyValues(t *testing.T) {
	sections := []Section{
		prodSession(), ssoProfile("dev", "1", "Admin", "cli_pager", "", "s3", "\na = 1\nb = x = y"), ssoProfile("default", "1", "Admin"),
	}
	sections[2].Alias = true
	dir := t.TempDir()
	h := NewHistory(dir+"/state", dir+"/config")
	now := Contents{[]byte("x"), true}
	if err := h.Record(Contents{}, "prod", sections, now.Bytes); err != nil {
		t.Fatal(err)
	}
	base, err := h.Base("prod", now)
	if diff := cmp.Diff(sections, base); err != nil || diff != "" {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
}
