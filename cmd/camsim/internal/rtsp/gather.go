package rtsp

import (
	"net"
	"sync"
	"time"
)

// gatherConn writes the packets of one frame at once: the library writes each
// alone, and with many cameras those calls are most of the cost.
type gatherConn struct {
	net.Conn
	mutex    sync.Mutex
	waiting  []byte
	deadline time.Time
}

const maxWaiting = 64 << 10

// Write implements net.Conn. What waits is followed by the rest of its frame at
// once, since packets of one frame are queued together.
func (c *gatherConn) Write(data []byte) (int, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.waiting = append(c.waiting, data...)
	if moreFollows(data) && len(c.waiting) < maxWaiting {
		return len(data), nil
	}
	if err := c.Conn.SetWriteDeadline(c.deadline); err != nil {
		return 0, err
	}
	_, err := c.Conn.Write(c.waiting)
	c.waiting = c.waiting[:0]
	if err != nil {
		return 0, err
	}
	return len(data), nil
}

// SetWriteDeadline implements net.Conn, when the time to write has come.
func (c *gatherConn) SetWriteDeadline(t time.Time) error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.deadline = t
	return nil
}

// The interleaved frame (RFC 2326, 10.12) before an RTP header (RFC 3550, 5.1).
const (
	interleavedMagic  = '$'
	interleavedHeader = 4
	fragmentSize      = 1400 // only a fragment of a large NAL unit is as long
	marker            = 0x80
)

// moreFollows tells a fragment that does not end its access unit.
func moreFollows(data []byte) bool {
	return len(data) >= fragmentSize && data[0] == interleavedMagic &&
		data[interleavedHeader+1]&marker == 0
}
