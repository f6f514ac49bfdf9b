package wsd

import (
	"errors"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// listenGroup is a socket bound to the group's own address: it takes nothing
// that is sent to a WS-Discovery service of this machine. net.ListenPacket
// would bind to all addresses instead. Others may have the port too.
func listenGroup(port int) (*net.UDPConn, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	file := os.NewFile(uintptr(fd), "wsd")
	defer func() { _ = file.Close() }() // FilePacketConn has its own
	err = errors.Join(
		os.NewSyscallError("setsockopt", unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)),
		os.NewSyscallError("bind", unix.Bind(fd, &unix.SockaddrInet4{Port: port, Addr: [4]byte(group.To4())})),
	)
	if err != nil {
		return nil, err
	}
	conn, err := net.FilePacketConn(file)
	if err != nil {
		return nil, err
	}
	return conn.(*net.UDPConn), nil
}

// JoinGroup has a socket hear what is sent to the group on the NIC with that
// index; leaveGroup ends it. golang.org/x/net/ipv4 takes MCAST_JOIN_GROUP for
// it, which emulators of the Pi's processor don't know.
func JoinGroup(conn syscall.Conn, index int) error {
	return membership(conn, unix.IP_ADD_MEMBERSHIP, index)
}

func leaveGroup(conn syscall.Conn, index int) error {
	return membership(conn, unix.IP_DROP_MEMBERSHIP, index)
}

func membership(conn syscall.Conn, option, index int) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var fault error
	err = raw.Control(func(fd uintptr) {
		request := &unix.IPMreqn{Multiaddr: [4]byte(group.To4()), Ifindex: int32(index)}
		fault = os.NewSyscallError("setsockopt", unix.SetsockoptIPMreqn(int(fd), unix.IPPROTO_IP, option, request))
	})
	return errors.Join(err, fault)
}
