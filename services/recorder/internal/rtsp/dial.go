package rtsp

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"net"
	"slices"
	"time"

	"github.com/donhk/istream/pkg/setting"
)

// udpBuffer is what the kernel may hold of packets that come on their own: a
// keyframe of a megabyte comes at once. The kernel takes as much of it as it is
// allowed to.
const udpBuffer = 2 << 20

// open is gortsplib's DialContext: it connects plainly, through TLS or through
// HTTP.
func (s *Session) open(ctx context.Context, _, address string) (net.Conn, error) {
	connect := s.dial
	if s.transport == setting.TransportHTTP {
		connect = s.openTunnel
	}
	raw, err := connect(ctx, address)
	if err != nil {
		return nil, err
	}
	return s.conn.take(raw), nil
}

func (s *Session) dial(ctx context.Context, address string) (net.Conn, error) {
	dialer := net.Dialer{Timeout: s.patience, KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3}}
	raw, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, &dialError{err}
	}
	if s.scheme != "rtsps" {
		return raw, nil
	}
	secure := tls.Client(raw, s.tls(address))
	ctx, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = raw.Close() // nothing was said on it
		return nil, s.explainTLS(address, err)
	}
	return secure, nil
}

// tls is lenient where nothing is verified: cameras' certificates are their own,
// of any date and any name, and their TLS is as old as they are.
func (s *Session) tls(address string) *tls.Config {
	host, _, _ := net.SplitHostPort(address)
	suites := tls.CipherSuites()
	for _, old := range tls.InsecureCipherSuites() {
		if !slices.Contains([]uint16{tls.TLS_RSA_WITH_RC4_128_SHA, tls.TLS_ECDHE_RSA_WITH_RC4_128_SHA, tls.TLS_ECDHE_ECDSA_WITH_RC4_128_SHA}, old.ID) {
			suites = append(suites, old)
		}
	}
	c := &tls.Config{
		ServerName: host, MinVersion: tls.VersionTLS10, //nolint:gosec // cameras speak nothing newer
		InsecureSkipVerify: true, //nolint:gosec // verify below does it where there is something to verify by
		VerifyConnection:   func(state tls.ConnectionState) error { return s.verify(host, state.PeerCertificates) },
	}
	for _, suite := range suites {
		c.CipherSuites = append(c.CipherSuites, suite.ID)
	}
	return c
}

// verify looks at the camera's certificate. Without authorities any will do: it
// is told, and so is another one later.
func (s *Session) verify(host string, chain []*x509.Certificate) error {
	if len(chain) == 0 {
		return errors.New("it shows no certificate")
	}
	if s.authorities != nil {
		return s.authorities.Verify(host, chain)
	}
	sum := sha256.Sum256(chain[0].Raw)
	shown := hex.EncodeToString(sum[:])
	switch known := s.habits.certificate; {
	case known == "":
		s.log.Info("the camera's certificate is not verified (RTSPS_CA_FILE is not set)", "sha256", shown)
	case known != shown:
		s.log.Warn("the camera shows another certificate than before", "sha256", shown, "before", known)
	}
	s.habits.certificate = shown
	return nil
}

// listenUDP is gortsplib's ListenPacket.
func listenUDP(network, address string) (net.PacketConn, error) {
	c, err := net.ListenPacket(network, address)
	if err != nil {
		return nil, err
	}
	if u, ok := c.(*net.UDPConn); ok {
		_ = u.SetReadBuffer(udpBuffer) // what it is otherwise will do too
	}
	return c, nil
}
