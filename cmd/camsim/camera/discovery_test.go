package camera_test

import (
	"crypto/rand"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/ipv4"

	"github.com/donhk/istream/cmd/camsim/camera"
)

// seeker sends probes from loopback and collects what comes back.
type seeker struct {
	t     *testing.T
	conn  net.PacketConn
	group net.Addr
}

func loopbackNICs(t *testing.T) []string {
	t.Helper()
	names, err := camera.NICsOf("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// quietGroup is a group that no other test uses: the port is free.
func quietGroup(t *testing.T) string {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	return fmt.Sprintf("239.255.255.250:%d", conn.LocalAddr().(*net.UDPAddr).Port)
}

func seek(t *testing.T, group string) *seeker {
	t.Helper()
	target, err := net.ResolveUDPAddr("udp4", group)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	nic, err := net.InterfaceByName(loopbackNICs(t)[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := ipv4.NewPacketConn(conn).SetMulticastInterface(nic); err != nil {
		t.Fatal(err)
	}
	return &seeker{t: t, conn: conn, group: target}
}

const transmitter = `<d:Types xmlns:dn="http://www.onvif.org/ver10/network/wsdl">dn:NetworkVideoTransmitter</d:Types>`

const device = `<d:Types xmlns:tds="http://www.onvif.org/ver10/device/wsdl">tds:Device</d:Types>`

const printer = `<d:Types xmlns:p="http://schemas.microsoft.com/windows/2006/08/wdp/print">p:PrintDeviceType</d:Types>`

func (s *seeker) probe(types string) {
	s.t.Helper()
	message := `<?xml version="1.0"?><e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><e:Header><w:MessageID>uuid:probe-1</w:MessageID></e:Header><e:Body><d:Probe>` +
		types + `</d:Probe></e:Body></e:Envelope>`
	if _, err := s.conn.WriteTo([]byte(message), s.group); err != nil {
		s.t.Fatal(err)
	}
}

// next is the next datagram; false where none comes within the time.
func (s *seeker) next(within time.Duration) (string, bool) {
	s.t.Helper()
	buffer := make([]byte, 64<<10)
	if err := s.conn.SetReadDeadline(time.Now().Add(within)); err != nil {
		s.t.Fatal(err)
	}
	n, _, err := s.conn.ReadFrom(buffer)
	return string(buffer[:n]), err == nil
}

// from waits for a probe match of that endpoint.
func (s *seeker) from(endpoint string) string {
	s.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if text, ok := s.next(time.Until(deadline)); ok && strings.Contains(text, endpoint) {
			return text
		}
	}
	s.t.Fatal("no probe match came from " + endpoint)
	return ""
}

func TestProbeMatchOnTheUsualGroup(t *testing.T) {
	// Others may be heard there, even another run of this test.
	unique := rand.Text()
	cam := start(t, camera.Config{Name: "front door " + unique, NICs: loopbackNICs(t)})
	s := seek(t, "239.255.255.250:3702")
	for _, types := range []string{"", transmitter, device} {
		s.probe(types)
		match := s.from(cam.Endpoint())
		for element, want := range map[string]string{
			"Address":   cam.Endpoint(),
			"RelatesTo": "uuid:probe-1",
			"XAddrs":    cam.XAddr(),
			"Types":     "dn:NetworkVideoTransmitter tds:Device",
		} {
			if got := value(t, match, element); got != want {
				t.Errorf("<%s> is %q, want %q", element, got, want)
			}
		}
		if scopes := value(t, match, "Scopes"); !strings.Contains(scopes, "onvif://www.onvif.org/name/front%20door%20"+unique+" ") {
			t.Errorf("scopes: %s", scopes)
		}
	}
}

func TestManyCamerasAnswerOneProbe(t *testing.T) {
	group := quietGroup(t)
	missing := map[string]bool{}
	for i := range 8 {
		cam := start(t, camera.Config{Name: fmt.Sprint("cam-", i), NICs: loopbackNICs(t), Group: group})
		missing[cam.Endpoint()] = true
	}
	s := seek(t, group)
	s.probe(printer)
	s.probe(transmitter)
	for len(missing) > 0 {
		match, ok := s.next(patience)
		if !ok {
			t.Fatalf("%d cameras did not answer", len(missing))
		}
		endpoint := value(t, match, "Address")
		if !missing[endpoint] {
			t.Errorf("%s answered twice, or to the search for a printer", endpoint)
		}
		delete(missing, endpoint)
	}
}

func TestHelloAndBye(t *testing.T) {
	group := quietGroup(t)
	target, err := net.ResolveUDPAddr("udp4", group)
	if err != nil {
		t.Fatal(err)
	}
	nic, err := net.InterfaceByName(loopbackNICs(t)[0])
	if err != nil {
		t.Fatal(err)
	}
	ear, err := net.ListenMulticastUDP("udp4", nic, target)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ear.Close() }()
	cam, err := camera.Start(t.Context(), camera.Config{NICs: []string{nic.Name}, Group: group})
	if err != nil {
		t.Fatal(err)
	}
	s := &seeker{t: t, conn: ear, group: target}
	hello := s.from(cam.Endpoint())
	if !strings.HasSuffix(value(t, hello, "Action"), "/Hello") || value(t, hello, "XAddrs") != cam.XAddr() {
		t.Errorf("no Hello: %s", hello)
	}
	if err := cam.Close(); err != nil {
		t.Fatal(err)
	}
	if bye := s.from(cam.Endpoint()); !strings.HasSuffix(value(t, bye, "Action"), "/Bye") {
		t.Errorf("no Bye: %s", bye)
	}
}

// Each probe is followed by an untyped one of a good camera on the same socket,
// so that silence is known without waiting for it.
func TestDiscoveryFaults(t *testing.T) {
	for _, test := range []struct {
		faults string
		types  string
		want   func(endpoint, xaddr string, datagrams []string) bool
	}{
		{"untyped-only", transmitter, silent},
		{"untyped-only", "", answered},
		{"typed-only", "", silent},
		{"typed-only", device, answered},
		{"mute", "", silent},
		{"late-reply=50ms", "", answered},
		{"trailing-nul", "", func(endpoint, xaddr string, d []string) bool {
			return answered(endpoint, xaddr, d) && strings.HasSuffix(d[0], ">\n\x00")
		}},
		{"empty-datagram", "", func(endpoint, xaddr string, d []string) bool {
			return len(d) == 2 && d[0] == "" && answered(endpoint, xaddr, d[1:])
		}},
		{"junk-datagram", "", func(endpoint, xaddr string, d []string) bool {
			return len(d) == 2 && len(d[0]) == 60_000 && answered(endpoint, xaddr, d[1:])
		}},
		{"no-xaddrs", "", func(endpoint, _ string, d []string) bool {
			return len(d) == 1 && strings.Contains(d[0], endpoint) && !strings.Contains(d[0], "XAddrs")
		}},
		{"link-local-first", "", func(_, xaddr string, d []string) bool {
			return len(d) == 1 && strings.Contains(d[0], "http://169.254.77.10/onvif/device_service "+xaddr)
		}},
		{"dead-xaddr-first", "", func(_, xaddr string, d []string) bool {
			return len(d) == 1 && strings.Contains(d[0], "http://192.168.1.10/onvif/device_service "+xaddr)
		}},
	} {
		t.Run(test.faults+"/"+test.types, func(t *testing.T) {
			t.Parallel()
			group := quietGroup(t)
			var faults camera.Faults
			if err := faults.Set(test.faults); err != nil {
				t.Fatal(err)
			}
			cam := start(t, camera.Config{Name: "bad", NICs: loopbackNICs(t), Group: group, Faults: faults})
			s := seek(t, group)
			s.probe(test.types)
			datagrams := s.until(marker(t, s, group, faults.LateReply))
			if !test.want(cam.Endpoint(), cam.XAddr(), datagrams) {
				t.Errorf("got %q", datagrams)
			}
		})
	}
}

func silent(_, _ string, datagrams []string) bool { return len(datagrams) == 0 }

func answered(endpoint, xaddr string, datagrams []string) bool {
	return len(datagrams) == 1 && strings.Contains(datagrams[0], endpoint) && strings.Contains(datagrams[0], xaddr)
}

// marker starts a good camera that answers after the bad one and asks both
// again for what the bad one does not answer: a scope of the good one's alone.
func marker(t *testing.T, s *seeker, group string, late time.Duration) string {
	t.Helper()
	good := start(t, camera.Config{Name: "marker", NICs: loopbackNICs(t), Group: group, Faults: camera.Faults{LateReply: 2*late + 100*time.Millisecond}})
	s.probe("<d:Scopes>onvif://www.onvif.org/name/marker</d:Scopes>")
	return good.Endpoint()
}

// until collects datagrams up to that endpoint's.
func (s *seeker) until(endpoint string) []string {
	s.t.Helper()
	var all []string
	for {
		text, ok := s.next(patience)
		if !ok {
			s.t.Fatalf("no end came after %q", all)
		}
		if strings.Contains(text, endpoint) {
			return all
		}
		all = append(all, text)
	}
}

func TestNICsOf(t *testing.T) {
	if all, err := camera.NICsOf("0.0.0.0"); err == nil && slices.Contains(all, loopbackNICs(t)[0]) {
		t.Errorf("loopback is among %v", all)
	}
	for _, host := range []string{"192.0.2.254", "nowhere"} {
		if names, err := camera.NICsOf(host); err == nil {
			t.Errorf("%s is on %v", host, names)
		}
	}
}
