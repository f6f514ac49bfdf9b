package rtsptest

import (
	"fmt"
	"net"
	"testing"
)

// listenUDP gives the server two neighbouring ports, the even one first, as RTP
// wants them.
func (c *Camera) listenUDP(t testing.TB) {
	t.Helper()
	for range 100 {
		first, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := first.LocalAddr().(*net.UDPAddr).Port
		second, err := net.ListenPacket("udp", fmt.Sprintf("127.0.0.1:%d", port^1))
		if err != nil {
			_ = first.Close() // it has no neighbour
			continue
		}
		open := map[string]net.PacketConn{first.LocalAddr().String(): first, second.LocalAddr().String(): second}
		c.server.UDPRTPAddress = fmt.Sprintf("127.0.0.1:%d", port&^1)
		c.server.UDPRTCPAddress = fmt.Sprintf("127.0.0.1:%d", port|1)
		c.server.ListenPacket = func(_, address string) (net.PacketConn, error) { return open[address], nil }
		return
	}
	t.Fatal("no two neighbouring ports are free")
}
