package survey

import (
	"cmp"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/services/discoverer/internal/address"
	"github.com/donhk/istream/services/discoverer/internal/nic"
	"github.com/donhk/istream/services/discoverer/internal/onvif"
	"github.com/donhk/istream/services/discoverer/internal/registry"
	"github.com/donhk/istream/services/discoverer/internal/wsd"
)

// The ways in which a device comes to notice.
const (
	ByProbe = "probe"
	ByHello = "hello"
	ByHand  = "by hand"
)

// Finding is what a visit to a device gave.
type Finding struct {
	Device  registry.Device
	How     string
	NICs    []string // on which it was heard
	Source  string   // address that it answered from
	Tried   []onvif.Try
	Dropped []address.Dropped // addresses that were not worth a try
	// NotCamera says why it is none; then Device means nothing.
	NotCamera string
}

// The bounds of one device.
const (
	maxHeard = 16 // replies that are kept
	maxTried = 24 // addresses
)

// contact is a device to be visited, and all that was heard of it.
type contact struct {
	key    string
	heard  []wsd.Heard
	manual *setting.ManualCamera
	hello  bool // it has just come up
}

// keyOf tells devices apart that were heard.
func keyOf(h wsd.Heard) string {
	if h.Endpoint != "" {
		return h.Endpoint
	}
	return h.Source.String() + " " + strings.Join(h.XAddrs, " ")
}

// add keeps what is new.
func (c *contact) add(h wsd.Heard) {
	c.hello = c.hello || h.Hello
	same := func(o wsd.Heard) bool {
		return o.NIC.Index == h.NIC.Index && o.Source == h.Source && slices.Equal(o.XAddrs, h.XAddrs) && o.ONVIF == h.ONVIF
	}
	if len(c.heard) < maxHeard && !slices.ContainsFunc(c.heard, same) {
		c.heard = append(c.heard, h)
	}
}

func (c *contact) endpoint() string {
	if len(c.heard) == 0 {
		return ""
	}
	return c.heard[0].Endpoint
}

// claims reports whether the device says, or shows, that it is ONVIF.
func (c *contact) claims() bool {
	return slices.ContainsFunc(c.heard, func(h wsd.Heard) bool {
		return h.ONVIF || slices.ContainsFunc(h.XAddrs, func(x string) bool { return strings.Contains(strings.ToLower(x), "/onvif/") })
	})
}

// notCamera says why a device need not be asked; "" where it has to be.
func (c *contact) notCamera() string {
	if c.manual != nil || c.claims() {
		return ""
	}
	var types []string
	addresses := 0
	for _, h := range c.heard {
		types = append(types, h.Types...)
		addresses += len(h.XAddrs)
	}
	slices.Sort(types)
	switch types = slices.Compact(types); {
	case len(types) > 0:
		return "not an ONVIF device, but " + onvif.Plain(strings.Join(types, ", "), 80)
	case addresses == 0:
		return "tells neither what it is nor where"
	}
	return ""
}

// scope is what the device says of itself before it is asked.
func (c *contact) scope(kind string) string {
	for _, h := range c.heard {
		if value := h.Scope(kind); value != "" {
			return onvif.Plain(value, 64)
		}
	}
	return ""
}

// nics are those on which the device was heard, first the one whose subnet has
// its address. Of several such it is always the same one: which was quicker is
// no news.
func (c *contact) nics(host string) []string {
	addr, _ := netip.ParseAddr(host)
	heard := map[string]bool{}
	for _, h := range c.heard {
		heard[h.NIC.Name] = h.NIC.Contains(addr)
	}
	return slices.SortedFunc(maps.Keys(heard), func(a, b string) int {
		return cmp.Or(first(heard[a])-first(heard[b]), cmp.Compare(a, b))
	})
}

// candidates are the addresses of a device that was heard, over all of its
// replies. Those that lead into a VPN are left out: what a device says of itself
// is no reason to send anything there.
func (c *contact) candidates(tunnel func(netip.Addr) string) (all []address.Candidate, dropped []address.Dropped) {
	for _, h := range c.heard {
		some, bad := address.Candidates(h.XAddrs, h.Source, h.NIC, h.NIC.Loopback)
		for _, candidate := range some {
			if !slices.ContainsFunc(all, func(o address.Candidate) bool { return o.URL.String() == candidate.URL.String() }) {
				all = append(all, candidate)
			}
		}
		for _, d := range bad {
			if !slices.Contains(dropped, d) {
				dropped = append(dropped, d)
			}
		}
	}
	all = slices.DeleteFunc(all, func(a address.Candidate) bool {
		host, err := netip.ParseAddr(a.URL.Hostname())
		if err != nil {
			return false
		}
		name := tunnel(host)
		if name != "" && !a.Guess {
			dropped = append(dropped, address.Dropped{Address: a.URL.String(), Reason: "leads into the VPN " + name})
		}
		return name != ""
	})
	if !c.claims() {
		all = slices.DeleteFunc(all, func(a address.Candidate) bool { return a.Guess })
	}
	slices.SortStableFunc(all, func(a, b address.Candidate) int { return order(a) - order(b) })
	return all[:min(len(all), maxTried)], dropped
}

// order puts guesses behind what any of the replies named.
func order(a address.Candidate) int {
	if a.Guess {
		return 1
	}
	return 0
}

// hostPort is where a service URL leads, its port always written.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = "80"
		if u.Scheme == "https" {
			port = "443"
		}
	}
	return net.JoinHostPort(u.Hostname(), port)
}

var _ address.Net = nic.NIC{}
