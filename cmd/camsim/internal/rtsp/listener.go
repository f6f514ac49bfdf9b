package rtsp

import "net"

// listener gives the library its connections, each in a gatherConn, and in a
// bentConn where a fault asks for that.
type listener struct {
	*gate
	server *Server
}

// listenTCP is the library's way to listen.
func (s *Server) listenTCP(network, address string) (net.Listener, error) {
	l, err := net.Listen(network, address)
	if err != nil {
		return nil, err
	}
	s.gate = &gate{Listener: l, limit: s.config.Faults.Bans}
	return listener{s.gate, s}, nil
}

// Accept implements net.Listener.
func (l listener) Accept() (net.Conn, error) {
	conn, err := l.gate.Accept()
	if err != nil {
		return nil, err
	}
	conn = &gatherConn{Conn: conn}
	if bad := &l.server.config.Faults; bad.Junk || bad.OtherChannels || bad.HangsUp > 0 {
		conn = &bentConn{Conn: conn, bad: bad}
	}
	return conn, nil
}
