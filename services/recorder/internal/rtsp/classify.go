package rtsp

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"github.com/bluenviron/gortsplib/v5/pkg/liberrors"
)

// explain puts what went wrong before the first picture into one sentence.
func (s *Session) explain(doing string, err error) error {
	if known, ok := errors.AsType[*Fault](err); ok {
		return known
	}
	at := s.address
	if dial, ok := errors.AsType[*dialError](err); ok {
		return explainDial(at, dial.err)
	}
	if status, ok := errors.AsType[liberrors.ErrClientBadStatusCode](err); ok {
		return s.explainStatus(doing, status)
	}
	if auth, ok := errors.AsType[liberrors.ErrClientAuthSetup](err); ok {
		return fault(KindAuth, err, "%s asks for a way of authentication that is not supported: %s", at, s.hide(auth.Err.Error()))
	}
	if other := s.stranger(err); other != nil {
		return other
	}
	if sdp, ok := errors.AsType[liberrors.ErrClientSDPInvalid](err); ok {
		return fault(KindAnswer, err, "%s describes its stream in a way that can't be understood: %s", at, s.hide(sdp.Err.Error()))
	}
	if s.conn.expired() {
		return fault(KindSilent, err, "%s stopped answering while %s", at, doing)
	}
	return s.broken(err)
}

// broken words the end of a session that had worked.
func (s *Session) broken(err error) error {
	at := s.address
	switch {
	case errors.Is(err, io.EOF):
		return fault(KindClosed, err, "%s ended the connection", at)
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return fault(KindClosed, err, "%s reset the connection", at)
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, syscall.ETIMEDOUT), errors.Is(err, net.ErrClosed):
		return fault(KindNetwork, err, "the connection to %s broke", at)
	}
	return fault(KindAnswer, err, "the session with %s failed: %s", at, s.hide(err.Error()))
}

func explainDial(at string, err error) error {
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns):
		return fault(KindAddress, err, "no address is known for the host %q: check the name", dns.Name)
	case errors.Is(err, syscall.ECONNREFUSED):
		return fault(KindRefused, err, "%s refuses the connection: nothing listens there, check the port (RTSP is usually on 554)", at)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded),
		errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.ETIMEDOUT), errors.Is(err, syscall.EHOSTDOWN):
		return fault(KindHost, err, "%s does not answer: check that the camera is switched on and reachable from here", at)
	}
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	return fault(KindHost, err, "%s can't be connected to: %v", at, err)
}

func (s *Session) explainStatus(doing string, e liberrors.ErrClientBadStatusCode) error {
	at := s.address
	switch e.Code {
	case base.StatusUnauthorized, base.StatusForbidden:
		if s.user == "" && s.pass == "" {
			return fault(KindAuth, e, "%s asks for a user name and a password, and none are set", at)
		}
		return fault(KindAuth, e, "%s refuses the user name or the password", at)
	case base.StatusNotFound, base.StatusGone:
		return fault(KindStream, e, "%s has no stream at the path %q", at, s.path)
	case base.StatusUnsupportedTransport:
		return fault(KindAnswer, e, "%s does not send its stream over TCP", at)
	}
	return fault(KindAnswer, e, "%s answers %d (%s) while %s", at, int(e.Code), s.hide(e.Message), doing)
}

// stranger recognises what is no RTSP server by the first that it said.
func (s *Session) stranger(err error) error {
	at, said := s.address, s.conn.greeting()
	switch {
	case s.scheme == "rtsps":
		return nil // what is said is encrypted
	case strings.HasPrefix(said, "RTSP/"):
		return nil
	case strings.HasPrefix(said, "HTTP/"):
		return fault(KindNoRTSP, err, "%s is a web server, no RTSP server: check the port (RTSP is usually on 554)", at)
	case strings.HasPrefix(said, "SSH-"):
		return fault(KindNoRTSP, err, "%s is an SSH server, no RTSP server: check the port (RTSP is usually on 554)", at)
	case said != "":
		return fault(KindNoRTSP, err, "%s does not speak RTSP: check the port (RTSP is usually on 554)", at)
	case s.conn.expired():
		return fault(KindNoRTSP, err, "%s takes the connection but says nothing for %v: check that it is an RTSP server", at, s.patience)
	}
	return fault(KindNoRTSP, err, "%s ends the connection without an answer: check that it is an RTSP server", at)
}

// hide takes the credentials out of a text that comes from elsewhere.
func (s *Session) hide(text string) string {
	for _, secret := range s.secrets() {
		text = strings.ReplaceAll(text, secret, "[hidden]")
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text[:min(len(text), 300)])
}
