package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"aws-sso-config-generator/internal/inventory"
	"aws-sso-config-generator/internal/settings"
	"aws-sso-config-generator/internal/terminal"
)

// settable are the flags that have a key in the settings, in the order in which they
// are shown.
var settable = []struct{ flag, key string }{
	{"sso-session-name", "name"},
	{"start-url", "start_url"},
	{"sso-region", "sso_region"},
	{"keep-signed-in", "keep_signed_in"},
	{"device-code", "device_code"},
	{"callback-port", "callback_port"},
	{"out", "out"},
	{"layout", "layout"},
	{"profile-name", "profile_name"},
	{"region", "defaults.region"},
	{"output", "defaults.output"},
}

func (a *app) settingsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "settings",
		Short: "Show the settings, where each comes from, and which there are",
		Example: `  aws-sso-config-generator settings show
  aws-sso-config-generator settings show --origin --session acme`,
		Args: a.noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.settingsShowCommand(), a.settingsSchemaCommand())
	return cmd
}

func (a *app) settingsShowCommand() *cobra.Command {
	o := generateOptions{discoveryTimeout: inventory.DefaultTimeout} // for check; nothing is discovered
	var origin bool
	cmd := &cobra.Command{
		Use:   "show [flags]",
		Short: "Print what a run with the same flags would go by",
		Long: `Print the settings that a run with the same flags and variables would go by: session,
key, value, with tabs between them. With --origin, a fourth column says where each comes
from: a flag, a variable, a line of a file, or the default.`,
		Example: `  aws-sso-config-generator settings show
  aws-sso-config-generator settings show --origin --region eu-west-1`,
		Args: a.noArguments,
		RunE: job(func(context.Context) error { return a.showSettings(o, origin) }),
	}
	f := cmd.Flags()
	f.BoolVar(&origin, "origin", false, "say where each value comes from")
	o.where(f)
	o.profiles(f)
	o.how(f)
	o.keepFlag(f)
	completeProfiles(cmd)
	return cmd
}

func (a *app) settingsSchemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON schema of a settings file, with every key",
		Long: `Print the JSON schema of a settings file: every key, what it means, what it takes.
Editors complete the keys of a file whose first line names it:

  # yaml-language-server: $schema=` + settings.SchemaFile,
		Example: "  aws-sso-config-generator settings schema > " + settings.SchemaFile,
		Args:    a.noArguments,
		RunE: func(*cobra.Command, []string) error {
			_, err := a.Stdout.Write(settings.Schema)
			return err
		},
	}
}

// showSettings prints them, session by session.
func (a *app) showSettings(o generateOptions, origin bool) error {
	sessions, err := a.sessions(&o.signInOptions)
	if err != nil {
		return err
	}
	var b strings.Builder
	for _, s := range sessions {
		r := &run{app: a, generateOptions: o}
		r.take(a, s)
		if err := r.check(); err != nil {
			return err
		}
		if r.rules, err = r.profileRules(s); err != nil {
			return err
		}
		for _, v := range slices.Concat(a.values(s), r.elsewhere(s)) {
			line := []string{r.sessionName, v.key, v.text}
			if origin {
				line = append(line, v.origin)
			}
			for i := range line {
				line[i] = terminal.Printable(line[i])
			}
			b.WriteString(strings.Join(line, "\t") + "\n")
		}
	}
	_, err = fmt.Fprint(a.Stdout, b.String())
	return err
}

// elsewhere are values that are neither flags nor in the settings: where the portal is,
// by the config file, and other names, by the file of --template.
func (r *run) elsewhere(s settings.Session) (found []value) {
	t, err := r.findTarget(r.out)
	if err == nil {
		if file, err := t.load(); err == nil {
			known, _ := t.session(file, r.sessionName)
			for _, v := range []value{{"start_url", known.StartURL, t.path}, {"sso_region", known.Region, t.path}} {
				given := r.startURL
				if v.key == "sso_region" {
					given = r.ssoRegion
				}
				if given == "" && v.text != "" {
					found = append(found, v)
				}
			}
		}
	}
	add := func(key string, names, set map[string]string) {
		for _, name := range slices.Sorted(maps.Keys(names)) {
			if text, known := set[name]; !known || text != names[name] {
				found = append(found, value{key + "." + name, names[name], r.templateFile()})
			}
		}
	}
	add("accounts", r.rules.Renames.Accounts, s.Accounts)
	add("roles", r.rules.Renames.Roles, s.Roles)
	return found
}

// A value is one that a run goes by, and where it comes from.
type value struct{ key, text, origin string }

// values are those of a session: of the flags first, then what only a file can say.
func (a *app) values(s settings.Session) []value {
	var found []value
	filed := make(map[string]settings.Value)
	for _, v := range s.Values() {
		filed[v.Key] = v
	}
	for _, known := range settable {
		flag := a.flags.Lookup(known.flag)
		v, inFile := filed[known.key]
		switch {
		case a.given(known.flag):
			found = append(found, value{known.key, flag.Value.String(), a.named(known.flag)})
		case inFile:
			found = append(found, value{known.key, v.Text, fmt.Sprintf("%s:%d", v.File, v.Line)})
		case flag.DefValue != "" && flag.DefValue != "false" && flag.DefValue != "0":
			found = append(found, value{known.key, flag.DefValue, "default"})
		}
		delete(filed, known.key)
	}
	for _, v := range s.Values() {
		if _, left := filed[v.Key]; left {
			found = append(found, value{v.Key, v.Text, fmt.Sprintf("%s:%d", v.File, v.Line)})
		}
	}
	return found
}
