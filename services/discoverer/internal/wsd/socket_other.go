//go:build !linux

package wsd

import (
	"errors"
	"net"
	"syscall"

	"golang.org/x/net/ipv4"
)

// listenGroup binds to all addresses, as iStream's home is Linux.
func listenGroup(port int) (*net.UDPConn, error) {
	return net.ListenMulticastUDP("udp4", nil, &net.UDPAddr{IP: group, Port: port})
}

// JoinGroup has a socket hear what is sent to the group on the NIC with that
// index; leaveGroup ends it.
func JoinGroup(conn syscall.Conn, index int) error {
	return membership(conn, index, (*ipv4.PacketConn).JoinGroup)
}

func leaveGroup(conn syscall.Conn, index int) error {
	return membership(conn, index, (*ipv4.PacketConn).LeaveGroup)
}

func membership(conn syscall.Conn, index int, change func(*ipv4.PacketConn, *net.Interface, net.Addr) error) error {
	udp, ok := conn.(*net.UDPConn)
	if !ok {
		return errors.New("not a UDP socket")
	}
	return change(ipv4.NewPacketConn(udp), &net.Interface{Index: index}, &net.UDPAddr{IP: group})
}
