package identitycenter_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"aws-sso-config-generator/internal/emulator"
	"aws-sso-config-generator/internal/identitycenter"
)

// An authority is a company's own CA.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	file        string // its certificate, as AWS_CA_BUNDLE names it
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Example Company CA"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(48 * time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return authority{certificate, key, file}
}

// serve starts a TLS server with a certificate for these names and times.
func (a authority) serve(t *testing.T, handler http.Handler, from, to time.Duration, names ...string) *httptest.Server {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "server"}, DNSNames: names,
		NotBefore: time.Now().Add(from), NotAfter: time.Now().Add(to),
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(handler)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

// accounts asks the portal at address, once.
func accounts(t *testing.T, o identitycenter.Options, address string) error {
	t.Helper()
	o.Region, o.PortalEndpoint = "us-east-1", address
	portal, err := identitycenter.NewPortal(o, identitycenter.Token{AccessToken: "token"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = portal.Accounts(t.Context(), "")
	if _, ok := errors.AsType[*identitycenter.Error](err); err != nil && !ok {
		t.Errorf("not one of ours: %v", err)
	}
	return err
}

const day = 24 * time.Hour

func TestACompanysOwnCAIsTrustedWhenItIsNamed(t *testing.T) {
	ca, other := newAuthority(t), newAuthority(t)
	server := ca.serve(t, emulator.New(emulator.Config{}), -day, day, "127.0.0.1")
	if err := accounts(t, identitycenter.Options{Transport: trusting(t, ca.file)}, server.URL); !errors.Is(err, identitycenter.ErrUnauthorized) {
		t.Errorf("with the CA: %v", err) // a made-up token
	}
	for name, bundle := range map[string]string{"without a CA": "", "with another CA": other.file} {
		err := accounts(t, identitycenter.Options{Transport: trusting(t, bundle)}, server.URL)
		if _, ok := errors.AsType[x509.UnknownAuthorityError](err); !ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatIsWrongWithACertificateCanBeTold(t *testing.T) {
	ca := newAuthority(t)
	o := identitycenter.Options{Transport: trusting(t, ca.file)}
	for name, server := range map[string]*httptest.Server{
		"expired": ca.serve(t, http.NotFoundHandler(), -day, -time.Hour, "127.0.0.1"),
		"early":   ca.serve(t, http.NotFoundHandler(), time.Hour, day, "127.0.0.1"),
	} {
		err := accounts(t, o, server.URL)
		if e, ok := errors.AsType[x509.CertificateInvalidError](err); !ok || e.Reason != x509.Expired {
			t.Errorf("%s: %v", name, err)
		}
	}
	err := accounts(t, o, ca.serve(t, http.NotFoundHandler(), -day, day, "oidc.example.com").URL)
	if _, ok := errors.AsType[x509.HostnameError](err); !ok {
		t.Errorf("another name: %v", err)
	}
	old := ca.serve(t, http.NotFoundHandler(), -day, day, "127.0.0.1")
	old.TLS.MaxVersion = tls.VersionTLS11
	if err := accounts(t, o, old.URL); err == nil || !strings.Contains(err.Error(), "protocol version") {
		t.Errorf("TLS 1.1: %v", err)
	}
}

func TestACABundleThatHoldsNothing(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"empty.pem": "", "text.pem": "certificates\n", "cut.pem": "-----BEGIN CERTIFICATE-----\nMIIB"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"empty.pem", "text.pem", "cut.pem", "missing.pem", ""} {
		bundle := filepath.Join(dir, name)
		if _, err := identitycenter.NewTransport(bundle + string(filepath.Separator)); name == "" && !errors.Is(err, identitycenter.ErrCABundle) {
			t.Errorf("a directory: %v", err)
		}
		if _, err := identitycenter.NewTransport(bundle); name != "" && (!errors.Is(err, identitycenter.ErrCABundle) || !strings.Contains(err.Error(), bundle)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// trusting is a transport with the CA of a file.
func trusting(t *testing.T, bundle string) http.RoundTripper {
	t.Helper()
	transport, err := identitycenter.NewTransport(bundle)
	if err != nil {
		t.Fatal(err)
	}
	return transport
}

func TestOneTransportSharesItsConnections(t *testing.T) {
	ca := newAuthority(t)
	var connections sync.Map
	service := emulator.New(emulator.Config{})
	server := ca.serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		connections.Store(r.RemoteAddr, true)
		service.ServeHTTP(w, r)
	}), -day, day, "127.0.0.1")
	transport, err := identitycenter.NewTransport(ca.file)
	if err != nil {
		t.Fatal(err)
	}
	o := identitycenter.Options{Region: "us-east-1", Transport: transport, OIDCEndpoint: server.URL}
	if _, err := newClient(t, o).Register(t.Context(), registered); err != nil {
		t.Fatal(err)
	}
	if err := accounts(t, o, server.URL); !errors.Is(err, identitycenter.ErrUnauthorized) {
		t.Fatal(err)
	}
	count := 0
	connections.Range(func(any, any) bool { count++; return true })
	if count != 1 {
		t.Errorf("%d connections", count)
	}
}

// A server that takes the connection and then says less and less.
func TestEveryStepOfARequestIsBounded(t *testing.T) {
	for _, test := range []struct {
		name, address, says, want string
		took                      time.Duration
	}{
		{"no TLS", "https://127.0.0.1:1", "", "no answer from 127.0.0.1:1 within 10s", 10 * time.Second},
		{"no header", "http://127.0.0.1:1", "", "no answer from 127.0.0.1:1 within 20s", 20 * time.Second},
		{"no body", "http://127.0.0.1:1", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{", "no answer from 127.0.0.1:1 within 30s", 30 * time.Second},
		{"a huge header", "http://127.0.0.1:1", "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 1<<20), "exceeded", 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			roundTripper, err := identitycenter.NewTransport("")
			if err != nil {
				t.Fatal(err)
			}
			transport := roundTripper.(*http.Transport)
			transport.DialContext = func(context.Context, string, string) (net.Conn, error) {
				ours, theirs := net.Pipe()
				go func() {
					if _, err := theirs.Read(make([]byte, 1)); err == nil { // asked
						go func() { _, _ = io.WriteString(theirs, test.says) }()
						_, _ = io.Copy(io.Discard, theirs)
					}
				}()
				return ours, nil
			}
			start := time.Now()
			err = accounts(t, identitycenter.Options{Transport: transport}, test.address)
			if took := time.Since(start); !errors.Is(err, identitycenter.ErrTransient) || !strings.Contains(err.Error(), test.want) || took != test.took {
				t.Errorf("%s: %v after %v", test.name, err, took)
			}
			transport.CloseIdleConnections()
		})
	}
}

// dated sends a clock that differs by this much.
func dated(by time.Duration, handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", time.Now().Add(by).UTC().Format(http.TimeFormat))
		handler.ServeHTTP(w, r)
	})
}

func TestAWrongClockIsNoticed(t *testing.T) {
	for by, want := range map[time.Duration]time.Duration{
		0: 0, 4 * time.Minute: 0, -4 * time.Minute: 0,
		6 * time.Minute: 6 * time.Minute, -6 * time.Minute: -6 * time.Minute, 400 * day: 400 * day,
	} {
		synctest.Test(t, func(t *testing.T) {
			for _, handler := range []http.Handler{emulator.New(emulator.Config{Skew: by}), dated(by, status(http.StatusBadRequest))} { // an error says it, too
				var told []time.Duration
				o := identitycenter.Options{
					Region: "us-east-1", Transport: &internet{rest: handler},
					Skewed: func(by time.Duration) { told = append(told, by) },
				}
				client := newClient(t, o)
				for range 2 {
					_, _ = client.Register(t.Context(), registered)
				}
				if want == 0 && told != nil || want != 0 && (len(told) < 2 || told[0] != want) {
					t.Errorf("%v: told %v", by, told)
				}
			}
		})
	}
}

func TestAnAnswerWithoutATimeIsNoWrongClock(t *testing.T) {
	n := &internet{rest: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Date", "yesterday") })}
	o := identitycenter.Options{Region: "us-east-1", Transport: n, Skewed: func(time.Duration) { t.Error("told") }}
	_, _ = newClient(t, o).Register(t.Context(), registered)
}
