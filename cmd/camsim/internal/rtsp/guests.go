package rtsp

import (
	"sync"
	"time"

	"github.com/bluenviron/gortsplib/v5"
)

// guests are those who are connected and what they watch.
type guests struct {
	mutex    sync.Mutex
	conns    map[*gortsplib.ServerConn]struct{}
	sessions map[*gortsplib.ServerSession]*visit
}

// visit is a session that plays, or did.
type visit struct {
	stream *stream // nil: not playing
	since  time.Time
	alive  time.Time // its latest sign of life
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
		g.sessions = map[*gortsplib.ServerSession]*visit{}
	}
	before := g.sessions[session]
	g.sessions[session] = &visit{stream: now, since: time.Now(), alive: time.Now()}
	replace(before, now)
}

func (g *guests) left(session *gortsplib.ServerSession) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	before := g.sessions[session]
	delete(g.sessions, session)
	replace(before, nil)
}

func replace(before *visit, now *stream) {
	if now != nil {
		now.watch()
	}
	if before != nil && before.stream != nil {
		before.stream.unwatch()
	}
}

// alive notes a session's sign of life.
func (g *guests) alive(session *gortsplib.ServerSession, now time.Time) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if known := g.sessions[session]; known != nil {
		known.alive = now
	}
}

// expire ends the sessions that play for longer than longest, or that gave no
// sign of life for longer than patience; 0 means for ever.
func (g *guests) expire(now time.Time, longest, patience time.Duration) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	for session, v := range g.sessions {
		old := longest > 0 && now.Sub(v.since) >= longest
		if old || patience > 0 && now.Sub(v.alive) >= patience {
			session.Close() // with its connection
		}
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
