package nic

import (
	"fmt"
	"net"
	"net/netip"
)

// System asks the operating system for its interfaces. One that goes away
// while being asked is left out.
func System() ([]Facts, error) {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("listing the network interfaces: %w", err)
	}
	var all []Facts
	for _, i := range interfaces {
		addresses, err := i.Addrs()
		if err != nil {
			continue
		}
		f := Facts{Name: i.Name, Index: i.Index, Flags: i.Flags}
		for _, a := range addresses {
			if p, ok := prefix(a); ok {
				f.Prefixes = append(f.Prefixes, p)
			}
		}
		all = append(all, f)
	}
	return all, nil
}

func prefix(a net.Addr) (netip.Prefix, bool) {
	n, ok := a.(*net.IPNet)
	if !ok {
		return netip.Prefix{}, false
	}
	addr, ok := netip.AddrFromSlice(n.IP)
	if !ok || !addr.Unmap().Is4() {
		return netip.Prefix{}, false
	}
	bits, size := n.Mask.Size()
	return netip.PrefixFrom(addr.Unmap(), bits-size+32), true
}
