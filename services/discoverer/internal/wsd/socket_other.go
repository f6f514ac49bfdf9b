//go:build !linux

package wsd

import "net"

// listenGroup binds to all addresses, as iStream's home is Linux.
func listenGroup(port int) (net.PacketConn, error) {
	return net.ListenMulticastUDP("udp4", nil, &net.UDPAddr{IP: group, Port: port})
}
