package wsd

import (
	"errors"
	"fmt"
	"net"

	"golang.org/x/net/ipv4"
)

// socket hears the group on one NIC and sends from it.
type socket struct {
	nic   *net.Interface
	ip    net.IP // the NIC's first IPv4 address
	group *net.UDPAddr
	conn  *ipv4.PacketConn
}

// join opens a socket on the NIC of that name. Loopback works as well, though it
// carries no MULTICAST flag.
func join(name string, group *net.UDPAddr) (*socket, error) {
	nic, err := net.InterfaceByName(name)
	if err != nil {
		return nil, fmt.Errorf("finding the NIC %s: %w", name, err)
	}
	ip, err := firstIPv4(nic)
	if err != nil {
		return nil, err
	}
	udp, err := net.ListenMulticastUDP("udp4", nic, group)
	if err != nil {
		return nil, fmt.Errorf("joining %s on %s: %w", group, name, err)
	}
	s := &socket{nic: nic, ip: ip, group: group, conn: ipv4.NewPacketConn(udp)}
	// Go turns loopback off; without it no program of this host hears us.
	if err := s.conn.SetMulticastLoopback(true); err != nil {
		return nil, fmt.Errorf("preparing the socket on %s: %w", name, errors.Join(err, udp.Close()))
	}
	// Not every system tells by which NIC a datagram came; without it all count.
	_ = s.conn.SetControlMessage(ipv4.FlagInterface, true)
	return s, nil
}

func firstIPv4(nic *net.Interface) (net.IP, error) {
	addresses, err := nic.Addrs()
	if err != nil {
		return nil, fmt.Errorf("reading the addresses of %s: %w", nic.Name, err)
	}
	for _, address := range addresses {
		if network, ok := address.(*net.IPNet); ok && network.IP.To4() != nil {
			return network.IP.To4(), nil
		}
	}
	return nil, fmt.Errorf("the NIC %s has no IPv4 address", nic.Name)
}

// read gives the next datagram that came by this NIC: the port is shared, and
// the system delivers a group's datagrams of all NICs to all its sockets.
func (s *socket) read(buffer []byte) (int, net.Addr, error) {
	for {
		n, control, from, err := s.conn.ReadFrom(buffer)
		if err != nil {
			return 0, nil, fmt.Errorf("receiving on %s: %w", s.nic.Name, err)
		}
		if control == nil || control.IfIndex == 0 || control.IfIndex == s.nic.Index {
			return n, from, nil
		}
	}
}

func (s *socket) send(datagram []byte, to net.Addr) error {
	if _, err := s.conn.WriteTo(datagram, nil, to); err != nil {
		return fmt.Errorf("sending by %s to %s: %w", s.nic.Name, to, err)
	}
	return nil
}

func (s *socket) close() error { return s.conn.Close() }
