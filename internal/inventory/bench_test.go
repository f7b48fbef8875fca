package inventory_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"aws-sso-config-generator/internal/emulator"
	"aws-sso-config-generator/internal/identitycenter"
	"aws-sso-config-generator/internal/inventory"
)

// BenchmarkDiscover is the discovery of 50 accounts with 3 roles each at 30 ms
// latency, over loopback sockets.
func BenchmarkDiscover(b *testing.B) {
	e := emulator.New(emulator.Config{AutoApprove: true, Organization: emulator.Organize(1, 50, 3), Latency: 30 * time.Millisecond})
	server := httptest.NewServer(e)
	defer server.Close()
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	defer transport.CloseIdleConnections()
	p := portalAt(b, identitycenter.Options{
		Region: emulator.DefaultRegion, OIDCEndpoint: server.URL, PortalEndpoint: server.URL, Transport: transport,
	})
	for b.Loop() {
		found, err := inventory.Discover(b.Context(), p, inventory.Options{})
		if err != nil || found.Roles() != 150 {
			b.Fatal(found.Roles(), err)
		}
	}
}
