package discoverer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/services/discoverer/internal/devicetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const pass = "p@s:/?#word"

// camera is a well-behaved device number n.
func camera(n int) *devicetest.Device {
	return &devicetest.Device{
		Endpoint: fmt.Sprintf("urn:uuid:4a0f0b8e-0000-0000-0000-%012d", n),
		Scopes:   "onvif://www.onvif.org/hardware/IPC-3",
		User:     "admin", Pass: pass, Manufacturer: "Acme", Model: "IPC-3", Firmware: "1.0", Serial: fmt.Sprint("serial-", n),
		Profiles: []devicetest.Profile{
			{Token: "main", Source: "v1", Codec: "H264", Width: 1920, Height: 1080, URI: fmt.Sprintf("rtsp://127.0.0.1:8554/%d/main", n)},
			{Token: "sub", Source: "v1", Codec: "H264", Width: 640, Height: 360, URI: fmt.Sprintf("rtsp://127.0.0.1:8554/%d/sub", n)},
		},
	}
}

// onLoopback is a configuration that finds the network's devices.
func onLoopback(t testing.TB, network *devicetest.Network) Config {
	var cfg Config
	from := setting.Map{"SITE": "attic", "BROADCAST_NIC": devicetest.Loopback(t).Name, "CAM_USER": "admin", "CAM_PASS": pass}
	if err := setting.Load(t.Context(), &cfg, from); err != nil {
		t.Fatal(err)
	}
	cfg.port, cfg.Window, cfg.Interval = network.Port, setting.Duration(400*time.Millisecond), setting.Duration(500*time.Millisecond)
	return cfg
}

func find(t *testing.T, cfg Config) ([]Finding, string) {
	t.Helper()
	cfg.Window = setting.Duration(600 * time.Millisecond)
	var log bytes.Buffer
	all, err := Find(t.Context(), cfg, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{pass, "word", "p%40s"} {
		if strings.Contains(log.String(), secret) || bytes.Contains(text, []byte(secret)) {
			t.Errorf("the password is in the log or in what was found:\n%s\n%s", log.String(), text)
		}
	}
	return all, log.String()
}

func TestFind(t *testing.T) {
	t.Parallel()
	network := devicetest.NewNetwork(t, "127.0.0.1")
	ready, refused, absent, empty, printer := camera(1), camera(2), camera(3), camera(4), camera(5)
	refused.Pass = "other"
	empty.Profiles = nil
	printer.Types, printer.Scopes, printer.XAddrs = "wsdp:Device wsdp:Printer", "", " "
	for _, d := range []*devicetest.Device{ready, refused, absent, empty, printer} {
		d.Start(t)
		network.Add(d)
	}
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	absent.XAddrs = "http://" + gone.Addr().String() + "/onvif/device_service" // refuses connections: found out at once
	if err := gone.Close(); err != nil {
		t.Fatal(err)
	}
	network.AddAnswer(func(string) []string { return []string{"", "\x00", "junk", strings.Repeat("<", 60000)} })

	all, _ := find(t, onLoopback(t, network))
	type row struct{ Serial, State, Dropped string }
	var rows []row
	for _, f := range all {
		rows = append(rows, row{f.Camera.Serial, string(f.Camera.State), f.Dropped})
	}
	want := []row{{"serial-1", "ready", ""}, {"", "auth", ""}, {"", "unreachable", ""}, {"serial-4", "no-stream", ""}, {"", "", "not an ONVIF device, but Device, Printer"}}
	less := func(a, b row) bool { return fmt.Sprint(a) < fmt.Sprint(b) }
	if diff := cmp.Diff(sorted(want, less), sorted(rows, less)); diff != "" {
		t.Fatal(diff)
	}
	for _, f := range all {
		if f.Camera.State == events.CameraUnreachable && (len(f.Tried) == 0 || !strings.Contains(f.Camera.Error, "connection refused")) {
			t.Errorf("unreachable without saying where: %+v", f)
		}
		if f.Camera.State == events.CameraReady {
			checkReady(t, f, ready)
		}
	}
	if refused.Refused() != 1 {
		t.Errorf("%d attempts with a wrong password", refused.Refused())
	}
}

func checkReady(t *testing.T, f Finding, d *devicetest.Device) {
	t.Helper()
	lo := devicetest.Loopback(t).Name
	at := f.Camera.At
	want := Finding{
		How: "probe", NICs: []string{lo}, Source: "127.0.0.1", Tried: []Try{{Address: d.URL}},
		Camera: events.Camera{
			V: 1, Change: events.CameraFound, Site: "attic", ID: f.Camera.ID, Endpoint: d.Endpoint, Address: d.Host(), NIC: lo,
			Manufacturer: "Acme", Model: "IPC-3", Firmware: "1.0", Serial: "serial-1", Source: "v1",
			Streams: []events.Stream{
				{Name: "main", URI: "rtsp://127.0.0.1:8554/1/main", Codec: "H264", Width: 1920, Height: 1080, FrameRate: 25},
				{Name: "sub", URI: "rtsp://127.0.0.1:8554/1/sub", Codec: "H264", Width: 640, Height: 360, FrameRate: 25},
			},
			State: events.CameraReady, Since: at, At: at, Revision: 1,
		},
	}
	if diff := cmp.Diff(want, f); diff != "" {
		t.Error(diff)
	}
	if !strings.HasPrefix(f.Camera.ID, "ipc-3-") {
		t.Errorf("id %s", f.Camera.ID)
	}
}

// TestFindWhere: whatever a device says of where it is.
func TestFindWhere(t *testing.T) {
	t.Parallel()
	for name, xaddrs := range map[string]func(url, port string) string{
		"its own":                  func(url, _ string) string { return url },
		"link-local first":         func(url, _ string) string { return "http://169.254.1.1/onvif/device_service " + url },
		"nobody":                   func(_, port string) string { return "http://0.0.0.0:" + port + "/onvif/device_service" },
		"behind NAT":               func(_, port string) string { return "http://127.0.0.77:" + port + "/onvif/device_service" },
		"a name":                   func(_, port string) string { return "http://camera.invalid:" + port + "/onvif/device_service" },
		"without a scheme":         func(_, port string) string { return "127.0.0.1:" + port },
		"double spaces, https too": func(url, _ string) string { return "https://127.0.0.1:1/onvif/device_service  " + url },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			network := devicetest.NewNetwork(t, "127.0.0.1")
			d := camera(1)
			d.Start(t)
			_, port, _ := strings.Cut(d.Host(), ":")
			d.XAddrs = xaddrs(d.URL, port)
			network.Add(d)
			all, _ := find(t, onLoopback(t, network))
			if len(all) != 1 || all[0].Camera.Address != d.Host() || all[0].Camera.State != events.CameraReady {
				t.Errorf("found %+v", all)
			}
		})
	}
}

// TestFindByHand: with discovery off.
func TestFindByHand(t *testing.T) {
	t.Parallel()
	d := camera(1)
	d.Start(t)
	cfg := onLoopback(t, &devicetest.Network{})
	cfg.NICs = "none"
	if err := cfg.Cameras.UnmarshalText([]byte("front=" + d.Host() + "/onvif/device_service,door=rtsp://u:" + "secret1@127.0.0.1/live,away=127.0.0.1:1")); err != nil {
		t.Fatal(err)
	}
	all, log := find(t, cfg)
	states := map[string]string{}
	for _, f := range all {
		states[f.Camera.ID] = string(f.Camera.State) + " " + f.How
		if f.Camera.ID == "door" && (f.Camera.Streams[0].URI != "rtsp://127.0.0.1/live" || f.Camera.Address != "127.0.0.1:554") {
			t.Errorf("the bare stream: %+v", f.Camera)
		}
	}
	if diff := cmp.Diff(map[string]string{"front": "ready by hand", "door": "ready by hand", "away": "unreachable by hand"}, states); diff != "" {
		t.Error(diff)
	}
	if strings.Contains(fmt.Sprint(all, log), "secret1") {
		t.Error("the password of a stream is shown")
	}
}

// TestPortTaken: it is said once, and what can be done is done.
func TestPortTaken(t *testing.T) {
	t.Parallel()
	alone, err := net.ListenPacket("udp4", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = alone.Close() })
	d := camera(1)
	d.Start(t)
	cfg := onLoopback(t, &devicetest.Network{Port: alone.LocalAddr().(*net.UDPAddr).Port})
	if err := cfg.Cameras.UnmarshalText([]byte("front=" + d.Host())); err != nil {
		t.Fatal(err)
	}
	all, log := find(t, cfg)
	if len(all) != 1 || all[0].Camera.State != events.CameraReady {
		t.Errorf("found %+v", all)
	}
	if n := strings.Count(log, "announce themselves are found at the next scan only"); n != 1 {
		t.Errorf("said %d times:\n%s", n, log)
	}
}

// TestFindOnce: a device named by hand and found too is one, by its name.
func TestFindOnce(t *testing.T) {
	t.Parallel()
	network := devicetest.NewNetwork(t, "127.0.0.1")
	d := camera(1)
	d.Start(t)
	network.Add(d)
	cfg := onLoopback(t, network)
	if err := cfg.Cameras.UnmarshalText([]byte("front=" + d.Host())); err != nil {
		t.Fatal(err)
	}
	all, _ := find(t, cfg)
	if len(all) != 1 || all[0].Camera.ID != "front" || all[0].Camera.Endpoint != d.Endpoint {
		t.Errorf("found %+v", all)
	}
}

// TestFindNamed: a camera has the name that was given to it, whichever way.
func TestFindNamed(t *testing.T) {
	t.Parallel()
	network := devicetest.NewNetwork(t, "127.0.0.1")
	cfg := onLoopback(t, network)
	devices := []*devicetest.Device{camera(1), camera(2), camera(3)}
	for _, d := range devices {
		d.Start(t)
		network.Add(d)
	}
	devices[1].MAC = "02:11:22:33:44:55"
	names := devices[0].Endpoint + "=a," + devices[1].MAC + "=b," + devices[2].Host() + "=c"
	if err := cfg.Names.UnmarshalText([]byte(names)); err != nil {
		t.Fatal(err)
	}
	all, _ := find(t, cfg)
	if len(all) != len(devices) {
		t.Fatalf("found %+v", all)
	}
	for i, d := range devices {
		if c := all[i].Camera; c.ID != []string{"a", "b", "c"}[i] || c.Endpoint != d.Endpoint {
			t.Errorf("found %s at %s", c.ID, c.Endpoint)
		}
	}
}

// TestFindDVR: a camera a video source.
func TestFindDVR(t *testing.T) {
	t.Parallel()
	network := devicetest.NewNetwork(t, "127.0.0.1")
	d := camera(1)
	d.Profiles[1].Source = "v2"
	d.Start(t)
	network.Add(d)
	all, _ := find(t, onLoopback(t, network))
	if len(all) != 2 || all[1].Camera.ID != all[0].Camera.ID+"-2" || all[0].Camera.Source != "v1" || all[1].Camera.Source != "v2" {
		t.Errorf("found %+v", all)
	}
}

func sorted[T any](all []T, less func(a, b T) bool) []T {
	for i := range all {
		for j := i; j > 0 && less(all[j], all[j-1]); j-- {
			all[j], all[j-1] = all[j-1], all[j]
		}
	}
	return all
}
