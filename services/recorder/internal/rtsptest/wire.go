package rtsptest

import (
	"bufio"
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"github.com/bluenviron/gortsplib/v5/pkg/conn"
)

// Wire stands between a client and a camera, and makes of a good server a bad
// one: it sees each request and may answer it in the camera's place, and it may
// change what the camera replies. Both are called by one goroutine at a time for
// each connection.
type Wire struct {
	// Ask returns the reply, or nil for the camera to give it.
	Ask func(*base.Request) *base.Response
	// Reply changes what the camera replies to a request.
	Reply func(*base.Request, *base.Response)

	Host string // to listen on; "": 127.0.0.1

	camera   *Camera
	listener net.Listener
	done     sync.WaitGroup

	mu      sync.Mutex
	open    map[*passage]bool
	seen    []base.Request
	opened  []time.Time
	most    int // connections at once
	answers int
}

// passage is one connection through a wire.
type passage struct {
	client, camera net.Conn

	mu      sync.Mutex // of what is written to the client
	pending map[string]*base.Request
}

// StartWire is a wire to a camera until the test ends.
func StartWire(t testing.TB, camera *Camera, w *Wire) *Wire {
	t.Helper()
	var err error
	if w.Host == "" {
		w.Host = "127.0.0.1"
	}
	if w.listener, err = net.Listen("tcp", w.Host+":0"); err != nil {
		t.Fatal(err)
	}
	w.camera, w.open = camera, map[*passage]bool{}
	w.done.Go(w.accept)
	t.Cleanup(func() {
		_ = w.listener.Close()
		w.Cut()
		w.done.Wait()
	})
	return w
}

// Address is host:port; URL is the stream's.
func (w *Wire) Address() string { return w.listener.Addr().String() }

// URL is the stream's, without credentials.
func (w *Wire) URL() string { return "rtsp://" + w.Address() + "/stream" }

// Cut breaks every connection.
func (w *Wire) Cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for p := range w.open {
		p.close()
	}
}

// Seen lists the requests of a method.
func (w *Wire) Seen(method base.Method) []base.Request {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []base.Request
	for _, r := range w.seen {
		if r.Method == method {
			all = append(all, r)
		}
	}
	return all
}

// Opened is when each connection came; most is how many there were at once.
func (w *Wire) Opened() (at []time.Time, most int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append(at, w.opened...), w.most
}

// Demand has the camera ask the client for something.
func (w *Wire) Demand(r *base.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for p := range w.open {
		_ = p.tell(r)
	}
}

// Answers is how many demands have been answered.
func (w *Wire) Answers() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.answers
}

func (w *Wire) accept() {
	for {
		client, err := w.listener.Accept()
		if err != nil {
			return
		}
		camera, err := net.Dial("tcp", w.camera.Address())
		if err != nil {
			_ = client.Close() // the camera has gone
			continue
		}
		p := &passage{client: client, camera: camera, pending: map[string]*base.Request{}}
		w.mu.Lock()
		w.open[p] = true
		w.opened, w.most = append(w.opened, time.Now()), max(w.most, len(w.open))
		w.mu.Unlock()
		w.done.Go(func() {
			back := make(chan struct{})
			go func() {
				defer close(back)
				_ = w.down(p)
				p.close()
			}()
			_ = w.up(p)
			w.mu.Lock()
			delete(w.open, p)
			w.mu.Unlock()
			p.close()
			<-back
		})
	}
}

func (p *passage) close() { _, _ = p.client.Close(), p.camera.Close() }

var errUnexpected = errors.New("neither a request nor a reply nor a frame")

// up carries what the client says.
func (w *Wire) up(p *passage) error {
	from, to := conn.NewConn(bufio.NewReader(p.client), nil), conn.NewConn(nil, p.camera)
	for {
		what, err := from.Read()
		if err != nil {
			return err
		}
		switch what := what.(type) {
		case *base.Request:
			err = w.ask(p, to, what)
		case *base.InterleavedFrame:
			err = to.WriteInterleavedFrame(what, make([]byte, 4+len(what.Payload)))
		case *base.Response: // to a demand, which the camera did not make
			w.mu.Lock()
			w.answers++
			w.mu.Unlock()
		}
		if err != nil {
			return err
		}
	}
}

func (w *Wire) ask(p *passage, to *conn.Conn, r *base.Request) error {
	w.mu.Lock()
	w.seen = append(w.seen, *r)
	w.mu.Unlock()
	if w.Ask != nil {
		if reply := w.Ask(r); reply != nil {
			if reply.Header == nil {
				reply.Header = base.Header{}
			}
			reply.Header["CSeq"] = r.Header["CSeq"]
			return p.tell(reply)
		}
	}
	p.mu.Lock()
	p.pending[r.Header["CSeq"][0]] = r
	p.mu.Unlock()
	return to.WriteRequest(r)
}

// down carries what the camera says.
func (w *Wire) down(p *passage) error {
	from := conn.NewConn(bufio.NewReader(p.camera), nil)
	for {
		what, err := from.Read()
		if err != nil {
			return err
		}
		if r, ok := what.(*base.Response); ok && w.Reply != nil && len(r.Header["CSeq"]) == 1 {
			p.mu.Lock()
			asked := p.pending[r.Header["CSeq"][0]]
			p.mu.Unlock()
			if asked != nil {
				w.Reply(asked, r)
			}
		}
		if err := p.tell(what); err != nil {
			return err
		}
	}
}

func (p *passage) tell(what any) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	to := conn.NewConn(nil, p.client)
	switch what := what.(type) {
	case *base.Response:
		return to.WriteResponse(what)
	case *base.Request:
		return to.WriteRequest(what)
	case *base.InterleavedFrame:
		return to.WriteInterleavedFrame(what, make([]byte, 4+len(what.Payload)))
	}
	return errUnexpected
}
