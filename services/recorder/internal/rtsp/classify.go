package rtsp

import (
	"context"
	"crypto/tls"
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
	if unsuited(err) {
		return fault(KindTransport, err, "%s does not send its stream over %s: set its transport to auto, tcp or udp", at, strings.ToUpper(string(s.transport)))
	}
	if status, ok := errors.AsType[liberrors.ErrClientBadStatusCode](err); ok {
		return s.explainStatus(doing, status)
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

// unsuited tells whether the camera will not send its stream over this transport.
func unsuited(err error) bool {
	if status, ok := errors.AsType[liberrors.ErrClientBadStatusCode](err); ok {
		return status.Code == base.StatusUnsupportedTransport
	}
	_, toUDP := errors.AsType[liberrors.ErrClientServerRequestedUDP](err)
	_, toTCP := errors.AsType[liberrors.ErrClientServerRequestedTCP](err)
	_, pieces := errors.AsType[liberrors.ErrClientH264PacketizationMode0](err)
	return toUDP || toTCP || pieces
}

// explainTLS is of a connection that could not be protected.
func (s *Session) explainTLS(at string, err error) error {
	_, plain := errors.AsType[tls.RecordHeaderError](err)
	_, unknown := errors.AsType[*untrusted](err)
	switch {
	case plain:
		return fault(KindNoRTSP, err, "%s does not speak TLS: check the port (RTSPS is usually on 322), or begin the address with rtsp://", at)
	case unknown:
		return fault(KindCertificate, err, "%s shows a certificate that RTSPS_CA_FILE does not vouch for: %v", at, err)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return fault(KindNoRTSP, err, "%s takes the connection but does not answer in TLS within %v", at, s.patience)
	}
	return fault(KindNoRTSP, err, "%s can't be talked to in TLS: %v", at, err)
}

// explainTunnel is of a web server that gave no proper answer.
func (s *Session) explainTunnel(at string, err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return fault(KindNoRTSP, err, "%s takes the connection but does not answer as a web server within %v", at, s.patience)
	}
	return fault(KindNoRTSP, err, "%s does not answer as a web server, which RTSP through HTTP needs: check the port (usually 80)", at)
}

func (s *Session) explainTunnelStatus(at string, status int) error {
	return fault(KindNoRTSP, nil, "%s is a web server, but gives no RTSP through HTTP (it answers %d): check the port, or set another transport", at, status)
}

// broken words the end of a session that had worked.
func (s *Session) broken(err error) error {
	at := s.address
	_, demand := errors.AsType[liberrors.ErrClientUnhandledMethod](err)
	switch {
	case demand, errors.Is(err, io.EOF):
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
	case base.StatusMovedPermanently, base.StatusFound, base.StatusSeeOther:
		if to := s.control.sentOn(); to != "" {
			return &redirection{from: at, remote: s.conn.remote(), to: to}
		}
	case base.StatusUnauthorized, base.StatusForbidden:
		if err := s.control.unanswered(); err != nil {
			return fault(KindAuth, err, "%s asks for a way of authentication that is not supported: %s", at, s.hide(err.Error()))
		}
		if s.anonymous {
			return fault(KindAuth, e, "the camera sends us on to %s, which asks for a user name and a password: name its stream there itself", at)
		}
		if s.user == "" && s.pass == "" {
			return fault(KindAuth, e, "%s asks for a user name and a password, and none are set", at)
		}
		return fault(KindAuth, e, "%s refuses the user name or the password", at)
	case base.StatusNotFound, base.StatusGone:
		return fault(KindStream, e, "%s has no stream at the path %q", at, s.path)
	}
	return fault(KindAnswer, e, "%s answers %d (%s) while %s", at, int(e.Code), s.hide(e.Message), doing)
}

// stranger recognises what is no RTSP server by the first that it said.
func (s *Session) stranger(err error) error {
	at, said := s.address, s.conn.greeting()
	switch {
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
