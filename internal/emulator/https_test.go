package emulator_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"aws-sso-config-generator/internal/emulator"
)

const (
	oidcHost   = "oidc.us-east-1.amazonaws.com"
	portalHost = "portal.sso.us-east-1.amazonaws.com"
)

func newProxy(t *testing.T, e *emulator.Emulator) *emulator.Proxy {
	t.Helper()
	proxy, err := emulator.NewProxy(e)
	if err != nil {
		t.Fatal(err)
	}
	return proxy
}

// trusting is what a client has that was given the CA and nothing else.
func trusting(proxy *emulator.Proxy, serverName string) *tls.Config {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(proxy.Authority())
	return &tls.Config{RootCAs: roots, ServerName: serverName}
}

// proxied talks to the emulator under the real names, over sockets. It returns the
// address of the proxy, too.
func proxied(t *testing.T, e *emulator.Emulator) (w *wire, proxy *emulator.Proxy, address string) {
	t.Helper()
	proxy = newProxy(t, e)
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	t.Cleanup(func() { _ = proxy.Close() })
	at, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{Proxy: http.ProxyURL(at), TLSClientConfig: trusting(proxy, "")}
	t.Cleanup(transport.CloseIdleConnections)
	return &wire{t, &http.Client{Transport: transport, CheckRedirect: noRedirect}, "https://" + oidcHost}, proxy, at.Host
}

// A program that knows nothing but proxy and CA finds all of it where AWS has it.
func TestUnderRealNames(t *testing.T) {
	e := emulator.New(emulator.Config{Organization: demo()})
	w, _, address := proxied(t, e)
	client, tokens := w.signIn(with(registration(), "grantTypes", []string{codeGrant, refreshGrant}))
	w.ok(w.post("/token", refreshing(client, tokens["refreshToken"])))
	_, accounts := w.pages("/assignment/accounts?max_result=5", "accountList", tokens["accessToken"].(string))
	if len(accounts) != len(demo().Accounts) {
		t.Errorf("%d accounts", len(accounts))
	}
	device, _ := w.startDevice(deviceRegistration())
	if device["verificationUri"] != "https://"+oidcHost+"/device" {
		t.Errorf("devices are sent to %s", device["verificationUri"])
	}

	// Each service has its own host.
	if a := w.portal("/token", ""); a.status != http.StatusNotFound && a.status != http.StatusMethodNotAllowed {
		t.Errorf("the portal's host has /token: %d", a.status)
	}
	for _, path := range []string{"/assignment/accounts", "/assignment/roles", "/federation/credentials"} {
		if a := w.get(path); a.status != http.StatusNotFound {
			t.Errorf("the oidc service's host has %s: %d", path, a.status)
		}
	}
	if a := w.portal("/authorize?"+authorizeQuery(client).Encode(), ""); a.status != http.StatusNotFound {
		t.Errorf("the portal's host has /authorize: %d", a.status)
	}

	// The port answers without CONNECT, too.
	plain := &wire{t, http.DefaultClient, "http://" + address}
	plain.ok(plain.post("/client/register", registration()))
}

// The start URL leads to the portal's page, however it is spelled; the page knows
// the region, and no address but its own.
func TestStartPage(t *testing.T) {
	for startURL, paths := range map[string][]string{
		"https://d-1234567890.awsapps.com/start":                       {"/start", "/start/", "/start#/", "/start/#/"},
		"https://D-1234567890.awsapps.com/start/#/":                    {"/start", "/start/"},
		"https://ssoins-1234.portal.eu-west-1.app.aws":                 {"", "/", "/#/"},
		"https://start.us-gov-home.awsapps.com:443/directory/d-123456": {"/directory/d-123456", "/directory/d-123456/"},
	} {
		w, _, _ := proxied(t, emulator.New(emulator.Config{StartURL: startURL, Region: "eu-west-1"}))
		u, err := url.Parse(startURL)
		if err != nil {
			t.Fatal(err)
		}
		w.base = "https://" + strings.ToLower(u.Hostname())
		for _, path := range paths {
			a := w.get(path)
			if a.status != http.StatusOK || !strings.Contains(a.body, `<meta name="region" content="eu-west-1">`) || strings.Contains(a.body, "AWS_ENDPOINT_URL") {
				t.Errorf("%s%s: %d %s", w.base, path, a.status, a.body)
			}
		}
		if a := w.do(w.request("HEAD", paths[0], nil)); a.status != http.StatusOK {
			t.Errorf("HEAD of %s: %d", startURL, a.status)
		}
		if a := w.get("/elsewhere"); a.status != http.StatusNotFound {
			t.Errorf("%s has a page elsewhere: %d", w.base, a.status)
		}
	}
}

// What makes no difference to people makes none to the service.
func TestSpellingsOfTheStartURL(t *testing.T) {
	w := dial(t, emulator.New(emulator.Config{}))
	for _, spelling := range []string{"", "/", "#", "/#", "#/", "/#/", "/#/?tab=accounts"} {
		w.ok(w.post("/client/register", with(registration(), "issuerUrl", emulator.DefaultStartURL+spelling)))
	}
	w.ok(w.post("/client/register", with(registration(), "issuerUrl", "HTTPS://D-1234567890.AWSAPPS.COM:443/start")))
	for _, other := range []string{"https://d-1234567890.awsapps.com", "https://d-1234567890.awsapps.com/START", "http://d-1234567890.awsapps.com/start", "https://d-1234567890.awsapps.com/start/more"} {
		w.refused(w.post("/client/register", with(registration(), "issuerUrl", other)), 400, "InvalidClientMetadataException", "invalid_client_metadata")
	}
}

// connect asks the proxy for a way to an address.
func connect(t *testing.T, proxy, address string) (conn net.Conn, status int) {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", proxy)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn, connectOver(t, conn, address)
}

func connectOver(t *testing.T, conn net.Conn, address string) (status int) {
	t.Helper()
	if _, err := fmt.Fprintf(conn, "CONNECT %[1]s HTTP/1.1\r\nHost: %[1]s\r\n\r\n", address); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: http.MethodConnect})
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode
}

// The services have these names, and nobody else is played.
func TestHosts(t *testing.T) {
	_, _, address := proxied(t, emulator.New(emulator.Config{StartURL: "https://Corp.awsapps.com/start"}))
	for _, host := range []string{
		oidcHost, portalHost, "OIDC.us-east-1.AmazonAWS.com", "corp.awsapps.com",
		"oidc-fips.us-west-2.amazonaws.com", "portal.sso-fips.us-west-2.amazonaws.com",
		"oidc.eu-central-1.api.aws", "portal.sso.eu-central-1.api.aws", "oidc-fips.us-east-2.api.aws",
		"oidc.us-gov-west-1.amazonaws.com", "portal.sso.us-gov-east-1.api.aws",
		"oidc.cn-north-1.amazonaws.com.cn", "portal.sso.cn-northwest-1.api.amazonwebservices.com.cn",
		"oidc.eusc-de-east-1.amazonaws.eu", "portal.sso.eusc-de-east-1.api.amazonwebservices.eu",
		"oidc.us-iso-east-1.c2s.ic.gov", "oidc.us-iso-east-1.api.aws.ic.gov",
		"oidc.us-isob-east-1.sc2s.sgov.gov", "oidc.us-isob-east-1.api.aws.scloud",
		"oidc.eu-isoe-west-1.cloud.adc-e.uk", "oidc.eu-isoe-west-1.api.cloud-aws.adc-e.uk",
		"oidc.us-isof-south-1.csp.hci.ic.gov", "portal.sso.us-isof-south-1.api.aws.hci.ic.gov",
	} {
		if _, status := connect(t, address, host+":443"); status != http.StatusOK {
			t.Errorf("%s: %d", host, status)
		}
	}
	for _, refused := range []string{
		"example.com:443", "sts.us-east-1.amazonaws.com:443", "amazonaws.com:443", "127.0.0.1:443", "[::1]:443",
		oidcHost + ":80", oidcHost, "evil." + oidcHost + ":443", oidcHost + ".evil.example:443", oidcHost + "@evil.example:443",
		"oidc..amazonaws.com:443", "oidc.us-east-1.example.com:443", "oidc.mars.amazonaws.com:443",
		"oidc.cn-north-1.amazonaws.com:443", "oidc.us-east-1.amazonaws.com.cn:443",
		"other.awsapps.com:443", "awsapps.com:443",
	} {
		if _, status := connect(t, address, refused); status != http.StatusForbidden && status != http.StatusBadRequest {
			t.Errorf("%s: %d", refused, status)
		}
	}
}

// A host's certificate is its own, young, and signed by the CA of this run alone.
func TestCertificates(t *testing.T) {
	_, proxy, address := proxied(t, emulator.New(emulator.Config{}))
	handshake := func() *x509.Certificate {
		conn, _ := connect(t, address, portalHost+":443")
		config := trusting(proxy, portalHost)
		config.NextProtos = []string{"h2", "http/1.1"}
		inside := tls.Client(conn, config)
		if err := inside.HandshakeContext(t.Context()); err != nil {
			t.Fatal(err)
		}
		if protocol := inside.ConnectionState().NegotiatedProtocol; protocol != "http/1.1" {
			t.Errorf("it speaks %s", protocol)
		}
		return inside.ConnectionState().PeerCertificates[0]
	}
	leaf := handshake()
	key, ok := leaf.PublicKey.(*ecdsa.PublicKey)
	switch {
	case !ok || key.Curve != elliptic.P256():
		t.Errorf("its key is %T", leaf.PublicKey)
	case fmt.Sprint(leaf.DNSNames) != "["+portalHost+"]":
		t.Errorf("it is for %s", leaf.DNSNames)
	case leaf.IsCA || time.Until(leaf.NotAfter) > 24*time.Hour:
		t.Errorf("it may sign: %t, and lives until %s", leaf.IsCA, leaf.NotAfter)
	case bytes.Equal(leaf.RawSubject, leaf.RawIssuer):
		t.Error("OpenSSL would call it self-signed")
	case !handshake().Equal(leaf):
		t.Error("the next connection sees another one")
	}

	authority := proxy.Authority()
	if !emulator.IsAuthority(authority) {
		t.Errorf("not known as ours: %s", authority)
	}
	for _, other := range []string{"", "no PEM", string(authority) + string(authority), string(authority) + "more", "before\n" + string(authority), strings.ReplaceAll(string(authority), "CERTIFICATE", "PRIVATE KEY")} {
		if emulator.IsAuthority([]byte(other)) {
			t.Errorf("taken for a CA's certificate: %q", other)
		}
	}
	other := newProxy(t, emulator.New(emulator.Config{}))
	conn, _ := connect(t, address, portalHost+":443")
	if err := tls.Client(conn, trusting(other, portalHost)).HandshakeContext(t.Context()); !isUnknownAuthority(err) {
		t.Errorf("the CA of another run: %v", err)
	}
}

func isUnknownAuthority(err error) bool {
	_, ok := errors.AsType[x509.UnknownAuthorityError](err)
	return ok
}

// Whoever asks behind CONNECT for what it did not name is refused.
func TestTunnelStrangers(t *testing.T) {
	w, proxy, address := proxied(t, emulator.New(emulator.Config{}))
	for _, name := range []string{portalHost, "example.com", ""} {
		conn, _ := connect(t, address, oidcHost+":443")
		config := trusting(proxy, name)
		if name == "" {
			config.InsecureSkipVerify = true // or it would not begin without a name
		}
		if err := tls.Client(conn, config).HandshakeContext(t.Context()); err == nil {
			t.Errorf("it has a certificate for %q behind CONNECT %s", name, oidcHost)
		}
	}
	for _, garbage := range []string{"\x00\xff\x16\x03\x01garbage\r\n\r\n", "GET /start HTTP/1.1\r\nHost: " + oidcHost + "\r\n\r\n", ""} {
		conn, _ := connect(t, address, oidcHost+":443")
		if _, err := io.WriteString(conn, garbage); err != nil {
			t.Fatal(err)
		}
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if answer, _ := io.ReadAll(conn); strings.Contains(string(answer), "200 OK") { // a reset is fine
			t.Errorf("%q is answered: %q", garbage, answer)
		}
	}

	conn, _ := connect(t, address, oidcHost+":443")
	inside := tls.Client(conn, trusting(proxy, oidcHost))
	for host, want := range map[string]int{portalHost: 421, "evil.example": 421, strings.ToUpper(oidcHost) + ":443": 404} {
		request := w.request("GET", "/", nil)
		request.Host = host
		if err := request.Write(inside); err != nil {
			t.Fatal(err)
		}
		response, err := http.ReadResponse(bufio.NewReader(inside), request)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("Host %s: %d", host, response.StatusCode)
		}
	}
	w.ok(w.post("/client/register", registration())) // nothing of that harmed it
}

// pipes is a listener inside of the process, so that time is virtual.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	conn, ok := <-p
	if !ok {
		return nil, net.ErrClosed
	}
	return conn, nil
}

func (p pipes) Close() error { close(p); return nil }

func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p pipes) dial(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	p <- server
	return client, nil
}

// Close ends what came through CONNECT, whatever it waits for. (The bubble would
// complain about whoever stayed.)
func TestProxyCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang, err := emulator.ParseFault("RegisterClient=hang")
		if err != nil {
			t.Fatal(err)
		}
		proxy := newProxy(t, emulator.New(emulator.Config{Faults: []emulator.Fault{hang}}))
		listener := make(pipes)
		server := http.Server{Handler: proxy}
		go func() { _ = server.Serve(listener) }()
		at := &url.URL{Scheme: "http", Host: "127.0.0.1:1"}
		transport := &http.Transport{Proxy: http.ProxyURL(at), DialContext: listener.dial, TLSClientConfig: trusting(proxy, "")}
		defer transport.CloseIdleConnections()
		w := &wire{t, &http.Client{Transport: transport}, "https://" + oidcHost}

		if a := w.get("/start"); a.status != http.StatusOK { // its connection stays idle
			t.Fatalf("status %d", a.status)
		}
		hanging := make(chan error)
		go func() {
			_, err := w.try(w.request("POST", "/client/register", strings.NewReader("{}")))
			hanging <- err
		}()
		tunnels := make([]net.Conn, 3)
		for i := range tunnels {
			tunnels[i], _ = listener.dial(t.Context(), "", "")
			if status := connectOver(t, tunnels[i], oidcHost+":443"); status != http.StatusOK {
				t.Fatalf("status %d", status)
			}
		}
		end := func(conn net.Conn) time.Duration {
			start := time.Now()
			_, _ = io.Copy(io.Discard, conn)
			return time.Since(start)
		}
		if after := end(tunnels[0]); after != 10*time.Second {
			t.Errorf("who says nothing is left alone after %s", after)
		}
		late, _ := listener.dial(t.Context(), "", "")
		synctest.Wait()

		if err := proxy.Close(); err != nil {
			t.Error(err)
		}
		if err := <-hanging; err == nil {
			t.Error("the hanging request got an answer")
		}
		if connectOver(t, late, oidcHost+":443") != http.StatusOK || end(late) != 0 {
			t.Error("a tunnel is open after the end")
		}
		for _, conn := range tunnels[1:] {
			if after := end(conn); after != 0 {
				t.Errorf("a tunnel was open for %s", after)
			}
		}
		_ = server.Close()
	})
}

// A run of days shows certificates that are valid.
func TestLeafIsRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		proxy := newProxy(t, emulator.New(emulator.Config{}))
		listener := make(pipes)
		server := http.Server{Handler: proxy}
		go func() { _ = server.Serve(listener) }()
		at := &url.URL{Scheme: "http", Host: "127.0.0.1:1"}
		transport := &http.Transport{
			Proxy: http.ProxyURL(at), DialContext: listener.dial, TLSClientConfig: trusting(proxy, ""), DisableKeepAlives: true,
		}
		w := &wire{t, &http.Client{Transport: transport}, "https://" + oidcHost}
		for range 10 {
			if a := w.get("/start"); a.status != http.StatusOK {
				t.Errorf("status %d", a.status)
			}
			time.Sleep(11 * time.Hour)
		}
		_ = proxy.Close()
		_ = server.Close()
	})
}
