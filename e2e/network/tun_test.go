//go:build e2e

package network

import (
	"encoding/hex"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/donhk/istream/e2e/internal/netns"
)

// tunnel is the far end of a VPN: it keeps what is sent into it.
type tunnel struct {
	mu      sync.Mutex
	packets []string // in hex
}

// newTunnel makes a tun interface on the machine.
func newTunnel(t *testing.T, m netns.Machine, name string) *tunnel {
	t.Helper()
	file, err := openThere(m, name)
	if err != nil {
		t.Fatalf("making %s: %v", name, err)
	}
	v, done := &tunnel{}, make(chan struct{})
	go func() {
		defer close(done)
		for packet := make([]byte, 64<<10); ; {
			n, err := file.Read(packet)
			if err != nil {
				return // it was closed
			}
			v.mu.Lock()
			v.packets = append(v.packets, hex.EncodeToString(packet[:min(n, 64)]))
			v.mu.Unlock()
		}
	}()
	t.Cleanup(func() {
		if err := file.Close(); err != nil {
			t.Error(err)
		}
		<-done
	})
	return v
}

// openThere enters the machine with a thread of its own, which ends there.
func openThere(m netns.Machine, name string) (file *os.File, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // for good: it is not to serve others
		file, err = openTun("/run/netns/"+m.Name, name)
	}()
	<-done
	return file, err
}

func openTun(namespace, name string) (*os.File, error) {
	there, err := os.Open(namespace)
	if err != nil {
		return nil, err
	}
	defer func() { _ = there.Close() }() // it was only read
	if err := unix.Setns(int(there.Fd()), unix.CLONE_NEWNET); err != nil {
		return nil, os.NewSyscallError("setns", err)
	}
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, os.NewSyscallError("open /dev/net/tun", err)
	}
	request, err := unix.NewIfreq(name)
	if err == nil {
		request.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
		err = os.NewSyscallError("TUNSETIFF", unix.IoctlIfreq(fd, unix.TUNSETIFF, request))
	}
	if err != nil {
		_ = unix.Close(fd) // nothing was done with it
		return nil, err
	}
	return os.NewFile(uintptr(fd), name), nil
}

func (v *tunnel) text() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return strings.Join(v.packets, "\n")
}
