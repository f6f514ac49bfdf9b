package rtsp

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/donhk/istream/pkg/pause"
)

// tunnel is RTSP through HTTP: what the camera says comes as the endless reply
// to a GET, what it is told goes in the endless body of a POST, in base64. Both
// carry the same cookie.
type tunnel struct {
	net.Conn               // the GET's
	said     *bufio.Reader // of it
	post     net.Conn
}

// tunnelType is the type of both bodies; postLength is what cameras want to be
// told and do not count.
//
// pairing: some answer the GET a moment before they know of it when the POST comes.
const (
	pairing    = 100 * time.Millisecond
	tunnelType = "application/x-rtsp-tunnelled"
	postLength = 32767
)

func (t *tunnel) Read(b []byte) (int, error) {
	if t.said.Buffered() > 0 {
		return t.said.Read(b)
	}
	return t.Conn.Read(b)
}

// Write encodes each message on its own, which ends its base64.
func (t *tunnel) Write(b []byte) (int, error) {
	if _, err := t.post.Write([]byte(base64.StdEncoding.EncodeToString(b))); err != nil {
		return 0, err
	}
	return len(b), nil
}

func (t *tunnel) SetWriteDeadline(at time.Time) error { return t.post.SetWriteDeadline(at) }

func (t *tunnel) SetDeadline(at time.Time) error {
	return errors.Join(t.Conn.SetReadDeadline(at), t.post.SetWriteDeadline(at))
}

func (t *tunnel) Close() error { return errors.Join(t.post.Close(), t.Conn.Close()) }

// openTunnel makes both connections.
func (s *Session) openTunnel(ctx context.Context, address string) (net.Conn, error) {
	cookie := rand.Text()[:22]
	get, err := s.dial(ctx, address)
	if err != nil {
		return nil, err
	}
	t := &tunnel{Conn: get, said: bufio.NewReader(get)}
	if err := s.get(ctx, t, address, cookie); err != nil {
		return nil, errors.Join(err, get.Close())
	}
	if err := pause.For(ctx, pairing); err != nil {
		return nil, errors.Join(err, get.Close())
	}
	if t.post, err = s.dial(ctx, address); err != nil {
		return nil, errors.Join(err, get.Close())
	}
	if err := s.tell(t.post, "POST", address, cookie, fmt.Sprintf("Content-Type: %s\r\nContent-Length: %d\r\n", tunnelType, postLength)); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil // some never answer the POST
}

// get asks for the camera's side, and waits for its begin.
func (s *Session) get(ctx context.Context, t *tunnel, address, cookie string) error {
	if err := t.Conn.SetReadDeadline(time.Now().Add(s.patience)); err != nil {
		return err
	}
	unhook := context.AfterFunc(ctx, func() { _ = t.Conn.SetReadDeadline(time.Unix(1, 0)) })
	defer unhook()
	if err := s.tell(t.Conn, "GET", address, cookie, "Accept: "+tunnelType+"\r\n"); err != nil {
		return err
	}
	reply, err := http.ReadResponse(t.said, &http.Request{Method: http.MethodGet}) //nolint:bodyclose // its body is the session
	if err != nil {
		return s.explainTunnel(address, err)
	}
	if reply.StatusCode != http.StatusOK {
		return s.explainTunnelStatus(address, reply.StatusCode)
	}
	return t.Conn.SetReadDeadline(time.Time{})
}

func (s *Session) tell(c net.Conn, method, address, cookie, more string) error {
	if err := c.SetWriteDeadline(time.Now().Add(s.patience)); err != nil {
		return err
	}
	_, err := fmt.Fprintf(c, "%s %s HTTP/1.0\r\nHost: %s\r\nUser-Agent: %s\r\nX-Sessioncookie: %s\r\n%sPragma: no-cache\r\nCache-Control: no-cache\r\n\r\n",
		method, s.request, address, agent(), cookie, more)
	return err
}
