//go:build e2e

package network

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/donhk/istream/e2e/internal/await"
	"github.com/donhk/istream/e2e/internal/netns"
	"github.com/donhk/istream/e2e/internal/proc"
	"github.com/donhk/istream/pkg/events"
)

// The cameras of the LAN, by address, each with its way of being difficult.
var lan = []struct {
	name, address string
	faults        []string
	state         events.CameraState
}{
	{"typed", "192.168.77.11", []string{"typed-only", "junk-datagram"}, events.CameraReady},
	{"untyped", "192.168.77.12", []string{"untyped-only", "empty-datagram"}, events.CameraReady},
	{"late", "192.168.77.13", []string{"late-reply=1500ms", "no-clock"}, events.CameraReady},
	{"linklocal", "192.168.77.14", []string{"link-local-first", "trailing-nul"}, events.CameraReady},
	{"dead", "192.168.77.15", []string{"dead-xaddr-first", "gb2312-prolog"}, events.CameraReady},
	{"nowhere", "192.168.77.16", []string{"no-xaddrs", "unroutable-uri"}, events.CameraReady},
	{"wrong", "192.168.77.17", []string{"wrong-password"}, events.CameraAuth},
	{"silent", "192.168.77.18", []string{"http-hangs"}, events.CameraUnreachable},
}

// TestNetworks: a machine with an uplink, a VPN, a LAN full of cameras, and
// interfaces that are no use. All cameras are found and nothing else, and nothing
// is sent into the VPN, though a camera names an address that leads there.
// Interfaces and cameras come, move and go without a camera's id changing, or a
// word about one that stays as it is.
func TestNetworks(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Fatal("network namespaces need root")
	}
	uplink, home := netns.NewBridge(t, "uplink"), netns.NewBridge(t, "home")
	p := pi{netns.New(t, "pi"), t.TempDir()}
	p.Cable(t, "eth0", "10.77.0.2/24", uplink)
	p.IP(t, "route add default via 10.77.0.1")
	p.Cable(t, "eth1", "192.168.77.2/24", home)
	vpn := newTunnel(t, p.Machine, "tun0")
	p.IP(t, "address add 10.88.0.2/24 dev tun0")
	p.IP(t, "link set tun0 up")
	p.IP(t, "route add 192.168.1.0/24 dev tun0")
	p.useless(t, home)

	decoy := netns.New(t, "decoy")
	decoy.Cable(t, "eth0", "192.168.77.99/24", home)
	devices, want := map[string]*device{}, map[string]events.CameraState{}
	for _, c := range lan {
		devices[c.name] = newDevice(t, c.name, c.address, home, c.faults...)
		want[c.address] = c.state
	}
	p.Settle(t, 4)
	home.Settle(t, home.Ports)
	for _, d := range devices {
		d.Settle(t, 1)
	}

	bus := p.start(t, "bus")
	await.Until(t, patience, "the bus", func() error {
		if !strings.Contains(bus.Output(), "bus is up") {
			return fmt.Errorf("it said %q", bus.Output())
		}
		return nil
	})
	began := time.Now()
	d := p.start(t, "discoverer", "DISCOVERY_INTERVAL=1h", "LOG_LEVEL=debug")
	found := p.cameras(t, "the cameras of the LAN", want)
	p.inTime(t, found, began)
	p.searched(t, "eth0", "eth1")
	p.explains(t, found)
	decoy.Start(t, proc.Command{Name: "wsdd", Path: "wsdd", Args: []string{"-4", "-s", "-i", "eth0"}})
	await.Until(t, patience, "the greeting of a Windows share", func() error {
		if !strings.Contains(d.Output(), "does not answer as an ONVIF device") {
			return fmt.Errorf("the discoverer did not hear it")
		}
		return nil
	})

	shed := netns.NewBridge(t, "shed")
	newDevice(t, "shy", "192.168.78.11", shed, "no-greeting").Settle(t, 1)
	p.Cable(t, "eth2", "192.168.78.2/24", shed)
	want["192.168.78.11"] = events.CameraReady
	found = p.unchanged(t, found, "the camera behind an interface that was added", want)
	p.searched(t, "eth0", "eth1", "eth2")

	// From here on cameras are looked for again and again, and the silent one
	// would make that slow.
	if status := d.Stop(t, patience); status != 0 {
		t.Errorf("the discoverer ended with status %d", status)
	}
	devices["silent"].process.Kill()
	p.start(t, "discoverer", "DISCOVERY_WINDOW=3", "DISCOVERY_INTERVAL=3")
	p.Cable(t, "eth3", "192.168.77.3/24", home)
	p.searched(t, "eth0", "eth1", "eth2", "eth3")
	p.scans(t, 1)
	delete(found, "192.168.77.18")
	want["192.168.77.18"] = events.CameraGone
	found = p.unchanged(t, found, "each camera but once, though it is heard on two interfaces; the one that is gone lost", want)

	moving := devices["untyped"]
	id := found[moving.address].ID
	moving.process.Kill()
	moving.IP(t, "address flush dev eth0")
	delete(want, moving.address)
	delete(found, moving.address)
	moving.address = "192.168.77.31"
	moving.IP(t, "address add 192.168.77.31/24 dev eth0")
	moving.on(t)
	want[moving.address] = events.CameraReady
	found = p.unchanged(t, found, "a camera at its new address", want)
	if c := found[moving.address]; c.ID != id {
		t.Errorf("the camera that moved was %s, is %s", id, c.ID)
	}

	silent := found["192.168.77.18"]
	devices["silent"].faults = nil
	devices["silent"].on(t)
	delete(found, "192.168.77.18")
	want["192.168.77.18"] = events.CameraReady
	found = p.unchanged(t, found, "a camera that is back", want)
	if c := found["192.168.77.18"]; c.ID != silent.ID {
		t.Errorf("the camera that is back was %s, is %s", silent.ID, c.ID)
	}

	if sent := vpn.text(); sent != "" {
		t.Errorf("this was sent into the VPN:\n%s", sent)
	}
	p.Run(t, "bash", "-c", "echo seen >/dev/udp/192.168.1.10/9")
	await.Until(t, patience, "a packet in the VPN that the test sends itself", func() error {
		if vpn.text() == "" {
			return fmt.Errorf("none is seen")
		}
		return nil
	})
}

// useless gives the machine interfaces on which no camera is to be looked for.
func (p pi) useless(t *testing.T, home *netns.Bridge) {
	t.Helper()
	p.IP(t, "link add down0 type veth peer name down1")
	p.IP(t, "address add 10.1.0.2/24 dev down0")
	p.IP(t, "link add pulled0 type veth peer name pulled1") // its peer is down
	p.IP(t, "address add 10.3.0.2/24 dev pulled0")
	p.IP(t, "link set pulled0 up")
	p.Cable(t, "bare0", "", home)
	p.Cable(t, "deaf0", "10.4.0.2/24", home)
	p.IP(t, "link set deaf0 multicast off")
}

// inTime: who answers is found within the window and a second.
func (p pi) inTime(t *testing.T, found map[string]events.Camera, began time.Time) {
	t.Helper()
	var last time.Duration
	for _, c := range found {
		if c.State != events.CameraUnreachable {
			last = max(last, c.Since.Sub(began))
		}
	}
	t.Logf("all that answer were found %v after the start", last.Round(time.Millisecond))
	if last > window+time.Second {
		t.Errorf("the last was found after %v", last)
	}
}

// explains: cameras tells the state of each and its error, find by --verbose what
// became of everything that was heard, and nic why an interface is left out.
func (p pi) explains(t *testing.T, found map[string]events.Camera) {
	t.Helper()
	said := p.ask(t, "cameras")
	for _, c := range found {
		if !hasLine(said, c.ID, string(c.State), c.Since.Format(time.RFC3339), c.Address, c.Error) {
			t.Errorf("cameras does not tell of %s, %s since %v:\n%s", c.ID, c.State, c.Since, said)
		}
	}
	said = p.ask(t, "find", "--verbose")
	for _, words := range []string{
		"192.168.1.10/onvif/device_service: not tried: leads into the VPN tun0",
		"authentication failed",
		"no answer within 5s",
		"not tried: link-local",
		"firmware V1.0.0 build 261101",
	} {
		if !strings.Contains(said, words) {
			t.Errorf("find does not say %q:\n%s", words, said)
		}
	}
	said = p.ask(t, "nic")
	for nic, reason := range map[string]string{
		"lo": "loopback", "down0": "down", "pulled0": "no carrier", "bare0": "has no IPv4 address",
		"deaf0": "has no multicast", "tun0": "point-to-point, such as a VPN",
	} {
		if !hasLine(said, nic, "no: "+reason) {
			t.Errorf("nic does not say of %s %q:\n%s", nic, reason, said)
		}
	}
}

// hasLine reports whether a line begins with a word and has all the parts.
func hasLine(text, begin string, parts ...string) bool {
	for line := range strings.Lines(text) {
		has := func(part string) bool { return strings.Contains(line, part) }
		if strings.HasPrefix(line, begin+" ") && !slices.ContainsFunc(parts, func(part string) bool { return !has(part) }) {
			return true
		}
	}
	return false
}

// unchanged waits for the cameras, and has nothing been said of those that were
// there before.
func (p pi) unchanged(t *testing.T, before map[string]events.Camera, what string, want map[string]events.CameraState) map[string]events.Camera {
	t.Helper()
	after := p.cameras(t, what, want)
	for address, was := range maps.All(before) {
		if is := after[address]; is.ID != was.ID || is.Revision != was.Revision {
			t.Errorf("%s: at %s was %s, revision %d, is %s, revision %d (%s, on %s)", what, address, was.ID, was.Revision, is.ID, is.Revision, is.State, is.NIC)
		}
	}
	return after
}
