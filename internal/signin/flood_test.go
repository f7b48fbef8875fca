package signin

import (
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"aws-sso-config-generator/internal/emulator"
)

// Somebody opens connections by the hundred and sends nothing, or half a request,
// and holds them. The browser that brings the answer gets in.
func TestSilentConnectionsKeepNobodyOut(t *testing.T) {
	_, c := world(t, emulator.Config{AutoApprove: true})
	seen := browser(t, &c, func(p Prompt) shown {
		for i := range 500 {
			connection, err := net.Dial("tcp4", fmt.Sprintf("127.0.0.1:%d", p.CallbackPort))
			if err != nil {
				t.Errorf("connection %d: %v", i, err)
				break
			}
			t.Cleanup(func() { _ = connection.Close() })
			if i%2 == 0 {
				_, _ = io.WriteString(connection, "GET "+callbackPath+"?code=") // closed already, or not
			}
		}
		return browse(t, p.URL)
	})
	if _, err := AuthorizationCode(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if page := seen(); !strings.Contains(page.body, "You are signed in") {
		t.Errorf("the browser shows %s", page.body)
	}
}

// Too many silent connections are as many as fit, the newest ones; one that has
// sent its request is not one of them.
func TestTheOldestSilentConnectionGoes(t *testing.T) {
	var s silence
	var ours, theirs []net.Conn
	for range maxSilent + 10 {
		here, there := net.Pipe()
		t.Cleanup(func() { _ = here.Close() })
		ours, theirs = append(ours, here), append(theirs, there)
	}
	s.state(ours[0], http.StateNew)
	s.state(ours[0], http.StateActive)
	for _, connection := range ours[1:] {
		s.state(connection, http.StateNew)
	}
	for i, connection := range theirs {
		_ = connection.SetReadDeadline(time.Unix(1, 0)) // what is open times out at once
		_, err := connection.Read(make([]byte, 1))
		if gone := errors.Is(err, io.EOF); gone != (i >= 1 && i < 10) {
			t.Errorf("connection %d of %d: %v", i, len(ours), err)
		}
	}
	for _, connection := range ours {
		s.state(connection, http.StateClosed)
	}
	if len(s.connections) != 0 {
		t.Errorf("%d are remembered for good", len(s.connections))
	}
}

// BenchmarkForgedCallbacks is a sign-in that waits while 1,000 forged callbacks a
// second come in for 10 seconds, and 500 connections that say nothing. It reports
// how long the true one takes to its page then (fire-ms) and without all that
// (idle-ms), worst of all iterations, and what is alive on the heap, with that of
// those who send all this.
func BenchmarkForgedCallbacks(b *testing.B) {
	const rate = 1000
	var idle, fire time.Duration
	sent := math.Inf(1)
	heap := map[string]float64{}
	alive := func(when string) {
		var stats runtime.MemStats
		runtime.GC()
		runtime.GC() // pools keep things for one
		runtime.ReadMemStats(&stats)
		heap[when] = max(heap[when], float64(stats.HeapAlloc)/1e6)
	}
	for range b.N {
		for range 20 {
			idle = max(idle, waiting(b).answered(b))
		}
		c := waiting(b)
		alive("before")
		stop := bombard(c.callback, rate)
		<-time.After(2 * time.Second)
		alive("2s")
		<-time.After(8 * time.Second)
		alive("10s")
		fire = max(fire, c.answered(b))
		sent = min(sent, stop())
		<-time.After(time.Second) // the server lingers over refusals for half of one
		alive("after")
	}
	b.ReportMetric(sent, "forged/s")
	b.ReportMetric(float64(idle.Microseconds())/1000, "idle-ms")
	b.ReportMetric(float64(fire.Microseconds())/1000, "fire-ms")
	for when, megabytes := range heap {
		b.ReportMetric(megabytes, "heap-"+when+"-MB")
	}
}

// A waitingSignIn waits for its callback and finds every code good.
type waitingSignIn struct {
	*callback
	done chan error
}

func waiting(b *testing.B) waitingSignIn {
	b.Helper()
	c, err := listen(b.Context(), 0)
	if err != nil {
		b.Fatal(err)
	}
	s := waitingSignIn{c, make(chan error, 1)}
	go func() {
		code, err := c.wait(b.Context())
		if err == nil && code != "true" {
			err = fmt.Errorf("the code %q was taken", string(code))
		}
		_ = c.answer(err)
		c.close()
		s.done <- err
	}()
	return s
}

// answered is the time from the click to the page of the true answer.
func (s waitingSignIn) answered(b *testing.B) time.Duration {
	b.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	start := time.Now()
	response, err := client.Get(s.redirectURI + "?code=true&state=" + s.state)
	if err != nil {
		b.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	took := time.Since(start)
	if err != nil || !strings.Contains(string(body), successPage.Title) {
		b.Fatalf("%v: %s", err, body)
	}
	if err := <-s.done; err != nil {
		b.Fatal(err)
	}
	return took
}

// bombard sends forged callbacks at a rate and holds silent connections, until
// stop, which returns how many a second they were.
func bombard(c *callback, rate int) (stop func() float64) {
	forged := []string{
		"GET " + callbackPath + "?code=x&state=wrong HTTP/1.1\r\nHost: " + c.host + "\r\n\r\n",
		"GET /favicon.ico HTTP/1.1\r\nHost: " + c.host + "\r\n\r\n",
		"GET " + callbackPath + "?code=x&state=" + c.state + " HTTP/1.1\r\nHost: attacker.example.com\r\n\r\n",
		"GET " + callbackPath + "?code=" + strings.Repeat("x", maxQuery) + "&state=" + c.state + " HTTP/1.1\r\nHost: " + c.host + "\r\n\r\n",
		"GET " + callbackPath + " HTTP/1.1\r\nHost: " + c.host + "\r\nCookie: " + strings.Repeat("x", 2*maxHeader) + "\r\n\r\n",
		"POST " + callbackPath + "?code=x&state=" + c.state + " HTTP/1.1\r\nHost: " + c.host + "\r\nContent-Length: 1000000\r\n\r\nx",
		"no request at all\r\n\r\n",
		"GET " + callbackPath + " HTTP/1.1\r\n", // and silence
	}
	over := make(chan struct{})
	var sending sync.WaitGroup
	var sent atomic.Int64
	send := func(text string) {
		connection, err := net.Dial("tcp4", c.host)
		if err != nil {
			return // the sign-in is over
		}
		defer connection.Close()
		sent.Add(1)
		if _, err := io.WriteString(connection, text); err == nil {
			_, _ = io.Copy(io.Discard, connection)
		}
	}
	const silent = 500
	for range silent {
		sending.Go(func() { send("") })
	}
	start := time.Now()
	sending.Go(func() {
		ticker := time.NewTicker(time.Second / 100)
		defer ticker.Stop()
		for i := 0; ; {
			select {
			case <-over:
				return
			case now := <-ticker.C: // some are left out on a busy machine
				for ; i < int(now.Sub(start).Seconds()*float64(rate)); i++ {
					text := forged[i%len(forged)]
					sending.Go(func() { send(text) })
				}
			}
		}
	})
	return func() float64 {
		achieved := float64(sent.Load()-silent) / time.Since(start).Seconds()
		close(over)
		sending.Wait()
		return achieved
	}
}
