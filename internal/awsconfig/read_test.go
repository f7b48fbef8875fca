package awsconfig

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// odd are files that have made one parser or another stumble.
var odd = []string{
	"",
	"\n",
	"\r",
	"\ufeff",
	"\ufeff[default]\nregion = a\n",
	"[default]\r\nregion = a\r\n",
	"[default]\nregion = a\r\noutput = b\n",
	"[default]\rregion = a\r",
	"[default]\nregion = a",
	"[profile dev]\n\tregion\t=\ta\t\n",
	"[profile dev]\ns3 =\n  max_queue_size = 1\n\n  # c\n  addressing_style = path\nregion = a\n",
	"[profile dev]\nregion = a\n  b\n\n  c\n",
	"[profile dev]\nregion = a\n[profile dev]\nregion = b\n",
	"[profile dev]\nregion = a\nregion = b\n",
	"[profile dev]\nregion = a # b ; c\ncolor=#fff;x\n",
	"[profile dev\n]\n[]\n[[x]]\n= a\n:\n",
	"junk\nregion = a\n",
	"# caf\xe9\n[profile dev]\n",
	"a\x00b\n",
	"\u2028[profile dev]\u0085",
	begin + devA + end,
	"[default]\n\n" + begin + devA + end + "# x\n",
	"\ufeff" + begin + end,
	"# a\r\n\r\n" + begin + devA + end + "# b\r\n",
	begin + devA,
	end,
}

func TestParseKeepsEveryByte(t *testing.T) {
	for _, text := range odd {
		if got := string(Parse([]byte(text)).Bytes()); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

func TestLookup(t *testing.T) {
	text := "\ufeff" + `[default]
Region = eu-west-1
[profile dev]
  indented = 1
  REGION : a # comment
; comment
s3 =
  nested = 1
	# comment

  nested_too = 2
after = "quoted"
continued = a
  b = c
single='x y' ; comment
url = https://x/start/#/
no value
= no name
empty = # comment
mixed = "a'
lone = "
[ SSO-Session  "my corp" ] ; comment
a=1
[unknown]
a = 2
# BEGIN aws-sso-config-generator prod
[profile dev]
region = b
last = x
# END aws-sso-config-generator prod
behind = y
[profile bare]`
	f := Parse([]byte(text))
	for _, want := range []Section{
		{Kind: Profile, Name: "default", Keys: []Key{{"region", "eu-west-1"}}},
		{Kind: Profile, Name: "dev", Keys: []Key{
			{"indented", "1"},
			{"region", "b"},
			{"s3", ""},
			{"after", "quoted"},
			{"continued", "a"},
			{"single", "x y"},
			{"url", "https://x/start/#/"},
			{"empty", ""},
			{"mixed", `"a'`},
			{"lone", `"`},
			{"last", "x"},
			{"behind", "y"},
		}},
		{Kind: SSOSession, Name: "my corp", Keys: []Key{{"a", "1"}}},
		{Kind: Profile, Name: "bare", Keys: nil},
	} {
		got, ok := f.lookup(want.Kind, want.Name, block{})
		if diff := cmp.Diff(want, got); !ok || diff != "" {
			t.Errorf("%s %s: found %v, -want +got:\n%s", want.Kind, want.Name, ok, diff)
		}
	}
	for _, absent := range [][2]string{{Profile, "Dev"}, {Profile, "unknown"}, {SSOSession, "dev"}, {Profile, ""}, {"", "unknown"}} {
		if got, ok := f.lookup(absent[0], absent[1], block{}); ok {
			t.Errorf("%q found: %v", absent, got)
		}
	}
}
