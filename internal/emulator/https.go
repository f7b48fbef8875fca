package emulator

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

const (
	// authorityName is the subject of every emulator's CA.
	authorityName = "IAM Identity Center emulator, not AWS"
	// authorityLifetime is longer than any emulator runs; the key dies with it.
	authorityLifetime = 365 * 24 * time.Hour
	leafLifetime      = 24 * time.Hour
	// clockDifference is how far a client's clock may be behind ours.
	clockDifference = time.Hour
)

// Proxy serves an emulator under the real host names, to programs that cannot be
// led to another address: it is what HTTPS_PROXY names, and its CA is what they
// trust. Behind CONNECT it speaks TLS (HTTP/1.1) itself, for the hosts of both
// services in every region and for that of the start URL. Any other host is
// refused, and nothing is ever forwarded. All other requests are the emulator's,
// as they are.
//
// Its CA has a key of its own, which never leaves memory.
type Proxy struct {
	emulator *Emulator
	server   http.Server // of what comes through CONNECT

	authority    *x509.Certificate
	authorityKey *ecdsa.PrivateKey

	mu     sync.Mutex // guards leaves
	leaves map[string]*tls.Certificate
}

// NewProxy makes a proxy with a new CA. Close ends it.
func NewProxy(e *Emulator) (*Proxy, error) {
	p := &Proxy{emulator: e, leaves: map[string]*tls.Certificate{}}
	p.server = http.Server{
		Handler:           http.HandlerFunc(p.serveInside),
		ReadHeaderTimeout: 10 * time.Second, // and of the handshake
		ErrorLog:          log.New(io.Discard, "", 0),
	}
	var err error
	if p.authorityKey, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, fmt.Errorf("make the key of a CA: %w", err)
	}
	template := certificate(authorityName, authorityLifetime)
	template.IsCA, template.BasicConstraintsValid, template.MaxPathLenZero = true, true, true
	template.KeyUsage = x509.KeyUsageCertSign
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &p.authorityKey.PublicKey, p.authorityKey)
	if err == nil {
		p.authority, err = x509.ParseCertificate(raw)
	}
	if err != nil {
		return nil, fmt.Errorf("make the certificate of a CA: %w", err)
	}
	return p, nil
}

// certificate is what all of our certificates have in common. Their names differ:
// OpenSSL takes what has its issuer's name for its own issuer.
func certificate(name string, lifetime time.Duration) *x509.Certificate {
	now := time.Now()
	return &x509.Certificate{
		Subject:   pkix.Name{CommonName: name},
		NotBefore: now.Add(-clockDifference),
		NotAfter:  now.Add(lifetime),
	}
}

// Authority is the certificate of the CA, in PEM (RFC 7468).
func (p *Proxy) Authority() []byte { return inPEM(p.authority.Raw) }

func inPEM(certificate []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})
}

// IsAuthority says that data is what Authority of some Proxy returned, and
// nothing besides.
func IsAuthority(data []byte) bool {
	block, _ := pem.Decode(data)
	if block == nil || !bytes.Equal(data, inPEM(block.Bytes)) {
		return false
	}
	authority, err := x509.ParseCertificate(block.Bytes)
	return err == nil && authority.IsCA && authority.Subject.CommonName == authorityName
}

// Close ends every connection that came through CONNECT, and lets no new one in.
func (p *Proxy) Close() error { return p.server.Close() }

// ServeHTTP answers CONNECT, and hands everything else to the emulator.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect {
		p.emulator.ServeHTTP(w, r)
		return
	}
	host, ok := p.emulator.plays(r.Host)
	if !ok {
		http.Error(w, "the emulator plays IAM Identity Center only, and forwards nothing", http.StatusForbidden)
		return
	}
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, "CONNECT needs a connection of its own", http.StatusNotImplemented)
		return
	}
	inside := tls.Server(tunnel{conn, buffered.Reader}, &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"http/1.1"},
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			if !strings.EqualFold(hello.ServerName, host) {
				return nil, fmt.Errorf("the certificate of %q was asked for behind CONNECT %s", hello.ServerName, host)
			}
			return p.leaf(host)
		},
	})
	if _, err = io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n"); err == nil {
		err = p.server.Serve(&once{conn: inside})
	}
	if !errors.Is(err, io.EOF) { // closed meanwhile, so that the server may not know this one
		_ = conn.Close()
	}
}

// serveInside serves what came through CONNECT. The host of the certificate is
// that of the request, or somebody reuses a connection for another.
func (p *Proxy) serveInside(w http.ResponseWriter, r *http.Request) {
	if hostOf(r) != strings.ToLower(r.TLS.ServerName) {
		http.Error(w, "this connection is for "+r.TLS.ServerName, http.StatusMisdirectedRequest)
		return
	}
	p.emulator.ServeHTTP(w, r)
}

// leaf returns the certificate of a host, a new one where the last is old.
func (p *Proxy) leaf(host string) (*tls.Certificate, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if leaf := p.leaves[host]; leaf != nil && time.Until(leaf.Leaf.NotAfter) > leafLifetime/2 {
		return leaf, nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := certificate("host of an emulator", leafLifetime)
	template.DNSNames = []string{host}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	template.BasicConstraintsValid = true
	raw, err := x509.CreateCertificate(rand.Reader, template, p.authority, &key.PublicKey, p.authorityKey)
	if err != nil {
		return nil, err
	}
	leaf := &tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key}
	if leaf.Leaf, err = x509.ParseCertificate(raw); err != nil {
		return nil, err
	}
	p.leaves[host] = leaf
	return leaf, nil
}

// tunnel is a connection of which something may have been read already.
type tunnel struct {
	net.Conn
	buffered *bufio.Reader
}

func (t tunnel) Read(b []byte) (int, error) { return t.buffered.Read(b) }

// once is a listener that has one connection to give, and then io.EOF: by then
// the server knows the connection and ends it when it is closed.
type once struct {
	conn  net.Conn
	given bool
}

func (l *once) Accept() (net.Conn, error) {
	if l.given {
		return nil, io.EOF
	}
	l.given = true
	return l.conn, nil
}

func (l *once) Close() error   { return nil }
func (l *once) Addr() net.Addr { return l.conn.LocalAddr() }
