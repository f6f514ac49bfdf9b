package rtsp

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"
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
	late atomic.Bool

	mu    sync.Mutex
	first []byte
}

// line holds the session's present connection, if there is one.
type line struct{ conn atomic.Pointer[conn] }

// dial is gortsplib's DialContext.
func (l *line) dial(patience time.Duration) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		dialer := net.Dialer{Timeout: patience, KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3}}
		raw, err := dialer.DialContext(ctx, network, address)
		if err != nil {
			return nil, &dialError{err}
		}
		c := &conn{Conn: raw}
		l.conn.Store(c)
		return c, nil
	}
}

func (c *conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 {
		c.remember(b[:n])
	}
	return n, err
}

func (c *conn) remember(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if room := greetingSize - len(c.first); room > 0 {
		c.first = append(c.first, b[:min(room, len(b))]...)
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

// within gives up the connection if do is not done in time.
func (l *line) within(patience time.Duration, do func() error) error {
	timer := time.AfterFunc(patience, l.expire)
	defer timer.Stop()
	return do()
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
