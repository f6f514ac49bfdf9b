package gather_test

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/donhk/istream/services/recorder/internal/gather"
	"github.com/donhk/istream/services/recorder/internal/interleaved"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// recording is a sink that finds each packet once and in order.
type recording struct {
	interval time.Duration
	packets  atomic.Int64
	wrong    atomic.Int64
	reads    atomic.Int64 // that were waited for
}

func (r *recording) Read(_ time.Time, soon bool) {
	if !soon {
		r.reads.Add(1)
	}
}

func (r *recording) Packet(channel uint8, b []byte) {
	if channel != 0 || int64(binary.BigEndian.Uint32(b[12:])) != r.packets.Add(1)-1 {
		r.wrong.Add(1)
	}
}

func (r *recording) Gathered() time.Duration {
	if r.packets.Load() == 0 {
		return 0
	}
	return r.interval
}

// packet is the number-th of the stream.
func packet(number, size int) []byte {
	b := binary.BigEndian.AppendUint16([]byte{'$', 0}, uint16(16+size))
	b = append(b, 0x80, 96)
	b = binary.BigEndian.AppendUint16(b, uint16(number))
	b = append(b, 0, 0, 0, 0, 0, 0, 0, 7)
	b = binary.BigEndian.AppendUint32(b, uint32(number))
	return append(b, make([]byte, size)...)
}

// never is a tick that no test waits for.
const never = 24 * time.Hour

// link is a camera's end and the recorder's, whose reader runs until it fails.
type link struct {
	camera *net.TCPConn
	conn   *gather.Conn
	sink   *recording
	text   chan string // what the reader got, with its error
	err    chan error
}

func connect(t *testing.T, interval time.Duration) *link {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	raw, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	camera, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	conn := gather.New(raw.(*net.TCPConn))
	l := &link{camera: camera.(*net.TCPConn), conn: conn, sink: &recording{interval: interval}, text: make(chan string, 1), err: make(chan error, 1)}
	conn.Begin(interleaved.New(0), l.sink)
	done := make(chan struct{})
	go func() {
		defer close(done)
		text, err := io.ReadAll(conn)
		if err == nil {
			err = io.EOF
		}
		l.text <- string(text)
		l.err <- err
	}()
	t.Cleanup(func() {
		_ = l.camera.Close()
		_ = l.conn.Close()
		<-done
	})
	return l
}

func (l *link) send(t *testing.T, parts ...[]byte) {
	t.Helper()
	for _, b := range parts {
		if _, err := l.camera.Write(b); err != nil {
			t.Fatal(err)
		}
	}
}

func await(t *testing.T, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(100 * time.Microsecond) {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain")
		}
	}
}

// until waits for packets.
func (l *link) until(t *testing.T, packets int) {
	t.Helper()
	await(t, func() bool { return l.sink.packets.Load() >= int64(packets) })
	if n := l.sink.wrong.Load(); n > 0 {
		t.Fatalf("%d packets were not what was sent", n)
	}
}

// TestNothingIsHeldUp: though the next tick is far away, a camera can send as
// much as it likes.
func TestNothingIsHeldUp(t *testing.T) {
	l := connect(t, never)
	const packets = 20000 // 28 MB
	for n := range packets {
		l.send(t, packet(n, 1400))
	}
	l.conn.Finish()
	l.until(t, packets)
}

// TestBursts: what comes at once after a pause is all there.
func TestBursts(t *testing.T) {
	l := connect(t, 20*time.Millisecond)
	sent := 0
	for burst := range 10 {
		var all []byte
		for range 40 * burst {
			all = append(all, packet(sent, 1400)...)
			sent++
		}
		l.send(t, all)
		l.until(t, sent)
	}
}

// TestSplitAnywhere: a read may end at any byte.
func TestSplitAnywhere(t *testing.T) {
	l := connect(t, time.Millisecond)
	if err := l.camera.SetNoDelay(true); err != nil {
		t.Fatal(err)
	}
	l.send(t, packet(0, 0))
	for number, at := 1, 0; at < len(packet(0, 20)); number, at = number+1, at+1 {
		b := packet(number, 20)
		l.send(t, b[:at])
		before := l.sink.reads.Load()
		await(t, func() bool { return l.sink.reads.Load() > before }) // the part is read
		l.send(t, b[at:])
		l.until(t, number+1)
	}
}

// TestMessagesGoOn: what is not for the recording reaches who reads the
// connection, before the stream and within it.
func TestMessagesGoOn(t *testing.T) {
	l := connect(t, 5*time.Millisecond)
	const reply = "RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n"
	report := "$\x01\x00\x08\x80\xc8\x00\x01\x00\x00\x00\x07"
	l.send(t, []byte(reply), packet(0, 10), []byte(report), packet(1, 10))
	l.until(t, 2)
	l.send(t, []byte(strings.Repeat(reply, 300)), []byte("junk"), packet(2, 10))
	l.until(t, 3)
	l.send(t, []byte(report))
	if err := l.camera.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if got, want := <-l.text, reply+report+strings.Repeat(reply, 300)+report; got != want {
		t.Errorf("got %q", got)
	}
}

// TestEndIsNoticed: at once, also in the middle of a packet, and after what came
// before it.
func TestEndIsNoticed(t *testing.T) {
	for name, end := range map[string]func(*link) error{
		"closed": func(l *link) error { return l.camera.Close() },
		"reset": func(l *link) error {
			return errors.Join(l.camera.SetLinger(0), l.camera.Close())
		},
		"closed here": func(l *link) error { return l.conn.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			l := connect(t, never)
			l.send(t, packet(0, 10))
			l.until(t, 1)
			l.send(t, packet(1, 10), packet(2, 10)[:20])
			l.conn.Finish()
			if err := end(l); err != nil {
				t.Fatal(err)
			}
			if err := <-l.err; err == nil || name == "closed" && !errors.Is(err, io.EOF) || name == "closed here" && !errors.Is(err, net.ErrClosed) {
				t.Errorf("it ended with %v", err)
			}
			if n := l.sink.packets.Load(); n != 2 {
				t.Errorf("%d packets", n)
			}
		})
	}
}

// TestFinishReadsWhatCame before the tick, and what comes later at once.
func TestFinishReadsWhatCame(t *testing.T) {
	l := connect(t, never)
	l.send(t, packet(0, 10))
	l.until(t, 1)
	for n := 1; n < 50; n++ {
		l.send(t, packet(n, 1400))
	}
	l.conn.Finish()
	if n := l.sink.packets.Load(); n != 50 {
		t.Errorf("%d packets of 50", n)
	}
	l.conn.Finish() // again: nothing to wait for
	l.send(t, packet(50, 10))
	l.until(t, 51)
}

// TestFinishBeforeTheStream has nothing to wait for.
func TestFinishBeforeTheStream(t *testing.T) { connect(t, never).conn.Finish() }
