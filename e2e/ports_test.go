package e2e

import (
	"net"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"testing"
)

// The machine has no free port for the callback. To bring that about, we take a
// network of our own, give it one port for everybody who asks for any, and let
// the emulator sit on that.
func TestNoFreePort(t *testing.T) {
	t.Parallel()
	unshare, nsenter := tool(t, "unshare"), tool(t, "nsenter")
	tool(t, "ip")
	if os.Geteuid() != 0 {
		lack(t, "right to make a network namespace (root)")
	}
	h := newHome(t)
	emulator := h.start(unshare, "--net", "sh", "-euc", `
		ip link set lo up
		echo "40000 40000" >/proc/sys/net/ipv4/ip_local_port_range
		exec "$0" emulator --port 40000`, binary)
	emulator.printed.await(t, `SSO_REGION=.*\n`)
	h.export("AWS_ENDPOINT_URL=http://127.0.0.1:40000")

	p := h.start(nsenter, "--net", "--target", strconv.Itoa(emulator.cmd.Process.Pid),
		binary, "--start-url", "https://d-1234567890.awsapps.com/start", "--sso-region", "us-east-1")
	p.exits(1)
	p.says(`(?m)^error: sign in: listen for the browser on 127\.0\.0\.1: .*address already in use$`, `(?m)^hint: .*--device-code`)
	h.wroteNothing()
}

// Few files may be open, and somebody holds so many connections to us that it would
// take longer than our patience if each had its time.
func TestSilentConnections(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.emulate("--auto-approve", "--accounts", "5", "--roles", "2")
	p := h.start("sh", "-c", `ulimit -n 256; exec "$0" --no-browser`, binary)
	link := p.said.await(t, address)[1]
	answer := location(t, link)
	for range 2000 {
		connection, err := net.Dial("tcp4", regexp.MustCompile(`127\.0\.0\.1:\d+`).FindString(answer))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = connection.Close() })
	}
	client := http.Client{Timeout: patience}
	response, err := client.Get(answer)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	p.exits(0)
}
