package nic

import (
	"net"
	"net/netip"
	"testing"
)

const lan = net.FlagUp | net.FlagBroadcast | net.FlagMulticast | net.FlagRunning

func prefixes(texts ...string) []netip.Prefix {
	var all []netip.Prefix
	for _, t := range texts {
		all = append(all, netip.MustParsePrefix(t))
	}
	return all
}

func TestChoose(t *testing.T) {
	facts := []Facts{
		{Name: "lo", Index: 1, Flags: net.FlagUp | net.FlagLoopback | net.FlagRunning, Prefixes: prefixes("127.0.0.1/8")},
		{Name: "eth0", Index: 2, Flags: lan, Prefixes: prefixes("192.168.1.2/24")},
		{Name: "eth1", Index: 3, Flags: lan &^ net.FlagUp, Prefixes: prefixes("192.168.2.2/24")},
		{Name: "eth2", Index: 4, Flags: lan},
		{Name: "eth3", Index: 5, Flags: lan &^ net.FlagMulticast, Prefixes: prefixes("192.168.3.2/24")},
		{Name: "tun0", Index: 6, Flags: lan | net.FlagPointToPoint, Prefixes: prefixes("10.8.0.2/32")},
		{Name: "docker0", Index: 7, Flags: lan &^ net.FlagRunning, Prefixes: prefixes("172.17.0.1/16")},
	}
	for _, c := range []struct {
		setting  string
		eligible map[string]bool
		reasons  map[string]string
	}{
		{
			setting: "all", eligible: map[string]bool{"eth0": true},
			reasons: map[string]string{
				"lo": "loopback", "eth1": "down", "eth2": "has no IPv4 address", "eth3": "has no multicast",
				"tun0": "point-to-point, such as a VPN", "docker0": "no carrier",
			},
		},
		{
			setting: "lo, tun0 eth1,eth2", eligible: map[string]bool{"lo": true, "tun0": true},
			reasons: map[string]string{"eth0": "not named in BROADCAST_NIC", "eth1": "down", "eth2": "has no IPv4 address"},
		},
		{setting: "usb0", reasons: map[string]string{"usb0": "there is no such interface", "eth0": "not named in BROADCAST_NIC"}},
		{setting: "none", reasons: map[string]string{"eth0": "discovery is off (BROADCAST_NIC=none)"}},
	} {
		t.Run(c.setting, func(t *testing.T) {
			s, err := ParseSelection(c.setting)
			if err != nil {
				t.Fatal(err)
			}
			seen := map[string]NIC{}
			for _, n := range s.Choose(facts) {
				seen[n.Name] = n
				if n.Tunnel != (n.Name == "tun0" && !n.Eligible) {
					t.Errorf("%s: tunnel %t", n.Name, n.Tunnel)
				}
				if n.Eligible != c.eligible[n.Name] || n.Eligible != (n.Reason == "") {
					t.Errorf("%s: eligible %t, reason %q", n.Name, n.Eligible, n.Reason)
				}
			}
			for name, reason := range c.reasons {
				if seen[name].Reason != reason {
					t.Errorf("%s: reason %q, want %q", name, seen[name].Reason, reason)
				}
			}
		})
	}
}

func TestParseSelectionFaults(t *testing.T) {
	for _, text := range []string{"eth0,../x", "a-name-that-is-too-long", "all,eth0", "none eth0"} {
		if _, err := ParseSelection(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

func TestSystem(t *testing.T) {
	facts, err := System()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range facts {
		if f.Flags&net.FlagLoopback != 0 {
			n := NIC{Prefixes: f.Prefixes}
			if !n.Contains(netip.MustParseAddr("127.0.0.5")) {
				t.Errorf("loopback with %v", f.Prefixes)
			}
			return
		}
	}
	t.Error("no loopback among the interfaces")
}

func TestSource(t *testing.T) {
	here := netip.MustParseAddr("127.0.0.1")
	lo := NIC{Prefixes: prefixes("10.0.0.1/8", "127.0.0.1/8")}
	if from := Source(here); from != here || !lo.Has(from) || lo.Has(netip.MustParseAddr("127.0.0.2")) {
		t.Errorf("from %v", from)
	}
}
