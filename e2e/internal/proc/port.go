package proc

import (
	"math/rand/v2"
	"net"
	"strconv"
	"testing"
)

// FreeAddress is a loopback address, host:port, that nobody listens on. Its
// port lies below those that the kernel gives to outgoing connections: it is
// still free when a server that was killed comes back to it.
func FreeAddress(t testing.TB) string {
	t.Helper()
	for range 100 {
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(20_000+rand.IntN(10_000)))
		l, err := net.Listen("tcp", address)
		if err != nil {
			continue // taken
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		return address
	}
	t.Fatal("no free port")
	return ""
}
