package devicetest

import (
	"errors"
	"net"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/net/ipv4"

	"github.com/donhk/istream/services/discoverer/internal/wsd"
)

// Group is where WS-Discovery speaks to all.
var Group = net.IPv4(239, 255, 255, 250)

// Network is the loopback interface with a discovery port of the test's own,
// so that no other test's devices are heard.
type Network struct {
	Port int

	conn, reply *net.UDPConn
	mu          sync.Mutex
	answers     []func(probe string, from net.Addr)
}

// NewNetwork listens until the test ends. Devices answer from source, an
// address of the loopback interface.
func NewNetwork(t testing.TB, source string) *Network {
	t.Helper()
	// Bound to a group's address, a socket shares its port.
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: Group})
	if err != nil {
		t.Fatal(err)
	}
	if err := wsd.JoinGroup(conn, Loopback(t).Index); err != nil {
		t.Fatal(err)
	}
	reply, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(source), 0)))
	if err != nil {
		t.Fatal(err)
	}
	n := &Network{Port: conn.LocalAddr().(*net.UDPAddr).Port, conn: conn, reply: reply}
	done := make(chan struct{})
	t.Cleanup(func() {
		_ = conn.Close()
		_ = reply.Close()
		<-done
	})
	go func() {
		defer close(done)
		buffer := make([]byte, 64<<10)
		for {
			size, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			if probe := string(buffer[:size]); strings.Contains(probe, ":Probe>") {
				n.answer(probe, from)
			}
		}
	}()
	return n
}

func (n *Network) answer(probe string, from net.Addr) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, answer := range n.answers {
		answer(probe, from)
	}
}

// Add has a started device answer probes.
func (n *Network) Add(d *Device) {
	n.AddAnswer(func(probe string) []string {
		if d.Replies != nil {
			return d.Replies(probe)
		}
		return []string{d.Match("ProbeMatch")}
	})
}

// AddAnswer has somebody answer each probe with datagrams.
func (n *Network) AddAnswer(answer func(probe string) []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.answers = append(n.answers, func(probe string, from net.Addr) {
		for _, text := range answer(probe) {
			_, _ = n.reply.WriteTo([]byte(text), from) // lost like any datagram
		}
	})
}

// Flood answers each probe with n datagrams, from an address of its own.
func (n *Network) Flood(t testing.TB, source string, count int, text func(i int) string) {
	t.Helper()
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(source), 0)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	n.mu.Lock()
	defer n.mu.Unlock()
	n.answers = append(n.answers, func(_ string, from net.Addr) {
		for i := range count {
			_, _ = conn.WriteTo([]byte(text(i)), from) // lost like any datagram
		}
	})
}

// Clear has nobody answer any more.
func (n *Network) Clear() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.answers = nil
}

// Match is a device's ProbeMatch or Hello.
func (d *Device) Match(kind string) string {
	xaddrs, types := d.XAddrs, d.Types
	if xaddrs == "" {
		xaddrs = d.URL
	}
	if types == "" {
		types = "dn:NetworkVideoTransmitter"
	}
	return `<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dn="http://www.onvif.org/ver10/network/wsdl" xmlns:wsdp="http://schemas.xmlsoap.org/ws/2006/02/devprof"><e:Body><d:` + kind + `><w:EndpointReference><w:Address>` + d.Endpoint + `</w:Address></w:EndpointReference><d:Types>` + types + `</d:Types><d:Scopes>` + d.Scopes + `</d:Scopes><d:XAddrs>` + xaddrs + `</d:XAddrs></d:` + kind + `></e:Body></e:Envelope>`
}

// Loopback is the loopback interface.
func Loopback(t testing.TB) *net.Interface {
	t.Helper()
	all, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range all {
		if i.Flags&net.FlagLoopback != 0 {
			return &i
		}
	}
	t.Fatal("no loopback interface")
	return nil
}

// Say sends text to the group, as a device does with its Hello.
func (n *Network) Say(t testing.TB, text string) {
	t.Helper()
	// An emulator may not know the option; the socket's address does as well.
	if err := ipv4.NewPacketConn(n.reply).SetMulticastInterface(Loopback(t)); err != nil && !errors.Is(err, syscall.ENOPROTOOPT) {
		t.Fatal(err)
	}
	if _, err := n.reply.WriteTo([]byte(text), &net.UDPAddr{IP: Group, Port: n.Port}); err != nil {
		t.Fatal(err)
	}
}
