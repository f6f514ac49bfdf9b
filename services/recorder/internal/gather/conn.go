package gather

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/donhk/istream/services/recorder/internal/interleaved"
)

// Sink takes the packets of one connection, from the goroutine that reads it.
type Sink interface {
	// Read tells when the packets that follow were read; soon is set while reads
	// follow the packets at once.
	Read(at time.Time, soon bool)
	// Packet is RTP. The bytes are good until it returns.
	Packet(channel uint8, packet []byte)
	// Gathered tells that all that had come was handed over, and that nothing
	// follows for up to the returned time: the interval of the reads.
	Gathered() time.Duration
}

// Conn is a TCP connection with a camera.
type Conn struct {
	*net.TCPConn
	raw syscall.RawConn

	stream atomic.Pointer[stream]
	paced  atomic.Bool // read at ticks
	hurry  atomic.Bool
	over   chan struct{} // closed when the last read is done
	end    sync.Once

	// The rest is the reader's.
	rest    []byte // of the stream, not whole yet
	passed  []byte // for who reads the Conn
	err     error
	pace    time.Duration
	unable  bool // to wait in the kernel
	patient bool // has been asked to wait
	park    func(uintptr) bool
}

// stream is what Begin sets.
type stream struct {
	parser *interleaved.Parser
	sink   Sink
}

// New reads as the connection does, until Begin.
func New(c *net.TCPConn) *Conn {
	conn := &Conn{TCPConn: c, over: make(chan struct{})}
	conn.park = func(uintptr) bool {
		conn.patient = !conn.patient
		return !conn.patient
	}
	return conn
}

// Begin is called before the stream is asked for. From then on packets of the
// parser's channels go to sink.
func (c *Conn) Begin(p *interleaved.Parser, sink Sink) { c.stream.Store(&stream{p, sink}) }

// Finish has what already came read now, and waits for it; from now on all else
// is read as it comes. Nothing ends by it.
func (c *Conn) Finish() {
	c.hurry.Store(true)
	if c.paced.Load() && c.SetReadDeadline(time.Unix(1, 0)) == nil {
		<-c.over
	}
}

// Close implements net.Conn.
func (c *Conn) Close() error {
	err := c.TCPConn.Close()
	c.finished() // nobody may read any more
	return err
}

// Read implements net.Conn, for one goroutine.
func (c *Conn) Read(b []byte) (int, error) {
	n, err := c.read(b)
	if err != nil {
		c.finished()
	}
	return n, err
}

func (c *Conn) finished() { c.end.Do(func() { close(c.over) }) }

func (c *Conn) read(b []byte) (int, error) {
	for {
		if len(c.passed) > 0 {
			n := copy(b, c.passed)
			c.passed = c.passed[n:]
			return n, nil
		}
		if c.err != nil {
			return 0, c.err
		}
		if !c.paced.Load() {
			n, err := c.TCPConn.Read(b)
			if c.hurry.Load() && errors.Is(err, os.ErrDeadlineExceeded) {
				err = c.SetReadDeadline(time.Time{}) // it was Finish's
			}
			s := c.stream.Load()
			if s == nil {
				return n, err
			}
			c.err = err
			c.first(s, b[:n])
			continue
		}
		c.gather(c.stream.Load())
	}
}

// first takes what comes at the stream's begin.
func (c *Conn) first(s *stream, b []byte) {
	s.sink.Read(time.Now(), true)
	c.rest = append(c.rest, b...)
	c.take(s, c.rest)
	if c.pace = s.sink.Gathered(); c.pace > 0 && c.err == nil && !c.unable && !c.hurry.Load() {
		c.raw, c.err = c.SyscallConn()
		c.unable = c.err != nil || hold(c.raw) != nil
		c.paced.Store(!c.unable)
	}
}

// take hands over what is whole, and keeps the rest.
func (c *Conn) take(s *stream, b []byte) {
	c.passed = c.passed[:0]
	used := s.parser.Parse(b, &tap{Sink: s.sink, conn: c})
	c.rest = append(c.rest[:0], b[used:]...)
}

// tap keeps what is not for the sink.
type tap struct {
	Sink
	conn *Conn
}

func (t *tap) Pass(b []byte) { t.conn.passed = append(t.conn.passed, b...) }

// gather waits for the tick and reads what has come.
func (c *Conn) gather(s *stream) {
	if err := c.wait(); err != nil {
		c.err = err
		return
	}
	hurried := c.hurry.Load()
	if hurried {
		c.err = release(c.raw)
	}
	c.drain(s)
	c.pace = s.sink.Gathered()
	if hurried {
		c.paced.Store(false)
		c.finished()
	}
}

// wait ends at the next tick, or sooner if more waits than may.
func (c *Conn) wait() error {
	if err := c.SetReadDeadline(next(time.Now(), c.pace)); err != nil {
		return err
	}
	if c.hurry.Load() {
		return nil
	}
	if err := c.raw.Read(c.park); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	c.patient = false
	return nil
}

// most bounds one drain, against a camera that sends faster than it is read.
const most = 64 << 20

// drain reads until nothing waits any more.
func (c *Conn) drain(s *stream) {
	b := buffers.take()
	defer buffers.put(b)
	tap := &tap{Sink: s.sink, conn: c}
	c.passed = c.passed[:0]
	n := copy(b, c.rest)
	for total := 0; total < most; {
		got, err := receive(c.raw, b[n:])
		total, n = total+got, n+got
		s.sink.Read(time.Now(), false)
		used := s.parser.Parse(b[:n], tap)
		more := n == len(b)
		n = copy(b, b[used:n])
		if err != nil && !errors.Is(err, syscall.EAGAIN) {
			c.err = err
		}
		if err != nil || !more {
			break
		}
	}
	c.rest = append(c.rest[:0], b[:n]...)
}

// receive reads what has come into b, without waiting.
func receive(raw syscall.RawConn, b []byte) (n int, err error) {
	fault := raw.Control(func(fd uintptr) {
		for {
			n, err = syscall.Read(int(fd), b)
			if !errors.Is(err, syscall.EINTR) {
				return
			}
		}
	})
	switch {
	case fault != nil:
		return 0, fault
	case err != nil:
		if !errors.Is(err, syscall.EAGAIN) {
			err = os.NewSyscallError("read", err)
		}
		return 0, err
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}
