package inventory_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"aws-sso-config-generator/internal/emulator"
	"aws-sso-config-generator/internal/identitycenter"
	"aws-sso-config-generator/internal/inventory"
)

// BenchmarkDiscover is the discovery over loopback sockets: a small one at 30 ms
// latency, and ones that grow without any, where a role must cost the same in all.
func BenchmarkDiscover(b *testing.B) {
	for _, size := range []struct {
		accounts, roles int
		latency         time.Duration
	}{{50, 3, 30 * time.Millisecond}, {100, 10, 0}, {1000, 10, 0}, {5000, 10, 0}} {
		b.Run(fmt.Sprintf("%dx%d/%v", size.accounts, size.roles, size.latency), func(b *testing.B) {
			e := emulator.New(emulator.Config{
				AutoApprove: true, Organization: emulator.Organize(1, size.accounts, size.roles), Latency: size.latency,
			})
			server := httptest.NewServer(e)
			defer server.Close()
			transport := &http.Transport{MaxIdleConnsPerHost: 64}
			defer transport.CloseIdleConnections()
			p := portalAt(b, identitycenter.Options{
				Region: emulator.DefaultRegion, OIDCEndpoint: server.URL, PortalEndpoint: server.URL, Transport: transport,
			})
			roles := size.accounts * size.roles
			b.ReportAllocs()
			for b.Loop() {
				found, err := inventory.Discover(b.Context(), p, inventory.Options{})
				if err != nil || found.Roles() != roles {
					b.Fatal(found.Roles(), err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*roles), "ns/role")
		})
	}
}
