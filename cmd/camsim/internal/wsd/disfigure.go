package wsd

import (
	"bytes"
	"net"

	"github.com/donhk/istream/cmd/camsim/faults"
)

// Addresses under which nothing answers.
const (
	linkLocal    = "http://169.254.77.10/onvif/device_service"
	factoryXAddr = "http://192.168.1.10/onvif/device_service"
	junkSize     = 60_000
)

// xaddrs lists the device's addresses for those on a NIC.
func (r *Responder) xaddrs(nic net.IP) []string {
	bad := &r.config.Faults
	if bad.NoXAddrs {
		return nil
	}
	var all []string
	if bad.LinkLocalFirst {
		all = append(all, linkLocal)
	}
	if bad.DeadXAddrFirst {
		all = append(all, factoryXAddr)
	}
	return append(all, r.config.XAddr(nic))
}

// disfigure gives the datagrams that are sent for one probe match.
func disfigure(match []byte, bad *faults.Faults) [][]byte {
	if bad.TrailingNUL {
		match = append(match, 0)
	}
	var all [][]byte
	if bad.EmptyDatagram {
		all = append(all, nil)
	}
	if bad.JunkDatagram {
		all = append(all, bytes.Repeat([]byte("\xff<junk"), junkSize/6))
	}
	return append(all, match)
}
