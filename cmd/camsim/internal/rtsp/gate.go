package rtsp

import (
	"net"
	"sync"
	"time"
)

// How a camera bans (faults.Faults.Bans).
const (
	banWindow = 10 * time.Second
	banTime   = 30 * time.Second
)

// gate counts who connects, and bans an address that does so too often. A try
// while it is banned makes the ban begin anew, as real ones do.
type gate struct {
	net.Listener
	limit int // connections within banWindow; 0: any number

	mutex sync.Mutex
	ever  int
	bans  int
	known map[string]*caller // by IP
}

type caller struct {
	recent []time.Time // of its latest connections
	banned time.Time   // until then
}

// Accept implements net.Listener.
func (g *gate) Accept() (net.Conn, error) {
	for {
		conn, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if g.admits(conn.RemoteAddr(), time.Now()) {
			return conn, nil
		}
		_ = conn.Close() // it was never used
	}
}

func (g *gate) admits(from net.Addr, now time.Time) bool {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.ever++
	if g.limit == 0 {
		return true
	}
	c := g.caller(from)
	if now.Before(c.banned) {
		c.banned = now.Add(banTime)
		return false
	}
	for len(c.recent) > 0 && now.Sub(c.recent[0]) >= banWindow {
		c.recent = c.recent[1:]
	}
	c.recent = append(c.recent, now)
	if len(c.recent) <= g.limit {
		return true
	}
	g.bans++
	c.recent, c.banned = nil, now.Add(banTime)
	return false
}

func (g *gate) caller(from net.Addr) *caller {
	host, _, err := net.SplitHostPort(from.String())
	if err != nil {
		host = from.String()
	}
	if g.known == nil {
		g.known = map[string]*caller{}
	}
	if g.known[host] == nil {
		g.known[host] = &caller{}
	}
	return g.known[host]
}

// count is how many connections there have been, refused ones too, and bans.
func (g *gate) count() (connections, bans int) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	return g.ever, g.bans
}
