package store

import (
	"fmt"
	"net"
)

// free turns port 0 into one that was free a moment ago: the gateway opens
// its own listener and can't tell which port it got.
func free(listen string) (string, error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "", fmt.Errorf("read the address %q: %w", listen, err)
	}
	if port != "0" {
		return listen, nil
	}
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return "", fmt.Errorf("find a free port on %q: %w", host, err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		return "", fmt.Errorf("give back the port %s: %w", address, err)
	}
	_, port, err = net.SplitHostPort(address)
	if err != nil {
		return "", fmt.Errorf("read the address %q: %w", address, err)
	}
	return net.JoinHostPort(host, port), nil
}

// reachable is where a client of this machine finds a listener of address.
func reachable(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	if ip := net.ParseIP(host); host == "" || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}
