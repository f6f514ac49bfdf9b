package nic

import (
	"net"
	"net/netip"
)

// Source is the address of ours from which packets to another would leave;
// none where there is no way to it. Nothing is sent.
func Source(to netip.Addr) netip.Addr {
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(to, 9)))
	if err != nil {
		return netip.Addr{}
	}
	defer func() { _ = conn.Close() }() // nothing was sent
	return conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap()
}

// Has reports whether an address is one of the NIC's own.
func (n NIC) Has(addr netip.Addr) bool {
	for _, p := range n.Prefixes {
		if p.Addr() == addr {
			return true
		}
	}
	return false
}
