// Package nic chooses the network interfaces on which cameras are looked for.
package nic

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// NIC is a network interface and whether it is searched.
type NIC struct {
	Name     string
	Index    int
	Prefixes []netip.Prefix // IPv4 addresses, each with its subnet's length
	Loopback bool
	Tunnel   bool // a VPN that was not named: nothing is sent into it
	Eligible bool
	Reason   string // why not
}

// Contains reports whether addr is in one of the NIC's subnets.
func (n NIC) Contains(addr netip.Addr) bool {
	return slices.ContainsFunc(n.Prefixes, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// Interface makes a net.Interface for those who ask only for its index.
func (n NIC) Interface() *net.Interface { return &net.Interface{Index: n.Index, Name: n.Name} }

// Selection is what BROADCAST_NIC says: every NIC that is fit, those of a
// list, or none.
type Selection struct {
	all   bool
	names []string
}

// ParseSelection reads "all", "none" or names between commas or white space.
func ParseSelection(text string) (Selection, error) {
	names := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(", \t\r\n", r) })
	switch {
	case len(names) == 0 || len(names) == 1 && strings.EqualFold(names[0], "all"):
		return Selection{all: true}, nil
	case len(names) == 1 && strings.EqualFold(names[0], "none"):
		return Selection{}, nil
	}
	for _, name := range names {
		// Linux allows 15 bytes without "/" (net/core/dev.c, dev_valid_name).
		if len(name) > 15 || strings.Contains(name, "/") || strings.EqualFold(name, "all") || strings.EqualFold(name, "none") {
			return Selection{}, fmt.Errorf("%q is no name of a network interface", name)
		}
	}
	slices.Sort(names)
	return Selection{names: slices.Compact(names)}, nil
}

// None reports whether nothing is to be searched.
func (s Selection) None() bool { return !s.all && len(s.names) == 0 }

// Wants reports whether a NIC is to be searched, if it is fit.
func (s Selection) Wants(name string) bool { return s.all || slices.Contains(s.names, name) }

// Facts are what the system says of an interface.
type Facts struct {
	Name     string
	Index    int
	Flags    net.Flags
	Prefixes []netip.Prefix
}

// Choose judges every interface, and adds those that were named but are not
// there.
func (s Selection) Choose(facts []Facts) []NIC {
	var all []NIC
	for _, f := range facts {
		n := NIC{Name: f.Name, Index: f.Index, Prefixes: f.Prefixes, Loopback: f.Flags&net.FlagLoopback != 0}
		n.Reason = s.reason(f)
		n.Eligible = n.Reason == ""
		n.Tunnel = f.Flags&net.FlagPointToPoint != 0 && !slices.Contains(s.names, f.Name)
		all = append(all, n)
	}
	for _, name := range s.names {
		if !slices.ContainsFunc(all, func(n NIC) bool { return n.Name == name }) {
			all = append(all, NIC{Name: name, Reason: "there is no such interface"})
		}
	}
	return all
}

// reason is why an interface is left out. A name in BROADCAST_NIC overrides
// all that is a matter of judgement.
func (s Selection) reason(f Facts) string {
	named := slices.Contains(s.names, f.Name)
	switch {
	case s.None():
		return "discovery is off (BROADCAST_NIC=none)"
	case !s.Wants(f.Name):
		return "not named in BROADCAST_NIC"
	case f.Flags&net.FlagUp == 0:
		return "down"
	case len(f.Prefixes) == 0:
		return "has no IPv4 address"
	case named:
		return ""
	case f.Flags&net.FlagLoopback != 0:
		return "loopback"
	case f.Flags&net.FlagPointToPoint != 0:
		return "point-to-point, such as a VPN"
	case f.Flags&net.FlagMulticast == 0:
		return "has no multicast"
	case f.Flags&net.FlagRunning == 0:
		return "no carrier"
	}
	return ""
}
