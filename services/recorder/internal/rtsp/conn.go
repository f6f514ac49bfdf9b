package rtsp

import (
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/donhk/istream/services/recorder/internal/gather"
	"github.com/donhk/istream/services/recorder/internal/interleaved"
)

// dialError marks a failure to connect.
type dialError struct{ err error }

func (e *dialError) Error() string { return e.err.Error() }
func (e *dialError) Unwrap() error { return e.err }

// greetingSize is how much is remembered of what the other side says first.
const greetingSize = 16

// conn is a connection that knows what it heard first, and that can be given up
// by a timer: gortsplib's own time-outs follow the wall clock, which may step.
type conn struct {
	net.Conn
	plain *gather.Conn // the same, where nothing lies between; else nil
	late  atomic.Bool
	muted atomic.Bool
	heard atomic.Int64 // when something came last, since the line's begin
	line  *line

	mu    sync.Mutex
	first []byte
	known atomic.Bool // first is as long as it gets
}

// line holds the session's present connection, if there is one.
type line struct {
	conn  atomic.Pointer[conn]
	begin time.Time
}

// longest is how many times its patience an answer may take that keeps coming.
const longest = 3

// take makes a connection the session's present one.
func (l *line) take(raw net.Conn) net.Conn {
	c := &conn{Conn: raw, line: l}
	if tcp, ok := raw.(*net.TCPConn); ok {
		c.plain = gather.New(tcp)
		c.Conn = c.plain
	}
	c.heard.Store(int64(time.Since(l.begin)))
	l.conn.Store(c)
	return c
}

// interleave has the stream that is asked for next taken out of the connection:
// the packets of these channels go to sink. It tells whether that can be.
func (l *line) interleave(channels []uint8, sink gather.Sink) bool {
	c := l.conn.Load()
	if c == nil || c.plain == nil {
		return false
	}
	c.plain.Begin(interleaved.New(channels...), sink)
	return true
}

// finish has what came already read, and from now on all else as it comes.
func (l *line) finish() {
	if c := l.conn.Load(); c != nil && c.plain != nil {
		c.plain.Finish()
	}
}

// mute keeps gortsplib from writing any more.
func (l *line) mute() {
	if c := l.conn.Load(); c != nil {
		c.muted.Store(true)
	}
}

func (c *conn) Write(b []byte) (int, error) {
	if c.muted.Load() {
		return len(b), nil
	}
	return c.Conn.Write(b)
}

func (c *conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 && !c.late.Load() {
		c.remember(b[:n])
	}
	return n, err
}

func (c *conn) remember(b []byte) {
	c.heard.Store(int64(time.Since(c.line.begin)))
	if c.known.Load() {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if room := greetingSize - len(c.first); room > 0 {
		c.first = append(c.first, b[:min(room, len(b))]...)
		c.known.Store(len(c.first) == greetingSize)
	}
}

// greeting is what the other side said first.
func (l *line) greeting() string {
	c := l.conn.Load()
	if c == nil {
		return ""
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return string(c.first)
}

// within gives up the connection if nothing is heard for patience while do runs,
// or if do takes much longer altogether. Dialling has a limit of its own.
func (l *line) within(patience time.Duration, do func() error) error {
	start, done, ended := time.Now(), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		timer := time.NewTimer(patience)
		defer timer.Stop()
		for {
			select {
			case <-done:
				return
			case <-timer.C:
			}
			rest := l.rest(patience, start)
			if rest <= 0 {
				l.expire()
				return
			}
			timer.Reset(rest)
		}
	}()
	err := do()
	close(done)
	<-ended
	return err
}

// rest is how much longer to wait.
func (l *line) rest(patience time.Duration, start time.Time) time.Duration {
	c := l.conn.Load()
	if c == nil {
		return patience
	}
	quiet := time.Since(l.begin) - time.Duration(c.heard.Load())
	return min(patience-quiet, longest*patience-time.Since(start))
}

// expire ends the connection since the other side took too long.
func (l *line) expire() {
	if c := l.conn.Load(); c != nil {
		c.late.Store(true)
		_ = c.Close() // what it ends is broken anyway
	}
}

// expired tells whether the connection was given up.
func (l *line) expired() bool {
	c := l.conn.Load()
	return c != nil && c.late.Load()
}

// remote is the IP that the host has here.
func (l *line) remote() string {
	if c := l.conn.Load(); c != nil {
		host, _, _ := net.SplitHostPort(c.RemoteAddr().String())
		return host
	}
	return ""
}
