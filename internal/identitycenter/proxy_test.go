package identitycenter_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"aws-sso-config-generator/internal/emulator"
	"aws-sso-config-generator/internal/identitycenter"
)

// net/http reads the proxy variables once in a process: each case is a process of
// its own, this test's, that signs in and writes what came of it.
const traveller = "IDENTITYCENTER_TEST_TRAVELLER"

// outcome is what a traveller writes.
type outcome struct {
	Error, Log       string
	Proxy, Transient bool // errors.Is
}

func TestTraveller(t *testing.T) {
	address := os.Getenv(traveller)
	if address == "" {
		t.Skip("runs in processes of TestProxies")
	}
	var log strings.Builder
	var err error
	o := identitycenter.Options{
		Region: "us-east-1", Transport: trusting(t, os.Getenv("AWS_CA_BUNDLE")),
		Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	switch address {
	case "register":
		_, err = newClient(t, o).Register(t.Context(), registered)
	case "accounts":
		err = accounts(t, o, "")
	default:
		_, err = identitycenter.Resolve(t.Context(), o, address)
	}
	said := outcome{Log: log.String(), Proxy: errors.Is(err, identitycenter.ErrProxy), Transient: errors.Is(err, identitycenter.ErrTransient)}
	if err != nil {
		said.Error = err.Error()
	}
	if err := json.NewEncoder(os.Stderr).Encode(said); err != nil {
		t.Fatal(err)
	}
}

// travel runs a traveller with these variables.
func travel(t *testing.T, task string, variables ...string) outcome {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), program, "-test.run=^TestTraveller$")
	command.Env = append(slices.DeleteFunc(os.Environ(), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return slices.Contains([]string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"}, strings.ToUpper(name))
	}), append(variables, traveller+"="+task, "GORACE=atexit_sleep_ms=0")...)
	var stderr strings.Builder
	command.Stderr = &stderr
	if err := command.Run(); err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	var said outcome
	if err := json.Unmarshal([]byte(stderr.String()), &said); err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	return said
}

// A proxy connects everybody who gives the password to one address.
type proxy struct {
	net.Listener
	leadsTo string
	refusal int // status in place of a connection

	mu    sync.Mutex
	asked []string // hosts
}

func newProxy(t *testing.T, leadsTo string) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{Listener: listener, leadsTo: leadsTo}
	var group sync.WaitGroup
	group.Go(func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			group.Go(func() { p.serve(connection) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		group.Wait()
	})
	return p
}

func (p *proxy) serve(connection net.Conn) {
	defer connection.Close()
	request, err := http.ReadRequest(bufio.NewReader(connection))
	if err != nil {
		return
	}
	p.mu.Lock()
	p.asked = append(p.asked, request.Method+" "+request.Host)
	p.mu.Unlock()
	user, password, _ := (&http.Request{Header: http.Header{"Authorization": request.Header["Proxy-Authorization"]}}).BasicAuth()
	switch {
	case p.refusal != 0:
		_, _ = fmt.Fprintf(connection, "HTTP/1.1 %d No Way \x1b[31m\r\n\r\n", p.refusal)
		return
	case user != "user" || password != "hunter2":
		_, _ = io.WriteString(connection, "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
		return
	}
	_, _ = io.WriteString(connection, "HTTP/1.1 200 Connection established\r\n\r\n")
	server, err := net.Dial("tcp", p.leadsTo)
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		_, _ = io.Copy(server, connection)
		_ = server.Close()
	}()
	_, _ = io.Copy(connection, server)
}

func TestProxies(t *testing.T) {
	ca := newAuthority(t)
	service := ca.serve(t, emulator.New(emulator.Config{}), -day, day, "oidc.us-east-1.amazonaws.com", "portal.sso.us-east-1.amazonaws.com", "sso.example.com")
	bundle := "AWS_CA_BUNDLE=" + ca.file
	working := newProxy(t, service.Listener.Addr().String())
	refusing := newProxy(t, "")
	refusing.refusal = http.StatusForbidden
	closed := newProxy(t, "")
	_ = closed.Close()

	for _, test := range []struct {
		name, task string
		variables  []string
		want       outcome // of its error, what is in it
		proxy      *proxy
		asked      string
	}{
		{
			"the OIDC service", "register",
			[]string{"HTTPS_PROXY=http://user:hunter2@" + working.Addr().String()},
			outcome{},
			working, "CONNECT oidc.us-east-1.amazonaws.com:443",
		},
		{
			"in lower case", "register",
			[]string{"https_proxy=http://user:hunter2@" + working.Addr().String()},
			outcome{},
			working, "CONNECT oidc.us-east-1.amazonaws.com:443",
		},
		{
			"the portal", "accounts",
			[]string{"HTTPS_PROXY=user:hunter2@" + working.Addr().String()},
			outcome{Error: "HTTP 401, UnauthorizedException"},
			working, "CONNECT portal.sso.us-east-1.amazonaws.com:443",
		},
		{
			"a page", "https://sso.example.com/start",
			[]string{"HTTPS_PROXY=http://user:hunter2@" + working.Addr().String()},
			outcome{Error: "its host is not one of AWS"},
			working, "CONNECT sso.example.com:443",
		},
		{
			"not this host", "https://sso.example.invalid",
			[]string{"HTTPS_PROXY=http://user:hunter2@" + working.Addr().String(), "NO_PROXY=.example.invalid"},
			outcome{Error: "sso.example.invalid", Transient: true},
			working, "",
		},
		{
			"a wrong password", "accounts",
			[]string{"HTTPS_PROXY=http://user:hunter2hunter2@" + working.Addr().String()},
			outcome{Error: "ListAccounts: the proxy does not let us through: " + working.Addr().String() + " answered HTTP 407 Proxy Authentication Required", Proxy: true, Transient: true},
			working, "CONNECT portal.sso.us-east-1.amazonaws.com:443",
		},
		{
			"a page, with a wrong password", "https://sso.example.com/start",
			[]string{"HTTPS_PROXY=http://user:hunter2hunter2@" + working.Addr().String()},
			outcome{Error: "HEAD sso.example.com: the proxy does not let us through: " + working.Addr().String() + " answered HTTP 407 Proxy Authentication Required", Proxy: true, Transient: true},
			working, "CONNECT sso.example.com:443",
		},
		{
			"a host that it does not like", "accounts",
			[]string{"HTTPS_PROXY=http://user:hunter2@" + refusing.Addr().String()},
			outcome{Error: refusing.Addr().String() + " answered HTTP 403 Forbidden", Proxy: true, Transient: true},
			refusing, "CONNECT portal.sso.us-east-1.amazonaws.com:443",
		},
		{
			"nobody there", "accounts",
			[]string{"HTTPS_PROXY=http://user:hunter2@" + closed.Addr().String()},
			outcome{Error: "the proxy does not let us through: proxyconnect tcp: dial tcp " + closed.Addr().String(), Proxy: true, Transient: true},
			nil, "",
		},
		{
			"nobody there, for a page", "https://sso.example.com/start",
			[]string{"HTTPS_PROXY=http://user:hunter2@" + closed.Addr().String()},
			outcome{Error: "the proxy does not let us through: proxyconnect tcp: dial tcp " + closed.Addr().String(), Proxy: true, Transient: true},
			nil, "",
		},
		{
			"no address, which is no proxy to net/http", "https://sso.example.invalid",
			[]string{"HTTPS_PROXY=http://user:hunter2@%zz"},
			outcome{Error: "sso.example.invalid", Transient: true},
			nil, "",
		},
		{
			"another kind", "accounts",
			[]string{"HTTPS_PROXY=socks5://user:hunter2@" + closed.Addr().String()},
			outcome{Error: "the proxy does not let us through: ", Proxy: true, Transient: true},
			nil, "",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := travel(t, test.task, append(test.variables, bundle)...)
			if !strings.Contains(got.Error, test.want.Error) || test.want.Error == "" && got.Error != "" || got.Proxy != test.want.Proxy || got.Transient != test.want.Transient {
				t.Errorf("got %+v", got)
			}
			if text := got.Error + got.Log; strings.Contains(text, "hunter2") || strings.Contains(text, "\x1b") || got.Log == "" {
				t.Errorf("the log or the error has a secret in it: %+v", got)
			}
			if test.proxy == nil {
				return
			}
			test.proxy.mu.Lock()
			defer test.proxy.mu.Unlock()
			if asked := strings.Join(test.proxy.asked, ", "); asked != test.asked {
				t.Errorf("the proxy was asked for %q", asked)
			}
			test.proxy.asked = nil
		})
	}
}
