package wsd

import (
	"errors"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// listenGroup is a socket bound to the group's own address: it takes nothing
// that is sent to a WS-Discovery service of this machine. net.ListenPacket
// would bind to all addresses instead. Others may have the port too, and what
// arrives on NICs that only they have joined is kept out (ip(7),
// IP_MULTICAST_ALL).
func listenGroup(port int) (net.PacketConn, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	file := os.NewFile(uintptr(fd), "wsd")
	defer func() { _ = file.Close() }() // FilePacketConn has its own
	err = errors.Join(
		os.NewSyscallError("setsockopt", unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)),
		os.NewSyscallError("setsockopt", unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_ALL, 0)),
		os.NewSyscallError("bind", unix.Bind(fd, &unix.SockaddrInet4{Port: port, Addr: [4]byte(group.To4())})),
	)
	if err != nil {
		return nil, err
	}
	return net.FilePacketConn(file)
}
