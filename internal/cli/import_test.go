package cli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/cli"
	"aws-sso-config-generator/internal/inventory"
	"aws-sso-config-generator/internal/profile"
	"aws-sso-config-generator/internal/settings"
)

func organizationOf(accounts ...string) (found inventory.Inventory) {
	for i, name := range accounts {
		var a inventory.Account
		a.ID, a.Name, a.Roles = fmt.Sprintf("%012d", i+1), name, []string{"Admin", "ReadOnlyAccess"}
		found.Accounts = append(found.Accounts, a)
	}
	return found
}

// A written is a profile as somebody or some tool writes it.
type written struct {
	name, session, account, role string
	tool                         int
	keys                         []awsconfig.Key
	comment                      string
}

func (w written) String() string {
	header := w.name
	if strings.Contains(header, " ") {
		header = `"` + header + `"`
	}
	const portal = "https://acme.awsapps.com/start"
	var b strings.Builder
	if w.comment != "" {
		fmt.Fprintf(&b, "# %s above\n", w.comment)
	}
	if w.name == "default" {
		b.WriteString("[default]\n")
	} else {
		fmt.Fprintf(&b, "[profile %s]\n", header)
	}
	switch w.tool {
	case 0:
		fmt.Fprintf(&b, "sso_session = %s\nsso_account_id = %s\nsso_role_name = %s\n", w.session, w.account, w.role)
	case 1:
		fmt.Fprintf(&b, "sso_start_url = %s/\nsso_region = eu-west-1\nsso_account_id = %s\nsso_role_name = %s\n", portal, w.account, w.role)
	case 2:
		fmt.Fprintf(&b, "granted_sso_start_url = %s\ngranted_sso_region = eu-west-1\ngranted_sso_account_id = %s\ngranted_sso_role_name = %s\ncredential_process = granted credential-process --profile '%s'\n", portal, w.account, w.role, w.name)
	case 3:
		fmt.Fprintf(&b, "credential_process = aws-sso -S Default process --arn arn:aws:iam::%s:role/%s\n", w.account, w.role)
	}
	if w.comment != "" {
		fmt.Fprintf(&b, "# %s inside\n", w.comment)
	}
	for _, key := range w.keys {
		fmt.Fprintf(&b, "%s =%s\n", key.Name, strings.ReplaceAll(" "+key.Value, " \n", "\n  "))
	}
	return b.String()
}

// Whatever profiles somebody has, in whatever form: after the import each name that
// every reader takes is there, for the same role, with the same keys and comments, and
// there is nothing new that makes a reader stumble. The next run changes nothing.
func TestImportLosesNothing(t *testing.T) {
	newHome := t.TempDir
	found := organizationOf("dev", "prod", "Data Platform", "dev")
	found.Accounts[1].Roles = append(found.Accounts[1].Roles, "ADMIN") // which no glob tells from the other
	rapid.Check(t, func(t *rapid.T) {
		session := rapid.SampledFrom([]string{"acme", "admin", "gone"})
		name := rapid.OneOf(rapid.SampledFrom([]string{
			"dev-Admin", "prod-Admin", "Admin-000000000001", "Admin-000000000002", "dev/Admin", "000000000002:Admin", "my dev", "default",
			"prod.Admin", "Data-Platform.Admin", "work", "dev-000000000001-Admin", "acme-dev-Admin", "admin-prod-Admin", "Data Platform.Admin",
		}), rapid.StringMatching(`[A-Za-z0-9_.@+%:/]{1,4}`).Filter(func(s string) bool { return s != "__proto__" }))
		profiles := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) written {
			w := written{
				name: name.Draw(t, "name"), session: session.Draw(t, "session"), tool: rapid.IntRange(0, 3).Draw(t, "tool"),
				account: fmt.Sprintf("%012d", rapid.IntRange(1, 5).Draw(t, "account")), role: rapid.SampledFrom([]string{"Admin", "Admin", "ReadOnlyAccess", "ReadOnlyAccess", "ADMIN", "Gone"}).Draw(t, "role"),
			}
			if value := rapid.SampledFrom([]string{"", "eu-west-1", "eu-west-1", "us-east-1", "nowhere"}).Draw(t, "region"); value != "" {
				w.keys = append(w.keys, awsconfig.Key{Name: "region", Value: value})
			}
			if value := rapid.SampledFrom([]string{"", "json", "json", "text", "strange"}).Draw(t, "output"); value != "" {
				w.keys = append(w.keys, awsconfig.Key{Name: "output", Value: value})
			}
			if rapid.Bool().Draw(t, "more") {
				w.keys = append(w.keys, awsconfig.Key{Name: "s3", Value: "\nmax_queue_size = 1"}, awsconfig.Key{Name: "cli_pager", Value: ""})
			}
			if rapid.Bool().Draw(t, "comment") {
				w.comment = "of " + w.name
			}
			return w
		}), 0, 8, func(w written) string { return w.name }).Draw(t, "profiles")
		home := newHome()
		before := rapid.SampledFrom([]string{"", "# top\n[default]\nregion = x\n\n"}).Draw(t, "top")
		for _, name := range []string{"acme", "admin"} {
			before += "[sso-session " + name + "]\nsso_start_url = https://acme.awsapps.com/start\nsso_region = eu-west-1\n\n"
		}
		for _, w := range profiles {
			before += w.String() + rapid.SampledFrom([]string{"", "\n", "\n# alone\n\n"}).Draw(t, "below")
		}
		if rapid.Bool().Draw(t, "block") {
			ours := written{name: "ours.x", session: "acme", account: "000000000003", role: "Admin", keys: []awsconfig.Key{{Name: "region", Value: "us-west-2"}}}
			before += "# BEGIN aws-sso-config-generator acme (generated; keys and comments that you add stay)\n" + ours.String() + "# END aws-sso-config-generator acme\n"
			others := written{name: "acme-dev-ReadOnlyAccess", session: "other", account: "000000000009", role: "Admin"}
			before += "# BEGIN aws-sso-config-generator other (generated; keys and comments that you add stay)\n" + others.String() + "# END aws-sso-config-generator other\n"
		}
		write(t, filepath.Join(home, ".aws", "config"), before)
		write(t, filepath.Join(home, ".aws-sso", "config.yaml"), "SSOConfig: {Default: {StartUrl: https://acme.awsapps.com/start, SSORegion: eu-west-1}}\n")
		absent := rapid.SampledFrom([]string{"", "", "acme", "admin"}).Draw(t, "absent")
		signedIn := func(session string) bool { return session != absent }
		said, err := cli.Import(home, found, signedIn)
		if err != nil {
			t.Fatal(err)
		}
		after := read(t, filepath.Join(home, ".aws", "config"))
		check := func(ok bool, what string, args ...any) {
			if !ok {
				t.Fatalf("%s\nbefore:\n%s\nafter:\n%s\nsaid:\n%s", fmt.Sprintf(what, args...), before, after, said)
			}
		}
		nothingIsLost(check, before, after)
		if strings.Contains(said, "Written to") {
			_, err = settings.Load(filepath.Join(home, ".config", "aws-sso-config-generator", "config.yaml"))
			check(err == nil, "the settings: %v", err)
			same, next, err := cli.Generate(home, found, signedIn)
			check(err == nil && same, "the next run: %v\n%s", err, next)
		}
	})
}

func nothingIsLost(check func(bool, string, ...any), before, after string) {
	now := awsconfig.Parse([]byte(after))
	for _, s := range awsconfig.Parse([]byte(before)).Sections() {
		if s.Kind != awsconfig.Profile {
			continue
		}
		name := s.Name
		if name != "default" && profile.CheckName(name) != nil {
			continue // another one; its keys are looked for below
		}
		there, found := now.Profile(name)
		check(found, "%s is gone", name)
		for _, key := range s.Keys {
			if leads := strings.Contains(key.Name, "sso_") || key.Name == "credential_process"; !leads {
				check(slices.Contains(there.Keys, key), "%s has no %s = %s any more", name, key.Name, key.Value)
			}
		}
		for _, key := range there.Keys {
			_, had := value(s, key.Name)
			check(had || strings.HasPrefix(key.Name, "sso_"), "%s has got %s = %s", name, key.Name, key.Value)
		}
		for _, key := range []string{"sso_account_id", "sso_role_name"} {
			was, had := value(s, key)
			is, has := value(there, key)
			check(!had || !has || was == is, "%s is for another role", name)
		}
		if was, had := value(s, "sso_session"); had {
			is, _ := value(there, "sso_session")
			check(is == was, "%s is of session %s", name, is)
		}
	}
	for line := range strings.Lines(before) {
		if text := strings.TrimSpace(line); strings.HasPrefix(text, "#") || strings.HasPrefix(text, "s3") || strings.HasPrefix(text, "cli_pager") {
			check(strings.Count(after, text+"\n") >= strings.Count(before, text+"\n"), "%q is gone", text)
		}
	}
	added := awsconfig.NewFaults([]byte(before), []byte(after))
	check(len(added) == 0, "faults: %v", added)
}

func value(s awsconfig.Section, name string) (string, bool) {
	i := slices.IndexFunc(s.Keys, func(key awsconfig.Key) bool { return key.Name == name })
	if i < 0 {
		return "", false
	}
	return s.Keys[i].Value, true
}

type failer interface{ Fatal(args ...any) }

func write(t failer, path, text string) {
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if err == nil {
		err = os.WriteFile(path, []byte(text), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func read(t failer, path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
