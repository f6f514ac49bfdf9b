package rtsp

import (
	"errors"
	"fmt"
	"net"
)

// portPair is an even port for RTP and the next one for RTCP (RFC 3550, 11),
// held open until the server takes them, so that nobody else can.
type portPair struct {
	open map[string]net.PacketConn
	rtp  string
	rtcp string
}

const pairAttempts = 64

func listenPair(host string) (*portPair, error) {
	var last error
	for range pairAttempts {
		first, err := net.ListenPacket("udp", net.JoinHostPort(host, "0"))
		if err != nil {
			return nil, err
		}
		port := first.LocalAddr().(*net.UDPAddr).Port
		second, err := net.ListenPacket("udp", address(host, port^1))
		if err != nil {
			last = errors.Join(err, first.Close())
			continue
		}
		if port%2 == 1 {
			first, second = second, first
		}
		pair := &portPair{rtp: address(host, port&^1), rtcp: address(host, port|1)}
		pair.open = map[string]net.PacketConn{pair.rtp: first, pair.rtcp: second}
		return pair, nil
	}
	return nil, fmt.Errorf("no two neighbouring ports are free: %w", last)
}

func address(host string, port int) string {
	return net.JoinHostPort(host, fmt.Sprint(port))
}

func (p *portPair) take(_, address string) (net.PacketConn, error) {
	conn, ok := p.open[address]
	if !ok {
		return nil, fmt.Errorf("%s was not set aside", address)
	}
	delete(p.open, address)
	return conn, nil
}

// closeLeft closes what the server did not take, since its start failed.
func (p *portPair) closeLeft() {
	for _, conn := range p.open {
		_ = conn.Close()
	}
}
