package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/identitycenter"
	"aws-sso-config-generator/internal/profile"
	"aws-sso-config-generator/internal/settings"
	"aws-sso-config-generator/internal/signin"
)

func layoutNames() []string {
	var names []string
	for _, layout := range profile.Layouts() {
		names = append(names, string(layout))
	}
	return names
}

// signInOptions are the flags of whoever signs in.
type signInOptions struct {
	settings                            string   // file
	sessions                            []string // that were picked
	startURL, ssoRegion, sessionName    string
	layout                              string
	deviceCode, noBrowser, keepSignedIn bool
	callbackPort                        int
	out                                 string // file with the profiles
	beside                              string // another session of the settings at the same access portal
	timeout                             time.Duration
	debug                               bool
}

// defaultSession is what a session is called by who does not call it anything.
const defaultSession = "my-sso"

// where adds the flags that say which session.
func (o *signInOptions) where(f *pflag.FlagSet) {
	f.StringSliceVarP(&o.sessions, "session", "s", nil, "`NAME` of a session of your settings (default: all of them); can be given more than once")
	o.settingsFlag(f)
	f.StringVarP(&o.startURL, "start-url", "u", "", "`URL` of your access portal, as in https://d-1234567890.awsapps.com/start")
	f.StringVar(&o.ssoRegion, "sso-region", "", "`REGION` where the access portal lives (default: found)")
	f.StringVar(&o.sessionName, "sso-session-name", defaultSession, "`NAME` of the [sso-session] and of our block in the file")
}

// settingsFlag adds the flag that names the settings file.
func (o *signInOptions) settingsFlag(f *pflag.FlagSet) {
	f.StringVar(&o.settings, "settings", "", "`FILE` with your settings (default config.yaml in "+settingsPlace.words()+")")
}

// how adds the flags that say how to sign in.
func (o *signInOptions) how(f *pflag.FlagSet) {
	f.BoolVar(&o.deviceCode, "device-code", false, "sign in by comparing a code, on any device")
	f.BoolVar(&o.noBrowser, "no-browser", false, "only print the address to open")
	f.IntVar(&o.callbackPort, "callback-port", 0, "`PORT` of this machine that your browser comes back to (default: any that is free)")
	f.DurationVar(&o.timeout, "timeout", signin.DefaultTimeout, "`DURATION` that the sign-in may take, such as 30m")
}

// profiles adds the flags that say how profiles are to be, and where.
func (o *generateOptions) profiles(f *pflag.FlagSet) {
	f.StringVarP(&o.region, "region", "r", "", "`REGION` of your own resources, written to every profile")
	f.StringVar(&o.output, "output", "", "`FORMAT` of the AWS CLI's output, written to every profile: "+strings.Join(settings.OutputFormats(), ", "))
	f.StringVarP(&o.template, "template", "t", "", "`FILE` with other names for accounts and roles in JSON (default ~/.aws/config.template.json, if it exists)")
	f.StringVar(&o.profileName, "profile-name", "", "`TEMPLATE` of a profile's name, over AccountID, AccountName, Email, RoleName, Session, Region")
	o.layoutFlag(f, profile.LayoutSSOSession)
	f.StringVarP(&o.out, "out", "o", "", "`FILE` to write, - for standard output (default $AWS_CONFIG_FILE or ~/.aws/config)")
}

// completeProfiles says what shells offer as the values of these flags, and of those
// of a sign-in.
func completeProfiles(cmd *cobra.Command) {
	completeSignIn(cmd)
	complete(cmd, map[string][]string{"output": settings.OutputFormats(), "region": nil, "profile-name": nil, "timeout": nil, "callback-port": nil})
}

// keepFlag adds the flag that asks for a session that lasts.
func (o *signInOptions) keepFlag(f *pflag.FlagSet) {
	f.BoolVar(&o.keepSignedIn, "keep-signed-in", false, "ask for a session that is refreshed without you, until the service ends it")
}

// layoutFlag adds the flag that says what kind of profiles the session is for.
func (o *signInOptions) layoutFlag(f *pflag.FlagSet, fallback profile.Layout) {
	usage := "`LAYOUT` of the profiles: sso-session, or legacy for older tools"
	if fallback == "" {
		usage += " (default what the file has)"
	}
	f.StringVar(&o.layout, "layout", string(fallback), usage)
}

// completeSignIn says what shells offer as the values of these flags.
func completeSignIn(cmd *cobra.Command) {
	complete(cmd, map[string][]string{"layout": layoutNames(), "start-url": nil, "sso-region": nil, "sso-session-name": nil, "session": nil})
}

func (o *signInOptions) debugFlag(f *pflag.FlagSet) {
	f.BoolVar(&o.debug, "debug", false, "log every request on standard error, without secrets")
}

// check finds what is wrong with the values of flags.
func (o *generateOptions) check() error {
	switch {
	case o.layout == "":
		return usagef("--layout: must not be empty")
	case o.output != "" && !slices.Contains(settings.OutputFormats(), o.output):
		return usagef("--output %q: there are %s", o.output, strings.Join(settings.OutputFormats(), ", "))
	case o.discoveryTimeout <= 0:
		return usagef("--discovery-timeout %v: must be more than nothing", o.discoveryTimeout)
	case o.maxAge < 0:
		return usagef("--max-age %v: must not be negative", o.maxAge)
	case o.shows() && o.out == "-":
		return usagef("--dry-run and --check say what would change in a file: give them without --out -")
	case o.reportTo == "-" && (o.out == "-" || o.shows()):
		return usagef("--report - and --out -: standard output is one place, not two")
	}
	if o.region != "" {
		if err := identitycenter.CheckRegion(o.region); err != nil {
			return usagef("--region: %w", err)
		}
	}
	return o.signInOptions.check()
}

// check finds what is wrong with the flags of a sign-in.
func (o *signInOptions) check() error {
	if err := awsconfig.CheckName(o.sessionName); err != nil {
		return usagef("--sso-session-name %q: %w", o.sessionName, err)
	}
	switch {
	case o.layout != "" && !slices.Contains(layoutNames(), o.layout):
		return usagef("--layout %q: there are %s", o.layout, strings.Join(layoutNames(), " and "))
	case o.timeout <= 0:
		return usagef("--timeout %v: must be more than nothing", o.timeout)
	case o.callbackPort < 0, o.callbackPort > 65535:
		return usagef("--callback-port %d: ports go from 1 to 65535", o.callbackPort)
	}
	return checkPortal(o.startURL, o.ssoRegion)
}

// shows says that nothing is to be written, only shown.
func (o *generateOptions) shows() bool { return o.dryRun || o.checkOnly }

// shows says the same of a run that has not asked yet, too.
func (r *run) shows() bool { return r.previews || r.generateOptions.shows() }

// checkPortal checks what is given of the access portal's whereabouts.
func checkPortal(startURL, ssoRegion string) error {
	if startURL != "" {
		if err := identitycenter.CheckStartURL(startURL); err != nil {
			return usage(err)
		}
	}
	if ssoRegion != "" {
		if err := identitycenter.CheckRegion(ssoRegion); err != nil {
			return usagef("SSO %w", err)
		}
	}
	return nil
}

// What the person chose as names, in the words of the messages about it.
var (
	errProfileName = errors.New("--profile-name")
	errRenames     = errors.New("names for accounts and roles")
)

// profileRules says which profiles are made and how they are named: by the settings of
// a session, and by what was given in their place.
func (r *run) profileRules(s settings.Session) (profile.Rules, error) {
	rules, err := s.Rules()
	if err != nil {
		return rules, usagef("%w: %w", errSettings, err)
	}
	rules.Session = r.sessionName
	rules.Defaults = with(with(rules.Defaults, "region", r.region), "output", r.output)
	if r.profileName != "" {
		parsed, err := profile.ParseNameTemplate(r.profileName)
		if err != nil {
			return rules, usagef("%w: %w", errProfileName, err)
		}
		rules.NameTemplate = parsed
	}
	renames, err := r.renames()
	if r.template == "" { // the file that is there anyway says less than the settings
		rules.Renames = rules.Renames.Over(renames)
	} else {
		rules.Renames = renames.Over(rules.Renames)
	}
	return rules, err
}

// with is keys with another value for one of them, unless that is "".
func with(keys []awsconfig.Key, name, value string) []awsconfig.Key {
	if value == "" {
		return keys
	}
	keys = slices.DeleteFunc(slices.Clone(keys), func(key awsconfig.Key) bool { return key.Name == name })
	at := 0
	if name == "output" && len(keys) > 0 && keys[0].Name == "region" {
		at = 1
	}
	return slices.Insert(keys, at, awsconfig.Key{Name: name, Value: value})
}

// templateFile is the file with other names for accounts and roles, "" if there is no
// place for one.
func (r *run) templateFile() string {
	if home, err := r.home(); r.template == "" && err == nil {
		return filepath.Join(home, ".aws", "config.template.json")
	}
	return r.template
}

// renames reads the file of --template.
func (r *run) renames() (profile.Renames, error) {
	path := r.templateFile()
	data, err := os.ReadFile(path)
	if r.template == "" && (path == "" || errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)) {
		return profile.Renames{}, nil
	}
	if err != nil {
		return profile.Renames{}, usagef("--template: %w", err)
	}
	renames, err := profile.ParseRenames(data)
	if err != nil {
		return renames, usagef("%w: %s: %w", errRenames, path, err)
	}
	return renames, nil
}
