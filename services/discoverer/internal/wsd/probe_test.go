package wsd

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/donhk/istream/services/discoverer/internal/nic"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// loopback is the NIC that tests probe on.
func loopback(t *testing.T) nic.NIC {
	t.Helper()
	facts, err := nic.System()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range facts {
		if f.Flags&net.FlagLoopback != 0 {
			return nic.NIC{Name: f.Name, Index: f.Index, Prefixes: f.Prefixes[:1], Loopback: true, Eligible: true}
		}
	}
	t.Fatal("no loopback interface")
	return nic.NIC{}
}

// device listens as a camera does, on a port of its own so that no other test
// hears it, and gives each probe to answer.
func device(t *testing.T, answer func(conn net.PacketConn, probe string, from net.Addr)) (port int) {
	t.Helper()
	conn, err := listenGroup(0)
	if err != nil {
		t.Fatal(err)
	}
	n := loopback(t)
	if err := JoinGroup(conn, n.Index); err != nil {
		t.Fatal(err)
	}
	reply, err := net.ListenPacket("udp4", "127.0.0.9:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() {
		for _, c := range []net.PacketConn{conn, reply} {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
		<-done
	})
	go func() {
		defer close(done)
		b := make([]byte, maxDatagram)
		for {
			n, from, err := conn.ReadFrom(b)
			if err != nil {
				return
			}
			answer(reply, string(b[:n]), from)
		}
	}()
	return conn.LocalAddr().(*net.UDPAddr).Port
}

func say(t *testing.T, conn net.PacketConn, text string, to net.Addr) {
	if _, err := conn.WriteTo([]byte(text), to); err != nil {
		t.Error(err)
	}
}

func collect() (func(Heard), func() []Heard) {
	var mu sync.Mutex
	var all []Heard
	return func(h Heard) { mu.Lock(); defer mu.Unlock(); all = append(all, h) },
		func() []Heard { mu.Lock(); defer mu.Unlock(); return all }
}

// TestProbe: whichever of the probes a device answers, and even if it hears
// only the last of each.
func TestProbe(t *testing.T) {
	match := reply(`<d:ProbeMatch>` + epr + `<d:XAddrs>http://127.0.0.9/</d:XAddrs></d:ProbeMatch>`)
	for _, types := range []string{">dn:NetworkVideoTransmitter<", ">tds:Device<", "<d:Probe></d:Probe>"} {
		t.Run(types, func(t *testing.T) {
			var mu sync.Mutex
			heard := 0
			port := device(t, func(conn net.PacketConn, probe string, from net.Addr) {
				if !strings.Contains(probe, types) {
					return
				}
				mu.Lock()
				heard++
				last := heard == len(rounds)
				mu.Unlock()
				if last {
					say(t, conn, match, from)
				}
			})
			add, all := collect()
			n := loopback(t)
			if faults := (Prober{Port: port, Window: 300 * time.Millisecond}).Probe(t.Context(), []nic.NIC{n}, add); len(faults) > 0 {
				t.Fatal(faults)
			}
			got := all()
			if len(got) != 1 || got[0].Endpoint != eprIs || got[0].NIC.Name != n.Name {
				t.Fatalf("heard %+v", got)
			}
			if got[0].Source != netip.MustParseAddr("127.0.0.9") {
				t.Errorf("source %v", got[0].Source)
			}
		})
	}
}

// TestProbeHostile: floods, junk and halves take nothing from the others.
func TestProbeHostile(t *testing.T) {
	match := reply(`<d:ProbeMatch>` + epr + `</d:ProbeMatch>`)
	var once sync.Once
	port := device(t, func(conn net.PacketConn, _ string, from net.Addr) {
		once.Do(func() {
			for _, d := range datagrams {
				if len(d.in) < 60000 {
					say(t, conn, d.in, from)
				}
			}
		})
		say(t, conn, match, from)
	})
	add, all := collect()
	if faults := (Prober{Port: port, Window: 300 * time.Millisecond}).Probe(t.Context(), []nic.NIC{loopback(t)}, add); len(faults) > 0 {
		t.Fatal(faults)
	}
	if len(all()) == 0 {
		t.Error("the device was not heard")
	}
}

func TestProbeFaultStaysWithItsNIC(t *testing.T) {
	port := device(t, func(conn net.PacketConn, _ string, from net.Addr) {
		say(t, conn, reply(`<d:ProbeMatch>`+epr+`</d:ProbeMatch>`), from)
	})
	gone := nic.NIC{Name: "gone0", Index: 99999, Prefixes: []netip.Prefix{netip.MustParsePrefix("203.0.113.7/24")}}
	add, all := collect()
	faults := Prober{Port: port, Window: 200 * time.Millisecond}.Probe(t.Context(), []nic.NIC{gone, loopback(t)}, add)
	if len(faults) != 1 || faults["gone0"] == nil {
		t.Errorf("faults %v", faults)
	}
	if len(all()) == 0 {
		t.Error("nothing heard on the other NIC")
	}
}

func TestProbeEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	faults := Prober{Window: time.Hour}.Probe(ctx, []nic.NIC{loopback(t)}, func(Heard) {})
	if len(faults) > 0 {
		t.Error(faults)
	}
}

func TestListener(t *testing.T) {
	free, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = free.Close() }()
	port := free.LocalAddr().(*net.UDPAddr).Port // this test's own
	l, err := Listen(port)
	if err != nil {
		t.Fatal(err)
	}
	second, err := Listen(port)
	if err != nil {
		t.Fatal("the port is not shared: ", err)
	}
	defer second.Close()
	n := loopback(t)
	if faults := l.Join([]nic.NIC{n}); len(faults) > 0 {
		t.Fatal(faults)
	}
	ctx, stop := context.WithCancel(t.Context())
	heard, done := make(chan Heard, 100), make(chan error)
	go func() { done <- l.Run(ctx, func(h Heard) { heard <- h }) }()

	speaker := free.(*net.UDPConn)
	if err := bindMulticast(speaker, n); err != nil {
		t.Fatal(err)
	}
	hello := strings.NewReplacer("ProbeMatches", "x", "ProbeMatch", "Hello").Replace(reply(`<d:ProbeMatch>` + epr + `</d:ProbeMatch>`))
	say(t, speaker, hello, &net.UDPAddr{IP: group, Port: port})
	select {
	case h := <-heard:
		if !h.Hello || h.Endpoint != eprIs || h.NIC.Name != n.Name || h.Source != netip.MustParseAddr("127.0.0.1") {
			t.Errorf("heard %+v", h)
		}
	case <-time.After(10 * time.Second):
		t.Error("no Hello was heard")
	}
	if faults := l.Join(nil); len(faults) > 0 || len(l.joined) != 0 {
		t.Errorf("left: %v, still %v", faults, l.joined)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestListenTaken(t *testing.T) {
	alone, err := net.ListenPacket("udp4", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = alone.Close() }()
	if l, err := Listen(alone.LocalAddr().(*net.UDPAddr).Port); err == nil {
		l.Close()
		t.Error("a port that another has alone was taken")
	}
}
