package rtsp

import (
	"net"
	"testing"
)

func TestPortPair(t *testing.T) {
	for range 20 {
		pair, err := listenPair("127.0.0.1")
		if err != nil {
			t.Fatal(err)
		}
		first, err := net.ResolveUDPAddr("udp", pair.rtp)
		if err != nil {
			t.Fatal(err)
		}
		second, err := net.ResolveUDPAddr("udp", pair.rtcp)
		if err != nil {
			t.Fatal(err)
		}
		if first.Port%2 != 0 || second.Port != first.Port+1 {
			t.Errorf("got %s and %s", pair.rtp, pair.rtcp)
		}
		conn, err := pair.take("udp", pair.rtp)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := pair.take("udp", pair.rtp); err == nil {
			t.Error("one port was taken twice")
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
		pair.closeLeft()
	}
}
