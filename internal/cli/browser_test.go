package cli_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"aws-sso-config-generator/internal/cli"
)

// Which program opens the address, on every system.
func TestWhichBrowserOpens(t *testing.T) {
	const (
		chrome  = "/mnt/c/Program Files/Google/Chrome/Application/chrome.exe"
		firefox = `C:\Program Files\Mozilla Firefox\firefox.exe`
		rundll  = "/mnt/c/Windows/System32/rundll32.exe"
		ssh     = "SSH_CONNECTION=198.51.100.7 50000 203.0.113.5 22"
	)
	for _, test := range []struct {
		system string
		env    string // variables, with | between
		path   string // programs in $PATH
		files  string // with | between
		want   string // words, with | between
	}{
		{"linux", "", "xdg-open", "", ""}, // no display, as in a container
		{"linux", "DISPLAY=:0", "xdg-open", "", "/bin/xdg-open|URL"},
		{"linux", "WAYLAND_DISPLAY=wayland-0", "xdg-open", "", "/bin/xdg-open|URL"},
		{"linux", "DISPLAY=:0", "", "", ""},
		{"linux", "DISPLAY=localhost:10.0|" + ssh, "xdg-open", "", "/bin/xdg-open|URL"}, // the person's X server
		{"linux", ssh, "xdg-open", "", ""},
		{"freebsd", "DISPLAY=:0", "xdg-open", "", "/bin/xdg-open|URL"},

		{"linux", "WSL_DISTRO_NAME=Ubuntu", "wslview rundll32.exe", rundll, "/bin/wslview|URL"},
		{"linux", "WSL_DISTRO_NAME=Ubuntu", "rundll32.exe", rundll, "/bin/rundll32.exe|url.dll,FileProtocolHandler|URL"},
		{"linux", "WSL_DISTRO_NAME=Ubuntu", "", rundll, rundll + "|url.dll,FileProtocolHandler|URL"},
		{"linux", "WSL_DISTRO_NAME=Ubuntu|DISPLAY=:0", "wslview xdg-open", rundll, "/bin/wslview|URL"},
		{"linux", "WSL_DISTRO_NAME=Ubuntu|DISPLAY=:0", "xdg-open", "", "/bin/xdg-open|URL"},
		{"linux", "WSL_DISTRO_NAME=Ubuntu|" + ssh, "wslview rundll32.exe", rundll, ""},

		{"darwin", "", "", "", "open|URL"},
		{"darwin", ssh, "", "", ""},
		{"darwin", "BROWSER=lynx|" + ssh, "lynx", "", "lynx|URL"},
		{"windows", "", "", "", "rundll32.exe|url.dll,FileProtocolHandler|URL"},
		{"windows", ssh, "", "", ""},
		{"windows", "BROWSER=" + firefox, "", firefox, firefox + "|URL"},
		{"windows", `BROWSER=C:\firefox.exe --new-tab %s`, "", `C:\firefox.exe`, `C:\firefox.exe|--new-tab|URL`},

		{"linux", "BROWSER=firefox", "firefox", "", "firefox|URL"},
		{"linux", "BROWSER=  |DISPLAY=:0", "xdg-open", "", "/bin/xdg-open|URL"},
		{"linux", "BROWSER=firefox --new-tab", "firefox", "", "firefox|--new-tab|URL"},
		{"linux", "BROWSER=firefox -P work --url=%s", "firefox", "", "firefox|-P|work|--url=URL"},
		{"linux", "BROWSER=chrome --addr=127.0.0.1:9222", "chrome", "", "chrome|--addr=127.0.0.1:9222|URL"},
		{"linux", "BROWSER=" + chrome, "", chrome, chrome + "|URL"},
		{"linux", "BROWSER=/home/ann/.vscode-server/bin/helpers/browser.sh|" + ssh, "", "/home/ann/.vscode-server/bin/helpers/browser.sh", "/home/ann/.vscode-server/bin/helpers/browser.sh|URL"},
		{"linux", "BROWSER=firefox:w3m %s:lynx", "w3m lynx", "", "w3m|URL"},
		{"linux", "BROWSER=::lynx", "lynx", "", "lynx|URL"},
		{"linux", "BROWSER=no-such-program", "", "", "no-such-program|URL"}, // cannot be started, which is said
		{"linux", "BROWSER=firefox; rm -rf ~", "firefox;", "", "firefox;|rm|-rf|~|URL"},
	} {
		getenv := func(name string) string {
			for variable := range strings.SplitSeq(test.env, "|") {
				if value, ok := strings.CutPrefix(variable, name+"="); ok {
					return value
				}
			}
			return ""
		}
		lookPath := func(name string) (string, error) {
			if slices.Contains(strings.Fields(test.path), name) {
				return "/bin/" + name, nil
			}
			return "", exec.ErrNotFound
		}
		exists := func(path string) bool { return slices.Contains(strings.Split(test.files, "|"), path) }
		if got := strings.Join(cli.Browser(test.system, getenv, lookPath, exists, "URL"), "|"); got != test.want {
			t.Errorf("%s with %q, programs %q, files %q: %q, want %q", test.system, test.env, test.path, test.files, got, test.want)
		}
	}
}

// The line for the person's own shell holds nothing that the environment made up.
func TestTheTunnelIsSafeToCopy(t *testing.T) {
	for _, test := range []struct {
		connection, user, logname string
		want                      string
	}{
		{"198.51.100.7 50000 203.0.113.5 22", "ann", "ann", "ssh -N -L 40121:127.0.0.1:40121 ann@203.0.113.5"},
		{"198.51.100.7 50000 203.0.113.5 2222", "", "ann.b-c_d1", "ssh -N -L 40121:127.0.0.1:40121 -p 2222 ann.b-c_d1@203.0.113.5"},
		{"2001:db8::7 50000 2001:db8:0::5 22", "ann", "", "ssh -N -L 40121:127.0.0.1:40121 ann@2001:db8::5"},
		{"::ffff:198.51.100.7 50000 ::ffff:203.0.113.5 22", "ann", "", "ssh -N -L 40121:127.0.0.1:40121 ann@203.0.113.5"},
		{"198.51.100.7 50000 203.0.113.5 22", "$(id)", "a b", "ssh -N -L 40121:127.0.0.1:40121 203.0.113.5"},
		{"198.51.100.7 50000 203.0.113.5 22", "-oProxyCommand=id", "ann\n", "ssh -N -L 40121:127.0.0.1:40121 203.0.113.5"},
		{"198.51.100.7 50000 203.0.113.5 22", strings.Repeat("a", 33), "", "ssh -N -L 40121:127.0.0.1:40121 203.0.113.5"},
		{"", "ann", "", ""},
		{"198.51.100.7 50000 203.0.113.5", "ann", "", ""},
		{"198.51.100.7 50000 203.0.113.5 22 22", "ann", "", ""},
		{"198.51.100.7 50000 $(id) 22", "ann", "", ""},
		{"198.51.100.7 50000 fe80::1%eth0 22", "ann", "", ""},
		{"198.51.100.7 50000 example.com 22", "ann", "", ""},
		{"198.51.100.7 50000 -oProxyCommand=id 22", "ann", "", ""},
		{"198.51.100.7 50000 203.0.113.5 22;id", "ann", "", ""},
		{"198.51.100.7 50000 203.0.113.5 0", "ann", "", ""},
		{"198.51.100.7 50000 203.0.113.5 65536", "ann", "", ""},
		{"198.51.100.7 50000 203.0.113.5 -1", "ann", "", ""},
		{"`id` 50000 203.0.113.5 22", "ann", "", ""},
		{"198.51.100.7 x 203.0.113.5 22", "ann", "", ""},
	} {
		env := map[string]string{"SSH_CONNECTION": test.connection, "USER": test.user, "LOGNAME": test.logname}
		if got := cli.SSHTunnel(func(name string) string { return env[name] }, 40121); got != test.want {
			t.Errorf("%q, %q, %q:\n%s\n%s wanted", test.connection, test.user, test.logname, got, test.want)
		}
	}
	if got := cli.SSHTunnel(func(string) string { return "198.51.100.7 50000 203.0.113.5 22" }, 0); got != "" {
		t.Errorf("without a port to come back to: %s", got)
	}
}
