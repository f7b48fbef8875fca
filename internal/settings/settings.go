// Package settings reads and writes the settings file: which sessions a person
// has, and how the profiles of each are to be made.
//
// It hides YAML, how a team's file and a person's own become one, and where each
// value came from.
//
// Its invariant: settings that were read can be used. Every name, glob, template,
// region and start URL in them was checked, and whatever is wrong is an [*Error]
// that shows the place.
package settings

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"aws-sso-config-generator/internal/atomicfile"
	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/profile"
)

// Settings of aws-sso-config-generator: the organizations that you sign in to, and
// how the profiles of each are made.
type Settings struct {
	// The sessions, one for each organization or identity. A run is for all of them,
	// or for those that --session names.
	Sessions []Session `yaml:"sessions,omitempty"`
}

// Session is one identity at one access portal, with the profiles that are made for it.
type Session struct {
	// Name of the [sso-session] and of the block in the AWS config file.
	Name string `yaml:"name" jsonschema:"minLength=1,pattern=^[A-Za-z0-9_.@+%:/][A-Za-z0-9_.@+%:/-]*$"`
	// The address of the access portal, such as https://acme.awsapps.com/start. Only a
	// session that changes the one of a team's file does without.
	StartURL string `yaml:"start_url,omitempty" jsonschema:"pattern=^https://[^@]+$"`
	// The region where the access portal lives, such as eu-west-1. It is found if it
	// is not given.
	SSORegion string `yaml:"sso_region,omitempty" jsonschema:"pattern=^[a-z]+(-[a-z]+)+-[1-9][0-9]?$"`
	// Whether the sign-in is renewed without a browser for as long as the service lets us.
	KeepSignedIn bool `yaml:"keep_signed_in,omitempty"`
	// Whether to sign in by comparing a code, on any device.
	DeviceCode bool `yaml:"device_code,omitempty"`
	// The port of this machine that the browser comes back to; 0 is any that is free.
	CallbackPort int `yaml:"callback_port,omitempty" jsonschema:"minimum=0,maximum=65535"`
	// The AWS config file to write: an absolute path, or one that begins with ~/.
	Out string `yaml:"out,omitempty" jsonschema:"pattern=^(~/.|/|[A-Za-z]:)"`
	// What kind of profiles: sso-session, or legacy for older tools.
	Layout profile.Layout `yaml:"layout,omitempty"`
	// The template that names profiles, such as
	// '{{ .AccountName | kebab }}-{{ .RoleName }}'. An empty one stands for the
	// default: account, dash, role.
	ProfileName string `yaml:"profile_name,omitempty"`
	// How long a profile that gets another name keeps the old one, too: days (30d),
	// weeks (4w), or hours (36h).
	KeepOldNames time.Duration `yaml:"keep_old_names,omitempty"`
	// Keys that every profile gets, such as region and output.
	Defaults []awsconfig.Key `yaml:"defaults,omitempty"`
	// Other names for accounts, by account id in quotes.
	Accounts map[string]string `yaml:"accounts,omitempty"`
	// Other names for roles, by role name. A role whose other name is empty does not
	// show in the names of profiles.
	Roles map[string]string `yaml:"roles,omitempty"`
	// Which roles get a profile: those that one of these matches. Without it all do.
	Include []Match `yaml:"include,omitempty"`
	// Which of those roles get none.
	Exclude []Match `yaml:"exclude,omitempty"`
	// What is different for the profiles of some roles. Where several say something
	// about the same key, the last one counts.
	Overrides []Override `yaml:"overrides,omitempty"`
	// The one role that is the profile [default], too.
	DefaultProfile *Match `yaml:"default_profile,omitempty"`
	// Profiles for roles that are assumed from one of the others.
	Chains []Chain `yaml:"chains,omitempty"`

	tree *node // that it was read from, or nil
}

// Match says which roles are meant, by globs without regard to case: *, ?, [a-z] and
// {one,other}.
type Match struct {
	// Compared with an account's id, name, other name and e-mail address.
	Account string `yaml:"account,omitempty" jsonschema:"minLength=1"`
	// Compared with a role's name and other name.
	Role string `yaml:"role,omitempty" jsonschema:"minLength=1"`
}

// Override is what is different for the profiles of some roles.
type Override struct {
	// Which roles.
	Match Match `yaml:"match"`
	// Keys that their profiles get, over those of defaults.
	Set []awsconfig.Key `yaml:"set,omitempty"`
	// The name of the profile. Only one role can have it.
	Name string `yaml:"name,omitempty" jsonschema:"pattern=^[A-Za-z0-9_.@+%:/][A-Za-z0-9_.@+%:/-]*$"`
}

// Chain is a profile for a role that is assumed from another profile (role_arn and
// source_profile).
type Chain struct {
	// The one role whose profile is the source.
	From Match `yaml:"from"`
	// The ARN of the role to assume.
	To string `yaml:"to" jsonschema:"pattern=^arn:aws(-[a-z]+)*:iam::[0-9]{12}:role/"`
	// The name of the profile.
	Name string `yaml:"name" jsonschema:"pattern=^[A-Za-z0-9_.@+%:/][A-Za-z0-9_.@+%:/-]*$"`
	// Keys that the profile gets, over those of defaults, such as external_id,
	// mfa_serial or duration_seconds.
	Set []awsconfig.Key `yaml:"set,omitempty"`
}

// Schema is the JSON schema of a settings file, by which editors complete it.
//
//go:embed schema.json
var Schema []byte

// SchemaFile is the name under which Schema is expected beside a settings file.
const SchemaFile = "config.schema.json"

// SchemaLine is the first line of a settings file, for editors.
const SchemaLine = "# yaml-language-server: $schema=" + SchemaFile + "\n"

// Parse reads a settings file. Errors say name for it.
func Parse(name string, data []byte) (Settings, error) {
	sessions, err := parse(name, data)
	if err != nil {
		return Settings{}, err
	}
	return decode(sessions, complete)
}

// parse reads a file and checks it, but for what another file may complete.
func parse(name string, data []byte) ([]*node, error) {
	root, err := read(name, data)
	if err != nil {
		return nil, err
	}
	return sessionsOf(root)
}

// TeamFile is where the settings of a team are, which the person's own at path go
// over: config.team.yaml beside config.yaml.
func TeamFile(path string) string {
	extension := filepath.Ext(path)
	return strings.TrimSuffix(path, extension) + ".team" + extension
}

// Load reads a person's settings file and the team's beside it (TeamFile). One that
// is not there says nothing.
//
// Sessions of one name become one: what the person's own says counts, key by key in
// defaults, accounts and roles. Own lists of what is excluded, overridden and
// chained come behind the team's; an own include takes its place.
func Load(path string) (Settings, error) {
	team, err := load(TeamFile(path))
	if err != nil {
		return Settings{}, err
	}
	return loadWith(path, team)
}

// LoadWith is Load for who would give the team's file another text. Errors say name
// for it.
func LoadWith(path, name string, team []byte) (Settings, error) {
	sessions, err := parse(name, team)
	if err != nil {
		return Settings{}, err
	}
	return loadWith(path, sessions)
}

func loadWith(path string, team []*node) (Settings, error) {
	own, err := load(path)
	if err != nil {
		return Settings{}, err
	}
	for _, sessions := range [][]*node{team, own} {
		if len(team) > 0 && len(own) > 0 { // each by itself, too: what is covered by the other may be wrong
			if _, err := decode(sessions, partial); err != nil {
				return Settings{}, err
			}
		}
	}
	if err := known(team, own); err != nil {
		return Settings{}, err
	}
	return decode(mergeSessions(team, own), complete)
}

// known refuses an own session that only changes one of the team's, which does not
// have it.
func known(team, own []*node) error {
	var names []string
	for _, session := range team {
		names = append(names, session.find("name").text)
	}
	for _, session := range own {
		name := session.find("name")
		if len(names) == 0 || session.find("start_url") != nil || slices.Contains(names, name.text) {
			continue
		}
		const most = 8
		there := strings.Join(names[:min(most, len(names))], ", ")
		if len(names) > most {
			there += fmt.Sprintf(" and %d more", len(names)-most)
		}
		if meant := Nearest(name.text, names); meant != "" {
			there += ": did you mean " + meant + "?"
		}
		return failure(name.at, "session %q has no start_url, and is none of those in %s, which are %s", name.text, team[0].at.in.name, there)
	}
	return nil
}

func load(path string) ([]*node, error) {
	data, err := readFile(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return parse(path, data)
}

// ErrOthersWrite says that anybody on this computer could change the settings.
var ErrOthersWrite = errors.New("everybody may write it")

// readFile reads a regular file, and no more of it than Parse takes.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
	case !info.Mode().IsRegular():
		err = fmt.Errorf("%s: %w", path, atomicfile.ErrNotRegular)
	case info.Mode().Perm()&0o002 != 0 && runtime.GOOS != "windows": // it says which programs the AWS CLI starts
		err = fmt.Errorf("%s: %w", path, ErrOthersWrite)
	}
	if err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(file, maxSize+1))
	return data, errors.Join(err, file.Close())
}

// Rules are the rules by which the session's profiles are planned. They fail only
// for a session that Parse would refuse.
func (s Session) Rules() (profile.Rules, error) {
	rules := profile.Rules{
		Session:      s.Name,
		Renames:      profile.Renames{Accounts: s.Accounts, Roles: s.Roles},
		Defaults:     s.Defaults,
		KeepOldNames: s.KeepOldNames,
	}
	var wrong error
	match := func(m Match) profile.Match {
		parsed, err := profile.ParseMatch(m.Account, m.Role)
		wrong = errors.Join(wrong, err)
		return parsed
	}
	for _, m := range s.Include {
		rules.Include = append(rules.Include, match(m))
	}
	for _, m := range s.Exclude {
		rules.Exclude = append(rules.Exclude, match(m))
	}
	for _, o := range s.Overrides {
		rules.Overrides = append(rules.Overrides, profile.Override{Match: match(o.Match), Set: o.Set, Name: o.Name})
	}
	for _, c := range s.Chains {
		rules.Chains = append(rules.Chains, profile.Chain{From: match(c.From), RoleARN: c.To, Name: c.Name, Set: c.Set})
	}
	if s.DefaultProfile != nil {
		rules.Default = new(match(*s.DefaultProfile))
	}
	if s.ProfileName != "" {
		var err error
		rules.NameTemplate, err = profile.ParseNameTemplate(s.ProfileName)
		wrong = errors.Join(wrong, err)
	}
	if wrong != nil {
		return profile.Rules{}, fmt.Errorf("settings of session %s: %w", s.Name, wrong)
	}
	return rules, nil
}
