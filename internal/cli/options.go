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
	"aws-sso-config-generator/internal/signin"
)

// outputFormats are those of the AWS CLI.
var outputFormats = []string{"json", "text", "table", "yaml", "yaml-stream", "off"}

func layoutNames() []string {
	var names []string
	for _, layout := range profile.Layouts() {
		names = append(names, string(layout))
	}
	return names
}

// signInOptions are the flags of whoever signs in.
type signInOptions struct {
	startURL, ssoRegion, sessionName    string
	layout                              string
	deviceCode, noBrowser, keepSignedIn bool
	callbackPort                        int
	timeout                             time.Duration
	debug                               bool
}

// defaultSession is what a session is called by who does not call it anything.
const defaultSession = "my-sso"

// where adds the flags that say which session.
func (o *signInOptions) where(f *pflag.FlagSet) {
	f.StringVarP(&o.startURL, "start-url", "u", "", "`URL` of your access portal, as in https://d-1234567890.awsapps.com/start")
	f.StringVar(&o.ssoRegion, "sso-region", "", "`REGION` where the access portal lives (default: found)")
	f.StringVar(&o.sessionName, "sso-session-name", defaultSession, "`NAME` of the [sso-session] and of our block in the file")
}

// how adds the flags that say how to sign in.
func (o *signInOptions) how(f *pflag.FlagSet) {
	f.BoolVar(&o.deviceCode, "device-code", false, "sign in by comparing a code, on any device")
	f.BoolVar(&o.noBrowser, "no-browser", false, "only print the address to open")
	f.IntVar(&o.callbackPort, "callback-port", 0, "`PORT` of this machine that your browser comes back to (default: any that is free)")
	f.DurationVar(&o.timeout, "timeout", signin.DefaultTimeout, "`DURATION` that the sign-in may take, such as 30m")
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
	complete(cmd, map[string][]string{"layout": layoutNames(), "start-url": nil, "sso-region": nil, "sso-session-name": nil})
}

func (o *signInOptions) debugFlag(f *pflag.FlagSet) {
	f.BoolVar(&o.debug, "debug", false, "log every request on standard error, without secrets")
}

// check finds what is wrong with the values of flags.
func (o *generateOptions) check() error {
	switch {
	case o.layout == "":
		return usagef("--layout: must not be empty")
	case o.output != "" && !slices.Contains(outputFormats, o.output):
		return usagef("--output %q: there are %s", o.output, strings.Join(outputFormats, ", "))
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

// nameRules reads how profiles are to be named.
func (a *app) nameRules(o generateOptions) (profile.Rules, error) {
	rules := profile.Rules{Session: o.sessionName}
	for _, key := range []awsconfig.Key{{Name: "region", Value: o.region}, {Name: "output", Value: o.output}} {
		if key.Value != "" {
			rules.Defaults = append(rules.Defaults, key)
		}
	}
	if o.profileName != "" {
		parsed, err := profile.ParseNameTemplate(o.profileName)
		if err != nil {
			return rules, usagef("%w: %w", errProfileName, err)
		}
		rules.NameTemplate = parsed
	}
	path := o.template
	if home, err := a.home(); path == "" && err == nil {
		path = filepath.Join(home, ".aws", "config.template.json")
	}
	data, err := os.ReadFile(path)
	if o.template == "" && (path == "" || errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)) {
		return rules, nil
	}
	if err != nil {
		return rules, usagef("--template: %w", err)
	}
	if rules.Renames, err = profile.ParseRenames(data); err != nil {
		return rules, usagef("%w: %s: %w", errRenames, path, err)
	}
	return rules, nil
}
