package e2e

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// The token has expired, and many programs find that out at the same moment.
// Nobody is asked and nothing is lost; our own runs refresh once among them.
func TestSessionAllAtOnce(t *testing.T) {
	t.Parallel()
	others := []program{goSDK, goSDK, goSDK, jsSDK, jsSDK}
	for _, c := range []struct {
		name, rotation string
		others         []program
		drops          bool // the others drop the refresh token
	}{
		{"with others, rotate", "rotate", others, false},
		{"with others, keep", "keep", others, true},
		{"alone, keep", "keep", nil, false},
		{"alone, strict", "strict", nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSession(t, "--refresh-rotation", c.rotation, "--latency", "200ms")
			s.signIn()
			s.addTheirs()
			s.expire()
			var all []*process
			for _, p := range c.others {
				all = append(all, s.launch(p, s.profile()))
			}
			for i := range 20 {
				words := append(mainJob.words(t, ""), "--debug", "--out", filepath.Join(s.dir, fmt.Sprint("config", i)))
				all = append(all, s.start(words[0], words[1:]...))
			}
			refreshes := 0
			for _, p := range all {
				p.exits(0)
				refreshes += strings.Count(p.said.String(), " path=/token ")
			}
			if refreshes > 1 || refreshes == 0 && c.others == nil {
				t.Errorf("our runs refreshed %d times", refreshes)
			}
			members := s.members()
			if members["theirs"] == nil || members["refreshToken"] == nil && !c.drops {
				t.Errorf("something is lost: %v", members)
			}
			for _, p := range []program{mainJob, goSDK, jsSDK, cli} {
				s.uses(p)
			}
		})
	}
}

// The AWS CLI and the SDK for JavaScript empty the file before they write it. We
// never take what is there meanwhile for the end of the session.
func TestSessionHalfWritten(t *testing.T) {
	t.Parallel()
	for _, expired := range []bool{false, true} {
		t.Run(fmt.Sprintf("expired %t", expired), func(t *testing.T) {
			t.Parallel()
			s := newSession(t, "--refresh-rotation", "keep")
			s.signIn()
			if expired {
				s.expire()
			}
			over := make(chan struct{})
			var writer sync.WaitGroup
			writer.Go(func() { s.rewrite(over) })
			defer writer.Wait()
			defer close(over)
			for range 60 {
				s.start(binary, "login", "--no-browser", "--timeout", "1ms").exits(0)
			}
		})
	}
}

// rewrite writes the file in place, again and again, in two formats and two parts.
func (s *session) rewrite(over <-chan struct{}) {
	texts := [][]byte{s.readFile(), bytes.ReplaceAll(s.readFile(), []byte(`","`), []byte(`", "`))}
	for i := 0; ; i++ {
		text := texts[i%2]
		file, err := os.Create(s.file)
		if err != nil {
			s.t.Error(err)
			return
		}
		for part := range bytes.SplitAfterSeq(text, []byte(`"accessToken":`)) {
			time.Sleep(rand.N(15 * time.Millisecond))
			if _, err := file.Write(part); err != nil {
				s.t.Error(err)
			}
		}
		_ = file.Close()
		select {
		case <-over:
			return
		case <-time.After(30*time.Millisecond + rand.N(30*time.Millisecond)):
		}
	}
}
