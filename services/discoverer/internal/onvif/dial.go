package onvif

import (
	"context"
	"net"
	"sync"
)

// dial connects; nothing is read before the first request was written.
func dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{Timeout: callTime}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &patient{Conn: conn, asked: make(chan struct{})}, nil
}

// patient is a connection on which a device that answers before it was asked is
// not heard: net/http would write what it says, kilobytes of it, into the
// program's log.
type patient struct {
	net.Conn
	once  sync.Once
	asked chan struct{} // closed once something is written, or all is over
}

func (p *patient) Read(b []byte) (int, error) {
	<-p.asked
	return p.Conn.Read(b)
}

func (p *patient) Write(b []byte) (int, error) {
	p.proceed()
	return p.Conn.Write(b)
}

func (p *patient) Close() error {
	p.proceed()
	return p.Conn.Close()
}

func (p *patient) proceed() { p.once.Do(func() { close(p.asked) }) }
