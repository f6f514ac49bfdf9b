package camera

import (
	"fmt"
	"net"
)

// NICsOf names the NICs on which a camera that listens on the IP can be found:
// the one that carries it (loopback for 127.0.0.0/8), or for 0.0.0.0 each that is
// up, takes multicast and has an IPv4 address.
func NICsOf(host string) ([]string, error) {
	ip := net.ParseIP(host)
	if ip == nil {
		return nil, fmt.Errorf("the host %q is no IP address", host)
	}
	nics, err := net.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("listing the NICs: %w", err)
	}
	var names []string
	for _, nic := range nics {
		fits, err := carries(nic, ip)
		if err != nil {
			return nil, err
		}
		if fits {
			names = append(names, nic.Name)
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("no NIC that is up carries %s", host)
	}
	return names, nil
}

func carries(nic net.Interface, ip net.IP) (bool, error) {
	if nic.Flags&net.FlagUp == 0 {
		return false, nil
	}
	if ip.IsLoopback() {
		return nic.Flags&net.FlagLoopback != 0, nil
	}
	addresses, err := nic.Addrs()
	if err != nil {
		return false, fmt.Errorf("reading the addresses of %s: %w", nic.Name, err)
	}
	for _, address := range addresses {
		network, ok := address.(*net.IPNet)
		if !ok || network.IP.To4() == nil {
			continue
		}
		if network.IP.Equal(ip) || ip.IsUnspecified() && nic.Flags&net.FlagMulticast != 0 {
			return true, nil
		}
	}
	return false, nil
}
