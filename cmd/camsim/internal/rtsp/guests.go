package rtsp

import (
	"sync"

	"github.com/bluenviron/gortsplib/v5"
)

// guests are those who are connected and what they watch.
type guests struct {
	mutex    sync.Mutex
	conns    map[*gortsplib.ServerConn]struct{}
	sessions map[*gortsplib.ServerSession]*stream // nil: not playing
}

func (g *guests) connected(conn *gortsplib.ServerConn) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if g.conns == nil {
		g.conns = map[*gortsplib.ServerConn]struct{}{}
	}
	g.conns[conn] = struct{}{}
}

func (g *guests) disconnected(conn *gortsplib.ServerConn) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	delete(g.conns, conn)
}

// watching notes what a session plays from now on; nil: nothing.
func (g *guests) watching(session *gortsplib.ServerSession, now *stream) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if g.sessions == nil {
		g.sessions = map[*gortsplib.ServerSession]*stream{}
	}
	before := g.sessions[session]
	g.sessions[session] = now
	replace(before, now)
}

func (g *guests) left(session *gortsplib.ServerSession) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	before := g.sessions[session]
	delete(g.sessions, session)
	replace(before, nil)
}

func replace(before, now *stream) {
	if now != nil {
		now.watch()
	}
	if before != nil {
		before.unwatch()
	}
}

// throwOut closes every connection and session, as a camera that restarts.
func (g *guests) throwOut() {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	for conn := range g.conns {
		conn.Close()
	}
	for session := range g.sessions {
		session.Close()
	}
}
