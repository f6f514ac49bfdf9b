package survey

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/services/discoverer/internal/address"
	"github.com/donhk/istream/services/discoverer/internal/devicetest"
	"github.com/donhk/istream/services/discoverer/internal/nic"
	"github.com/donhk/istream/services/discoverer/internal/onvif"
	"github.com/donhk/istream/services/discoverer/internal/wsd"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var lo = nic.NIC{Name: "lo", Index: 1, Prefixes: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/16")}, Loopback: true}

func heard(endpoint string, xaddrs ...string) wsd.Heard {
	return wsd.Heard{Match: wsd.Match{Endpoint: endpoint, XAddrs: xaddrs, ONVIF: true}, NIC: lo, Source: netip.MustParseAddr("127.0.0.1")}
}

// visits is a visitor whose clock the test moves.
func visits(t *testing.T) (v *visitor, pass func(time.Duration)) {
	t.Helper()
	client := onvif.NewClient(func(netip.Addr) bool { return true })
	t.Cleanup(client.Close)
	v = &visitor{client: client, memory: newMemory(), credentials: setting.Credentials{User: "admin", Pass: "secret"}}
	v.tunnel = func(netip.Addr) string { return "" }
	now := time.Now()
	v.memory.now = func() time.Time { return now }
	return v, func(d time.Duration) { now = now.Add(d) }
}

func device1(t *testing.T) *devicetest.Device {
	t.Helper()
	d := &devicetest.Device{
		User: "admin", Pass: "secret", Model: "IPC", Serial: "s",
		Profiles: []devicetest.Profile{{Token: "p", Source: "v", Codec: "H264", URI: "rtsp://127.0.0.1/s"}},
	}
	d.Start(t)
	return d
}

// TestMemory: who is asked again, and when.
func TestMemory(t *testing.T) {
	v, pass := visits(t)
	d := device1(t)
	c := contact{key: "k", heard: []wsd.Heard{heard("e", d.URL)}}
	asked := func(what string, want int) {
		t.Helper()
		if got := d.Calls("GetDeviceInformation"); got != want {
			t.Fatalf("%s: asked %d times, want %d", what, got, want)
		}
	}
	first := v.finding(t.Context(), c)
	asked("at first", 1)
	if again := v.finding(t.Context(), c); cmp.Diff(first.Device, again.Device) != "" {
		t.Error("told otherwise the second time")
	}
	asked("known", 1)
	moved := c
	moved.heard = []wsd.Heard{heard("e", "http://127.0.0.2:1/x", d.URL)}
	v.finding(t.Context(), moved)
	asked("another address", 2)
	hello := moved
	hello.hello = true
	v.finding(t.Context(), hello)
	asked("it has come up", 3)
	pass(refresh)
	v.finding(t.Context(), moved)
	asked("after ten minutes", 4)

	d.SetPass("other")
	pass(refresh)
	if f := v.finding(t.Context(), moved); f.Device.State != events.CameraAuth {
		t.Fatalf("state %s", f.Device.State)
	}
	asked("with a wrong password", 5)
	v.finding(t.Context(), hello)
	pass(hold - time.Second)
	v.finding(t.Context(), moved)
	asked("within five minutes", 5)
	pass(time.Second)
	v.finding(t.Context(), moved)
	asked("after five minutes", 6)
	v.credentials.Pass = "other"
	if f := v.finding(t.Context(), moved); f.Device.State != events.CameraReady {
		t.Errorf("state %s with the right password", f.Device.State)
	}
	if d.Refused() != 2 {
		t.Errorf("%d attempts with a wrong password", d.Refused())
	}
}

// TestMemoryByHand: a camera that nobody hears has to show that it is there.
func TestMemoryByHand(t *testing.T) {
	v, _ := visits(t)
	d := device1(t)
	c := contact{key: "k", manual: &setting.ManualCamera{Name: "front", Address: d.Host()}}
	for range 3 {
		if f := v.finding(t.Context(), c); f.Device.State != events.CameraReady || f.Device.Manual != "front" {
			t.Fatalf("found %+v", f)
		}
	}
	if d.Calls("GetDeviceInformation") != 1 || d.Calls("GetSystemDateAndTime") != 3 {
		t.Errorf("asked %d times who it is, %d times the time", d.Calls("GetDeviceInformation"), d.Calls("GetSystemDateAndTime"))
	}
	d.Answers = map[string]http.HandlerFunc{"GetSystemDateAndTime": devicetest.Raw(404, "gone")}
	if f := v.finding(t.Context(), c); f.Device.State != events.CameraUnreachable || !strings.Contains(f.Device.Error, "404") {
		t.Errorf("found %+v", f.Device)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	m := newMemory()
	for i := range 2 * maxKept {
		m.keep(contact{key: fmt.Sprint(i)}, onvif.Target{}, onvif.Report{}, Finding{})
	}
	if len(m.visits) > maxKept {
		t.Errorf("%d visits are kept", len(m.visits))
	}
	m.now = func() time.Time { return time.Now().Add(forget) }
	m.keep(contact{key: "new"}, onvif.Target{}, onvif.Report{}, Finding{})
	if len(m.visits) != 1 {
		t.Errorf("%d visits are kept for more than an hour", len(m.visits))
	}
}

// TestName: a device named by hand by its host's name.
func TestName(t *testing.T) {
	v, _ := visits(t)
	d := device1(t)
	_, port, _ := strings.Cut(d.Host(), ":")
	v.lookup = func(_ context.Context, _, host string) ([]netip.Addr, error) {
		if host != "cam.local" {
			return nil, errors.New("unknown")
		}
		return []netip.Addr{netip.MustParseAddr("::1"), netip.MustParseAddr("127.0.0.1")}, nil
	}
	f := v.finding(t.Context(), contact{key: "k", manual: &setting.ManualCamera{Name: "front", Address: "cam.local:" + port}})
	if f.Device.State != events.CameraReady || f.Device.Address != d.Host() {
		t.Errorf("found %+v", f)
	}
	f = v.finding(t.Context(), contact{key: "l", manual: &setting.ManualCamera{Name: "back", Address: "other.local"}})
	if f.Device.State != events.CameraUnreachable || f.Device.Error != "the name other.local has no address" {
		t.Errorf("found %+v", f.Device)
	}
}

// TestNotCamera: who answers, but is none.
func TestNotCamera(t *testing.T) {
	v, _ := visits(t)
	web := &devicetest.Device{Answers: map[string]http.HandlerFunc{"GetSystemDateAndTime": devicetest.Raw(401, "<html>")}}
	web.Start(t)
	plain := func(types []string, xaddrs ...string) contact {
		h := heard("e", xaddrs...)
		h.ONVIF, h.Types = false, types
		return contact{key: "k", heard: []wsd.Heard{h}}
	}
	for want, c := range map[string]contact{
		"not an ONVIF device, but Computer, Device": plain([]string{"Device", "Computer", "Device"}, "http://127.0.0.1/uuid"),
		"tells neither what it is nor where":        plain(nil),
		"does not answer as an ONVIF device":        plain(nil, strings.Replace(web.URL, "/onvif/device_service", "/x", 1)),
	} {
		if f := v.finding(t.Context(), c); f.NotCamera != want {
			t.Errorf("got %q, want %q", f.NotCamera, want)
		}
	}
	if web.Calls("") != 1 {
		t.Errorf("%d calls to what may be none", web.Calls(""))
	}
	// An address that says so, or the device's own word, is claim enough.
	d := device1(t)
	if f := v.finding(t.Context(), plain(nil, d.URL)); f.NotCamera != "" || f.Device.State != events.CameraReady {
		t.Errorf("found %+v", f)
	}
}

// TestTwoNICs: one device heard on two is asked once, where it can be reached.
func TestTwoNICs(t *testing.T) {
	v, _ := visits(t)
	d := device1(t)
	other := heard("e", "http://127.1.0.7:1/onvif/device_service")
	other.NIC = nic.NIC{Name: "eth1", Index: 2, Prefixes: []netip.Prefix{netip.MustParsePrefix("127.1.0.1/16")}, Loopback: true}
	other.Source = netip.MustParseAddr("127.1.0.7")
	c := contact{key: "e"}
	for _, h := range []wsd.Heard{heard("e", d.URL), other, heard("e", d.URL)} {
		c.add(h)
	}
	if len(c.heard) != 2 {
		t.Errorf("%d replies are kept", len(c.heard))
	}
	f := v.finding(t.Context(), c)
	if diff := cmp.Diff([]string{"lo", "eth1"}, f.NICs); diff != "" || f.Device.NIC != "lo" || f.Device.Address != d.Host() {
		t.Errorf("found %+v", f)
	}
}

// TestNothingGoesIntoAVPN: an address that leads there is not asked, named,
// answered from or guessed, and said to be left out only where it was named.
func TestNothingGoesIntoAVPN(t *testing.T) {
	v, _ := visits(t)
	away := netip.MustParseAddr("127.0.0.7")
	v.tunnel = func(a netip.Addr) string {
		if a == away {
			return "wg0"
		}
		return ""
	}
	near, far := device1(t), httptest.NewUnstartedServer(http.NotFoundHandler())
	l, err := net.Listen("tcp4", net.JoinHostPort(away.String(), "0"))
	if err != nil {
		t.Fatal(err)
	}
	var calls atomic.Int64
	far.Listener, far.Config.ConnState = l, func(net.Conn, http.ConnState) { calls.Add(1) }
	far.Start()
	t.Cleanup(far.Close)
	there := far.URL + "/onvif/device_service"
	h := heard("e", there, near.URL)
	h.Source = away
	f := v.finding(t.Context(), contact{key: "e", heard: []wsd.Heard{h}})
	if f.Device.State != events.CameraReady || f.Device.Address != near.Host() || calls.Load() != 0 {
		t.Errorf("%d calls into the VPN; found %+v", calls.Load(), f)
	}
	moved := strings.Replace(near.URL, "127.0.0.1", away.String(), 1)
	want := []address.Dropped{{Address: there, Reason: "leads into the VPN wg0"}, {Address: moved, Reason: "leads into the VPN wg0"}}
	if diff := cmp.Diff(want, f.Dropped); diff != "" {
		t.Error(diff)
	}
	h.XAddrs = []string{there}
	f = v.finding(t.Context(), contact{key: "f", heard: []wsd.Heard{h}})
	if f.Device.State != events.CameraUnreachable || len(f.Tried) != 0 || calls.Load() != 0 {
		t.Errorf("%d calls into the VPN; found %+v", calls.Load(), f)
	}
}

// collector counts the visits of a desk.
type collector struct {
	mu  sync.Mutex
	all []contact
}

func (c *collector) visit(_ context.Context, k contact) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, k)
}

func (c *collector) keys() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var keys []string
	for _, k := range c.all {
		keys = append(keys, k.key)
	}
	slices.Sort(keys)
	return keys
}

func TestDesk(t *testing.T) {
	var c collector
	d := newDesk(0, c.visit)
	expect := func(what string, keys ...string) {
		t.Helper()
		d.wait()
		if got := c.keys(); !slices.Equal(got, keys) {
			t.Fatalf("%s: visited %v, want %v", what, got, keys)
		}
	}
	for range 100 {
		d.hear(t.Context(), heard("a"))
		d.hear(t.Context(), heard("b"))
	}
	expect("each once a round", "a", "b")
	d.begin()
	d.hear(t.Context(), heard("a"))
	expect("once more in the next", "a", "a", "b")
	hello := heard("a")
	hello.Hello = true
	d.hear(t.Context(), hello)
	expect("not for a Hello right after a visit", "a", "a", "b")
	d.round["a"].ended = time.Now().Add(-again)
	d.hear(t.Context(), hello)
	expect("for a Hello later", "a", "a", "a", "b")
	m := setting.ManualCamera{Name: "front"}
	d.call(t.Context(), contact{key: "hand", manual: &m})
	expect("by hand", "a", "a", "a", "b", "hand")
	nameless := heard("", "http://127.0.0.1/1")
	d.hear(t.Context(), nameless)
	nameless.XAddrs = []string{"http://127.0.0.1/2"}
	d.hear(t.Context(), nameless)
	expect("without an endpoint, by address", "127.0.0.1 http://127.0.0.1/1", "127.0.0.1 http://127.0.0.1/2", "a", "a", "a", "b", "hand")
}

func TestDeskIsBounded(t *testing.T) {
	var c collector
	d := newDesk(0, c.visit)
	for i := range 2 * maxPerSource {
		d.hear(t.Context(), heard(fmt.Sprint(i)))
	}
	d.wait()
	if n := len(c.keys()); n != maxPerSource {
		t.Errorf("%d visits for one source", n)
	}
	for i := range 2 * maxContacts {
		h := heard(fmt.Sprint("x", i))
		h.Source = netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})
		d.hear(t.Context(), h)
	}
	d.wait()
	if n := len(c.keys()); n != maxContacts {
		t.Errorf("%d visits in a round", n)
	}
}

func TestDeskEndsWithItsContext(t *testing.T) {
	var c collector
	d := newDesk(time.Hour, c.visit)
	ctx, cancel := context.WithCancel(t.Context())
	d.hear(ctx, heard("a"))
	cancel()
	d.wait()
	if len(c.keys()) != 0 {
		t.Error("visited all the same")
	}
}
