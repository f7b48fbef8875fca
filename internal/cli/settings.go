package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"aws-sso-config-generator/internal/identitycenter"
	"aws-sso-config-generator/internal/settings"
)

// settingsFile is where the settings are.
func (a *app) settingsFile(o *signInOptions) (string, error) {
	if o.settings != "" {
		return o.settings, nil
	}
	directory, err := a.directory(settingsPlace)
	return filepath.Join(directory, "config.yaml"), err
}

// errSettings says that the settings are not what they should be.
var errSettings = errors.New("settings")

// loadSettings reads the settings; there may be none.
func (a *app) loadSettings(o *signInOptions) (settings.Settings, error) {
	path, err := a.settingsFile(o)
	if errors.Is(err, errNoHome) {
		return settings.Settings{}, nil
	}
	if _, err := os.Stat(path); err != nil && o.settings != "" {
		return settings.Settings{}, usagef("%w: there is no %s", errSettings, path)
	}
	loaded, err := settings.Load(path)
	if err != nil {
		return loaded, usagef("%w: %w", errSettings, err)
	}
	other := strings.TrimSuffix(path, ".yaml") + ".yml"
	if _, err := os.Stat(other); err == nil && other != path && len(loaded.Sessions) == 0 {
		a.Warn("%s is not read: settings are in %s", other, path)
	}
	a.settings = loaded
	return loaded, nil
}

// session finds the one of a name.
func session(all settings.Settings, name string) (settings.Session, bool) {
	i := slices.IndexFunc(all.Sessions, func(s settings.Session) bool { return s.Name == name })
	if i < 0 {
		return settings.Session{}, false
	}
	return all.Sessions[i], true
}

// sessions is those of the settings that the command is for: those that were picked,
// else all; else one of which the settings know nothing.
func (a *app) sessions(o *signInOptions) ([]settings.Session, error) {
	all, err := a.loadSettings(o)
	if err != nil {
		return nil, err
	}
	picked := o.sessions
	if a.given("session") && len(picked) == 0 {
		return nil, usagef("%s: must not be empty", a.named("session"))
	}
	if len(picked) == 0 && a.given("sso-session-name") {
		if _, known := session(all, o.sessionName); !known {
			return []settings.Session{{}}, nil
		}
		picked = []string{o.sessionName}
	}
	found := all.Sessions
	if len(picked) > 0 {
		found = nil
	}
	for i, name := range picked {
		if slices.Contains(picked[:i], name) {
			continue
		}
		s, known := session(all, name)
		if !known {
			return nil, a.unknownSession(o, all, name)
		}
		found = append(found, s)
	}
	if len(found) == 0 {
		return []settings.Session{{}}, nil
	}
	return found, a.oneOf(found)
}

// oneOf refuses what can be said of one session alone where there are several.
func (a *app) oneOf(found []settings.Session) error {
	for _, flag := range []string{"start-url", "sso-region", "sso-session-name"} {
		if len(found) > 1 && a.given(flag) {
			return usagef("%s: %w", a.named(flag), &severalError{found})
		}
	}
	return nil
}

// named is a flag as the person gave it.
func (a *app) named(flag string) string {
	if a.variables[flag] {
		return variable(flag)
	}
	return "--" + flag
}

// A severalError says that one session is meant, and which ones there are.
type severalError struct{ sessions []settings.Session }

func (e *severalError) Error() string {
	return fmt.Sprintf("the settings have %d sessions, and it is for one", len(e.sessions))
}

// names of the sessions.
func names(sessions []settings.Session) []string {
	var names []string
	for _, s := range sessions {
		names = append(names, s.Name)
	}
	return names
}

var errUnknownSession = errors.New("there is no such session in the settings")

func (a *app) unknownSession(o *signInOptions, all settings.Settings, name string) error {
	path, _ := a.settingsFile(o)
	if len(all.Sessions) == 0 {
		return usagef("--session %s: %w: %s has none", name, errUnknownSession, path)
	}
	return usagef("--session %s: %w: %s has %s", name, errUnknownSession, path, strings.Join(names(all.Sessions), ", "))
}

// take takes from a session's settings what was not given.
func (o *signInOptions) take(a *app, s settings.Session) {
	unlessGiven(a, "sso-session-name", &o.sessionName, s.Name)
	unlessGiven(a, "start-url", &o.startURL, s.StartURL)
	unlessGiven(a, "sso-region", &o.ssoRegion, s.SSORegion)
	unlessGiven(a, "layout", &o.layout, string(s.Layout))
	unlessGiven(a, "keep-signed-in", &o.keepSignedIn, s.KeepSignedIn)
	unlessGiven(a, "device-code", &o.deviceCode, s.DeviceCode)
	unlessGiven(a, "callback-port", &o.callbackPort, s.CallbackPort)
	unlessGiven(a, "out", &o.out, a.expanded(s.Out))
	for _, other := range a.settings.Sessions {
		if s.Name != "" && other.Name != s.Name && identitycenter.SameStartURL(other.StartURL, s.StartURL) {
			o.beside = other.Name
		}
	}
}

// expanded is a path of the settings with the home directory for its ~.
func (a *app) expanded(path string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		if home, err := a.home(); err == nil {
			return filepath.Join(home, rest)
		}
	}
	return path
}

// unlessGiven sets an option to what the settings say, unless they say nothing.
func unlessGiven[T comparable](a *app, flag string, to *T, value T) {
	var nothing T
	if value != nothing && !a.given(flag) {
		*to = value
	}
}
