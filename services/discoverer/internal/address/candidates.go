// Package address decides where a device is asked, and which of the addresses
// that it tells of are worth asking. It does no I/O.
package address

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// DefaultPath is where ONVIF device services are (ONVIF Core, 5.1.1).
const DefaultPath = "/onvif/device_service"

// usualPorts are tried where all else fails: the standard's, and those of
// makers that put ONVIF elsewhere (8899 XM, 2020 TP-Link, 5000 others).
var usualPorts = []uint16{80, 8080, 8899, 2020, 5000}

// maxCandidates bounds what is tried of one device.
const maxCandidates = 16

// Candidate is an address of a device service.
type Candidate struct {
	URL *url.URL
	// Guess says that the device did not name it: only an answer in SOAP counts.
	Guess bool
}

// Dropped is an address that is not tried.
type Dropped struct {
	Address string
	Reason  string
}

// Net is the part of the network that a device was heard on.
type Net interface {
	// Contains reports whether an address is in a subnet of ours.
	Contains(netip.Addr) bool
}

// Candidates are the addresses of a device in the order in which they are to
// be tried: those that it names in the NIC's subnet (first of all the one that
// it answered from), others that it names, the address that it answered from
// with the ports and paths that it names, and the usual ports there.
func Candidates(xaddrs []string, source netip.Addr, on Net, loopback bool) ([]Candidate, []Dropped) {
	source = source.Unmap().WithZone("")
	var l list
	var named []*url.URL
	for _, text := range xaddrs {
		u, reason := parse(text)
		if reason != "" {
			l.dropped = append(l.dropped, Dropped{text, reason})
			continue
		}
		named = append(named, u)
	}
	// http first: self-signed certificates and old TLS make https the worse bet.
	slices.SortStableFunc(named, func(a, b *url.URL) int { return strings.Compare(a.Scheme, b.Scheme) })
	l.take(named, func(a netip.Addr) bool { return a == source && Usable(a, loopback) == "" })
	l.take(named, func(a netip.Addr) bool { return on.Contains(a) && Usable(a, loopback) == "" })
	l.take(named, func(a netip.Addr) bool { return Usable(a, loopback) == "" })
	for _, u := range named {
		if a, err := netip.ParseAddr(u.Hostname()); err != nil {
			l.dropped = append(l.dropped, Dropped{u.Redacted(), "a host name: the address that it answered from is tried instead"})
		} else if reason := Usable(a.Unmap(), loopback); reason != "" {
			l.dropped = append(l.dropped, Dropped{u.Redacted(), reason})
		}
	}
	if Usable(source, loopback) == "" {
		for _, u := range named {
			moved := *u
			moved.Host = hostPort(source.String(), u.Port())
			l.add(&moved, false)
		}
		l.guess(source.String())
	}
	return l.all, l.dropped
}

// ByHand are the addresses of a device that was named by hand: its port, else
// the usual ones.
func ByHand(host, port, path string) []Candidate {
	if path == "" {
		path = DefaultPath
	}
	var l list
	if port != "" {
		l.add(&url.URL{Scheme: "http", Host: hostPort(host, port), Path: path}, false)
		return l.all
	}
	for _, p := range usualPorts {
		l.add(&url.URL{Scheme: "http", Host: hostPort(host, portText(p)), Path: path}, true)
	}
	return l.all
}

// Usable says why an address can't be a camera's; "" means that it can.
func Usable(a netip.Addr, loopback bool) string {
	a = a.Unmap()
	switch {
	case !a.IsValid() || a.IsUnspecified():
		return "names no host"
	case a.IsLoopback() && !loopback:
		return "loopback"
	case a.IsLinkLocalUnicast():
		return "link-local"
	case a.IsMulticast() || a == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return "no address of a single host"
	}
	return ""
}

type list struct {
	all     []Candidate
	dropped []Dropped
}

func (l *list) take(named []*url.URL, fit func(netip.Addr) bool) {
	for _, u := range named {
		if a, err := netip.ParseAddr(u.Hostname()); err == nil && fit(a.Unmap()) {
			l.add(u, false)
		}
	}
}

func (l *list) guess(host string) {
	for _, p := range usualPorts {
		l.add(&url.URL{Scheme: "http", Host: hostPort(host, portText(p)), Path: DefaultPath}, true)
	}
}

func (l *list) add(u *url.URL, guess bool) {
	same := func(c Candidate) bool { return c.URL.String() == u.String() }
	if len(l.all) < maxCandidates && !slices.ContainsFunc(l.all, same) {
		l.all = append(l.all, Candidate{URL: u, Guess: guess})
	}
}

// parse reads what a device gives as its address: a URL, or sloppily host:port.
func parse(text string) (u *url.URL, reason string) {
	text = strings.TrimSpace(text)
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, "no valid address"
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, "neither http nor https"
	case u.Hostname() == "":
		return nil, "names no host"
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return nil, "no valid port"
		}
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = DefaultPath
	}
	// A zone means nothing to us, and only link-local addresses have one.
	host, _, _ := strings.Cut(u.Hostname(), "%")
	port := u.Port()
	if port == "80" && u.Scheme == "http" || port == "443" && u.Scheme == "https" {
		port = ""
	}
	u.Host, u.User, u.Fragment = hostPort(host, port), nil, ""
	return u, ""
}

func portText(p uint16) string {
	if p == 80 {
		return ""
	}
	return strconv.Itoa(int(p))
}

func hostPort(host, port string) string {
	if strings.Contains(host, ":") && !strings.HasPrefix(host, "[") {
		host = "[" + host + "]"
	}
	if port == "" {
		return host
	}
	return host + ":" + port
}
