package signin

import (
	"net"
	"net/http"
	"slices"
	"sync"
)

// maxSilent is how many connections may have sent no whole request yet. Browsers
// open a few in advance.
const maxSilent = 128

// silence is the connections that have sent no whole request yet, the oldest
// first. When there are too many, the oldest goes: a browser that has an answer
// sends it at once, and so it gets in however many others sit there and wait, and
// before they have used up our memory or file descriptors.
type silence struct {
	mu          sync.Mutex
	connections []net.Conn
}

// state is told whenever a connection changes (http.Server.ConnState).
func (s *silence) state(connection net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if state != http.StateNew {
		if i := slices.Index(s.connections, connection); i >= 0 {
			s.connections = slices.Delete(s.connections, i, i+1)
		}
		return
	}
	s.connections = append(s.connections, connection)
	if len(s.connections) > maxSilent {
		_ = s.connections[0].Close()
		s.connections = slices.Delete(s.connections, 0, 1)
	}
}
