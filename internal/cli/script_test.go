package cli_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"aws-sso-config-generator/internal/cli"
	"aws-sso-config-generator/internal/emulator"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"aws-sso-config-generator": func() { os.Exit(cli.Main()) },
		"browse":                   browse,
	})
}

var update = flag.Bool("update", false, "write the wanted files of the scripts anew")

func TestScripts(t *testing.T) {
	p := params()
	p.Dir = filepath.Join("testdata", "script")
	testscript.Run(t, p)
}

// The examples of the docs work as they stand there.
func TestDocs(t *testing.T) {
	p := params()
	p.Files = docScripts(t)
	testscript.Run(t, p)
}

func params() testscript.Params {
	return testscript.Params{
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", filepath.Join(env.WorkDir, "home"))
			env.Values["emulator"] = new(emulatorOf)
			env.Setenv("USERPROFILE", env.Getenv("HOME"))
			env.Setenv("BROWSER", "browse")
			env.Setenv("HTTPS_PROXY", nowhere)
			env.Setenv("START_URL", emulator.DefaultStartURL)
			env.Setenv("MY_SSO", "0ad374308c5a4e22f723adf10145eafad7c4031c.json") // what all tools name the file of the session my-sso
			env.Setenv("AWS_SSO_CONFIG_GENERATOR_TIMEOUT", "1m")                  // a script that hangs says so
			return os.Mkdir(env.Getenv("HOME"), 0o700)
		},
		Condition: func(condition string) (bool, error) {
			if condition == "root" {
				return os.Geteuid() == 0, nil
			}
			return false, fmt.Errorf("unknown condition %q", condition)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"emulator": startEmulator,
			"asked":    asked,
			"revoke":   revoke,
			"secrets":  secrets,
			"perm":     perm,
			"page":     page,
			"serve":    serve,
		},
	}
}

// nowhere is a proxy that is not there: no script gets at the real service.
const nowhere = "http://127.0.0.1:1"

// startEmulator starts an emulator for the script: emulator [flags of the
// emulator command]. The endpoint variables lead there, or, with --https, those of
// proxy and CA; the variables of --start-url and --sso-region are set.
func startEmulator(ts *testscript.TestScript, _ bool, args []string) {
	authority := ""
	for i, arg := range args {
		if i > 0 && (args[i-1] == "--organization" || args[i-1] == "--https") {
			args[i] = ts.MkAbs(arg)
		}
		if i > 0 && args[i-1] == "--https" {
			authority = args[i]
		}
	}
	config, err := cli.EmulatorConfig(args)
	ts.Check(err)
	e := emulator.New(config)
	proxy, err := emulator.NewProxy(e)
	ts.Check(err)
	all := ts.Value("emulator").(*emulatorOf)
	server := httptest.NewServer(proxy)
	ts.Defer(server.Close)
	ts.Defer(server.CloseClientConnections)
	ts.Defer(func() { _ = proxy.Close() })
	endpoint, way := server.URL, nowhere
	if authority != "" {
		all.authorities = append(all.authorities, proxy.Authority()...)
		ts.Check(os.WriteFile(authority, all.authorities, 0o600))
		endpoint, way = "", all.lead(ts, config, server.Listener.Addr().String())
	}
	ts.Setenv("AWS_ENDPOINT_URL_SSO", endpoint)
	ts.Setenv("AWS_ENDPOINT_URL_SSO_OIDC", endpoint)
	ts.Setenv("HTTPS_PROXY", way)
	ts.Setenv("AWS_CA_BUNDLE", authority)
	ts.Setenv("AWS_SSO_CONFIG_GENERATOR_START_URL", config.StartURL)
	ts.Setenv("AWS_SSO_CONFIG_GENERATOR_SSO_REGION", config.Region)
	all.script = e
}

// serve serves the files of the script over https: serve CA. The CA that vouches for
// it goes into a file, and $AWS_CA_BUNDLE names that; $SERVED is the address. Below
// /to/ it redirects to what follows, /around redirects for ever, /page is a page.
func serve(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: serve CA")
	}
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServer(http.Dir(ts.MkAbs("."))))
	mux.HandleFunc("/to/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", strings.TrimPrefix(r.URL.RawQuery, "url="))
		w.WriteHeader(http.StatusFound)
	})
	mux.HandleFunc("/around", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/around", http.StatusFound) })
	mux.HandleFunc("/page", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html><title>Sign in</title>") })
	server := httptest.NewUnstartedServer(mux)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	ts.Defer(server.Close)
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), authority, 0o600))
	ts.Setenv("AWS_CA_BUNDLE", args[0])
	ts.Setenv("SERVED", server.URL)
}

// revoke ends every session of the script's emulator, as an administrator can.
func revoke(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: revoke")
	}
	ts.Value("emulator").(*emulatorOf).script.Revoke()
}

// emulatorOf holds the latest emulator of a script, and what leads to all of those
// that play AWS's own hosts: there is one proxy for a program.
type emulatorOf struct {
	script      *emulator.Emulator
	authorities []byte
	way         string

	mu      sync.Mutex
	playing []playing // the latest one last
}

// playing is an emulator that plays AWS's hosts of one organization.
type playing struct{ startURL, region, address string }

// lead makes the hosts of an emulator's organization lead to its proxy, and others to
// that of the latest one.
func (all *emulatorOf) lead(ts *testscript.TestScript, config emulator.Config, address string) string {
	if all.way == "" {
		server := httptest.NewServer(http.HandlerFunc(all.forward))
		ts.Defer(server.Close)
		all.way = server.URL
	}
	all.mu.Lock()
	defer all.mu.Unlock()
	all.playing = slices.DeleteFunc(all.playing, func(p playing) bool { return p.startURL == config.StartURL })
	all.playing = append(all.playing, playing{config.StartURL, config.Region, address})
	return all.way
}

// forward hands a CONNECT and what comes behind it to the proxy that is meant.
func (all *emulatorOf) forward(w http.ResponseWriter, r *http.Request) {
	all.mu.Lock()
	known := slices.Clone(all.playing)
	all.mu.Unlock()
	address := known[len(known)-1].address
	for _, p := range known {
		if strings.Contains(r.Host, "."+p.region+".") || strings.HasPrefix(p.startURL, "https://"+strings.TrimSuffix(r.Host, ":443")+"/") {
			address = p.address
		}
	}
	there, err := (&net.Dialer{}).DialContext(r.Context(), "tcp", address)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer func() { _ = there.Close() }()
	here, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer func() { _ = here.Close() }()
	if _, err := fmt.Fprintf(there, "CONNECT %s HTTP/1.1\r\nHost: %[1]s\r\n\r\n", r.Host); err != nil {
		return
	}
	go func() {
		_, _ = io.Copy(there, here)
		_ = there.Close()
	}()
	_, _ = io.Copy(here, there)
}

// asked counts requests: asked OPERATION N.
func asked(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: asked OPERATION N")
	}
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	got := ts.Value("emulator").(*emulatorOf).script.Stats().Requests[args[0]]
	if (got == want) == neg {
		ts.Fatalf("%s was asked %d times", args[0], got)
	}
}

// secrets looks for everything secret that the emulator gave out: ! secrets FILE...
func secrets(ts *testscript.TestScript, neg bool, args []string) {
	issued := ts.Value("emulator").(*emulatorOf).script.Secrets()
	if len(issued) < 4 {
		ts.Fatalf("the emulator gave out only %d secrets: nothing is proved", len(issued))
	}
	found := ""
	for _, file := range args {
		text := ts.ReadFile(file)
		for _, secret := range issued {
			if strings.Contains(text, secret) || strings.Contains(text, url.QueryEscape(secret)) {
				found = file + " holds " + secret
			}
		}
	}
	if (found != "") == neg {
		ts.Fatalf("secrets: %s", found)
	}
}

// perm compares the permissions of a file: perm MODE FILE.
func perm(ts *testscript.TestScript, _ bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[0] {
		ts.Fatalf("%s has mode %s", args[1], got)
	}
}

// page waits for what the browser shows in the end and matches it: page PATTERN.
func page(ts *testscript.TestScript, neg bool, args []string) {
	deadline := time.Now().Add(10 * time.Second)
	for {
		text, err := os.ReadFile(ts.MkAbs("page"))
		switch {
		case err == nil:
			if regexp.MustCompile(args[0]).Match(text) == neg {
				ts.Fatalf("the browser shows %s", text)
			}
			return
		case time.Now().After(deadline):
			ts.Fatalf("the browser shows nothing: %v", err)
		}
		time.Sleep(5 * time.Millisecond) // another process writes the file
	}
}

// browse is the browser of the scripts: it opens an address as a person would
// who chooses what $BROWSE says (allow, deny, or close: the tab), and leaves the
// page that it shows in the end in the file $PAGE.
func browse() {
	shown, err := func() (string, error) {
		if os.Getenv("BROWSE") == "close" {
			return "", nil
		}
		client, err := browser()
		if err != nil {
			return "", err
		}
		shown, at, err := open(client.Get(os.Args[1]))
		ticket := regexp.MustCompile(`name="ticket" value="([^"]+)"`).FindStringSubmatch(shown)
		if err != nil || ticket == nil {
			return shown, err
		}
		decision := os.Getenv("BROWSE")
		if decision == "" {
			decision = "allow"
		}
		shown, _, err = open(client.PostForm(at.JoinPath("/consent").String(), url.Values{"ticket": ticket[1:], "decision": {decision}}))
		return shown, err
	}()
	if err != nil {
		shown = err.Error()
	}
	if file := os.Getenv("PAGE"); file != "" {
		if err := os.WriteFile(file+".part", []byte(shown), 0o600); err == nil {
			_ = os.Rename(file+".part", file) // whoever waits for it, complains
		}
	}
	os.Exit(0)
}

// browser goes through the proxy of the environment, and trusts $AWS_CA_BUNDLE alone
// where that is set.
func browser() (*http.Client, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if file := os.Getenv("AWS_CA_BUNDLE"); file != "" {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
		transport.TLSClientConfig.RootCAs.AppendCertsFromPEM(data)
	}
	return &http.Client{Transport: transport}, nil
}

func open(response *http.Response, err error) (string, *url.URL, error) {
	if err != nil {
		return "", nil, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	root := *response.Request.URL
	root.Path, root.RawQuery = "", ""
	return string(body), &root, err
}
