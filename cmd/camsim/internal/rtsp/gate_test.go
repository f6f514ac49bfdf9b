package rtsp

import (
	"net"
	"testing"
	"time"
)

func TestGateBans(t *testing.T) {
	g := gate{limit: 2}
	begin := time.Now()
	alice, bob := &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 4000}, &net.TCPAddr{IP: net.IPv4(10, 0, 0, 2), Port: 4000}
	for i, c := range []struct {
		from *net.TCPAddr
		at   time.Duration
		want bool
	}{
		{alice, 0, true},
		{alice, 5 * time.Second, true},
		{alice, 11 * time.Second, true}, // the first is long ago
		{bob, 12 * time.Second, true},
		{alice, 12 * time.Second, false}, // the third in 10 s
		{bob, 13 * time.Second, true},    // another address
		{alice, 41 * time.Second, false}, // still banned, and again from now on
		{alice, 70 * time.Second, false},
		{alice, 101 * time.Second, true},
	} {
		c.from.Port++
		if got := g.admits(c.from, begin.Add(c.at)); got != c.want {
			t.Errorf("connection %d: admitted %v", i, got)
		}
	}
	if connections, bans := g.count(); connections != 9 || bans != 1 {
		t.Errorf("%d connections, %d bans", connections, bans)
	}
}
