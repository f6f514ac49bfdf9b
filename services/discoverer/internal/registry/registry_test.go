package registry

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/setting"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// a device with one channel, ready to be recorded.
func ready(with ...func(*Device)) Device {
	d := Device{
		Endpoint: "urn:uuid:1", Address: "192.168.1.9:80", NIC: "eth0",
		Manufacturer: "ACME", Model: "IPC 3", Firmware: "1.0", Serial: "ab-cd-01",
		State: events.CameraReady, Channels: []Channel{channel("v1", "192.168.1.9", "main")},
	}
	for _, w := range with {
		w(&d)
	}
	return d
}

func channel(source, host, path string) Channel {
	return Channel{Source: source, Streams: []events.Stream{{Name: "main", URI: "rtsp://" + host + "/" + path, Codec: "H264"}}}
}

func endpoint(e string) func(*Device) { return func(d *Device) { d.Endpoint = e } }
func serial(s string) func(*Device)   { return func(d *Device) { d.Serial = s } }
func at(host string) func(*Device) {
	return func(d *Device) {
		d.Address = host + ":80"
		for i := range d.Channels {
			d.Channels[i] = channel(d.Channels[i].Source, host, fmt.Sprint("s", i))
		}
	}
}
func state(s events.CameraState, err string) func(*Device) {
	return func(d *Device) { d.State, d.Error, d.Channels = s, err, nil }
}
func dvr(n int) func(*Device) {
	return func(d *Device) {
		d.Channels = nil
		for i := range n {
			d.Channels = append(d.Channels, channel(fmt.Sprint("v", i+1), "192.168.1.9", fmt.Sprint("s", i)))
		}
	}
}
func byHand(id string) func(*Device) {
	return func(d *Device) { d.Manual, d.Endpoint, d.NIC = id, "", "" }
}

// scans runs scans over a registry and tells what each changes, a line a
// change: scan, change, id, state.
func scans(r *Registry, seen ...[]Device) []string {
	var lines []string
	for i, devices := range seen {
		now := noon.Add(time.Duration(i) * time.Minute)
		var changes []events.Camera
		for _, d := range devices {
			changes = append(changes, r.Saw(d, now)...)
		}
		changes = append(changes, r.EndScan(true, now)...)
		for _, c := range changes {
			lines = append(lines, fmt.Sprint(i, " ", c.Change, " ", c.ID, " ", c.State))
		}
	}
	return lines
}

func TestScans(t *testing.T) {
	one := "ipc-3-" + hash("endpoint:urn:uuid:1", 6)
	two := "ipc-3-" + hash("endpoint:urn:uuid:2", 6)
	bySerial := "ipc-3-" + hash("serial:ACME/IPC 3/abcd01", 6)
	both := ready(endpoint(""), at("192.168.1.8"))
	bySerialToo := "ipc-3-" + hash(strings.Join(both.keys(), " "), 6)
	byAddress := func(host string) string { return "ipc-3-" + hash("address:"+host+":80", 6) }
	none := []Device{}
	for _, c := range []struct {
		name   string
		manual []Manual
		seen   [][]Device
		want   []string
	}{
		{name: "found once", seen: [][]Device{{ready()}, {ready()}, {ready(), ready()}}, want: []string{"0 found " + one + " ready"}},
		{name: "lost after three scans, and back", seen: [][]Device{{ready()}, none, none, none, none, {ready()}}, want: []string{
			"0 found " + one + " ready", "3 lost " + one + " lost", "5 found " + one + " ready",
		}},
		{name: "back in time", seen: [][]Device{{ready()}, none, none, {ready()}, none, none, {ready()}}, want: []string{"0 found " + one + " ready"}},
		{name: "a new address", seen: [][]Device{{ready()}, {ready(at("192.168.1.77"))}}, want: []string{"0 found " + one + " ready", "1 updated " + one + " ready"}},
		{name: "one endpoint on two NICs", seen: [][]Device{{ready(), ready(func(d *Device) { d.NIC = "" })}}, want: []string{"0 found " + one + " ready"}},
		{name: "equal serials stay two", seen: [][]Device{{ready(), ready(endpoint("urn:uuid:2"), at("192.168.1.8"))}}, want: []string{"0 found " + one + " ready", "0 found " + two + " ready"}},
		{name: "no endpoint: by serial, also at a new address", seen: [][]Device{
			{ready(endpoint(""))}, {ready(endpoint(""), at("192.168.1.77"))}, {ready(endpoint(""), at("192.168.1.77"))},
		}, want: []string{"0 found " + bySerial + " ready", "1 updated " + bySerial + " ready"}},
		{name: "no endpoint, equal serials at once stay two", seen: [][]Device{
			{ready(endpoint("")), both}, {both, ready(endpoint(""))},
		}, want: []string{"0 found " + bySerial + " ready", "0 found " + bySerialToo + " ready"}},
		{name: "placeholders: by address", seen: [][]Device{
			{ready(endpoint(""), serial("SerialNumber")), ready(endpoint(""), serial("123456"), at("192.168.1.8"))},
		}, want: []string{"0 found " + byAddress("192.168.1.9") + " ready", "0 found " + byAddress("192.168.1.8") + " ready"}},
		{name: "an answer without its endpoint is still that camera", seen: [][]Device{{ready()}, {ready(endpoint(""))}}, want: []string{"0 found " + one + " ready"}},
		{name: "a DVR", seen: [][]Device{{ready(dvr(3))}, {ready(dvr(3))}}, want: []string{
			"0 found " + one + " ready", "0 found " + one + "-2 ready", "0 found " + one + "-3 ready",
		}},
		{name: "a channel of a DVR goes, its first one", seen: [][]Device{
			{ready(dvr(2))}, {ready(func(d *Device) { d.Channels = []Channel{channel("v2", "192.168.1.9", "s1")} })}, none, none, none,
		}, want: []string{"0 found " + one + " ready", "0 found " + one + "-2 ready", "3 lost " + one + " lost", "4 lost " + one + "-2 lost"}},
		{name: "the source is called otherwise after an update", seen: [][]Device{
			{ready()}, {ready(func(d *Device) { d.Channels[0].Source = "other" })},
		}, want: []string{"0 found " + one + " ready", "1 updated " + one + " ready"}},
		{name: "wrong password, then the right one", seen: [][]Device{
			{ready(state(events.CameraAuth, "authentication failed"))}, {ready(state(events.CameraAuth, "other words"))}, {ready()},
		}, want: []string{"0 found " + one + " auth", "2 updated " + one + " ready"}},
		{name: "unreachable counts as missing", seen: [][]Device{
			{ready()}, {ready(state(events.CameraUnreachable, "x"))}, {ready(state(events.CameraUnreachable, "x"))}, {ready(state(events.CameraUnreachable, "x"))}, {ready(state(events.CameraUnreachable, "x"))}, {ready()},
		}, want: []string{"0 found " + one + " ready", "3 updated " + one + " unreachable", "5 updated " + one + " ready"}},
		{name: "unreachable from the first", seen: [][]Device{{ready(state(events.CameraUnreachable, "x"))}, {ready()}}, want: []string{"0 found " + one + " unreachable", "1 updated " + one + " ready"}},
		{name: "no stream any more", seen: [][]Device{{ready()}, {ready(state(events.CameraNoStream, "x"))}}, want: []string{"0 found " + one + " ready", "1 updated " + one + " no-stream"}},
		{name: "a clock that wanders is no news, one that jumps is", seen: [][]Device{
			{ready()}, {ready(func(d *Device) { d.ClockOffset = 2 * time.Second })}, {ready(func(d *Device) { d.ClockOffset = time.Hour })},
		}, want: []string{"0 found " + one + " ready", "2 updated " + one + " ready"}},
		{name: "named by hand: discovery knows it", manual: []Manual{{ID: "front", Host: "192.168.1.9"}}, seen: [][]Device{
			{ready()}, {ready(byHand("front"))}, {ready(), ready(byHand("front"))}, {ready(byHand("front")), ready()},
		}, want: []string{"0 found front ready"}},
		{name: "named by hand with another port is another", manual: []Manual{{ID: "front", Host: "192.168.1.9", Port: "8000"}}, seen: [][]Device{{ready()}}, want: []string{"0 found " + one + " ready"}},
		{name: "a DVR named by hand", manual: []Manual{{ID: "dvr", Host: "192.168.1.9"}}, seen: [][]Device{{ready(dvr(2))}, {ready(dvr(2), byHand("dvr"))}}, want: []string{"0 found dvr ready", "0 found dvr-2 ready"}},
		{name: "named by hand: never lost", manual: []Manual{{ID: "front", Host: "192.168.1.9"}}, seen: [][]Device{{ready(byHand("front"))}, none, none, none, none}, want: []string{"0 found front ready", "3 updated front unreachable"}},
		{name: "a bare stream", manual: []Manual{{ID: "door", URI: "rtsp://192.168.1.9:554/s0"}}, seen: [][]Device{
			{{Manual: "door", Address: "192.168.1.9:554", State: events.CameraReady, Channels: []Channel{channel("", "192.168.1.9:554", "s0")}}},
			{ready(at("192.168.1.9"))},
		}, want: []string{"0 found door ready"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := New("attic", c.manual, nil, nil)
			if diff := cmp.Diff(c.want, scans(r, c.seen...)); diff != "" {
				t.Fatal(diff)
			}
			// After a restart what was known is known, and nothing is told again.
			again := New("attic", c.manual, nil, r.Cameras())
			if diff := cmp.Diff(r.Cameras(), again.Cameras()); diff != "" {
				t.Error(diff)
			}
			if last := c.seen[len(c.seen)-1]; len(last) > 0 {
				if lines := scans(again, last); lines != nil {
					t.Errorf("after a restart: %v", lines)
				}
			}
		})
	}
}

func TestNamedLater(t *testing.T) {
	r := New("attic", nil, nil, nil)
	scans(r, []Device{ready()})
	one := r.Cameras()[0].ID
	manual := []Manual{{ID: "front", Host: "192.168.1.9"}}
	r = New("attic", manual, nil, r.Cameras())
	want := []string{"0 found front ready", "0 lost " + one + " lost"}
	if diff := cmp.Diff(want, scans(r, []Device{ready()}, []Device{ready()}, []Device{ready(byHand("front"))})); diff != "" {
		t.Error(diff)
	}
	for _, c := range r.Cameras() {
		if c.ID == one && c.Error != "goes on as front" {
			t.Errorf("the old one says %q", c.Error)
		}
	}
	// Without the entry it keeps the name.
	if lines := scans(New("attic", nil, nil, r.Cameras()), []Device{ready()}); lines != nil {
		t.Errorf("without the entry: %v", lines)
	}
}

func TestCameraNames(t *testing.T) {
	const mac = "0211223344aa"
	withMAC := func(d *Device) { d.Endpoint, d.Serial, d.MAC = "", "", mac }
	one := "ipc-3-" + hash("endpoint:urn:uuid:1", 6)
	two := "ipc-3-" + hash("endpoint:urn:uuid:2", 6)
	for name, c := range map[string]struct {
		names setting.CameraNames
		known []Device
		seen  [][]Device
		want  []string
	}{
		"by endpoint, wherever it is": {
			names: setting.CameraNames{{ID: "door", Endpoint: "urn:uuid:1"}},
			seen:  [][]Device{{ready()}, {ready(at("192.168.1.20"))}},
			want:  []string{"0 found door ready", "1 updated door ready"},
		},
		"given later": {
			names: setting.CameraNames{{ID: "door", Endpoint: "urn:uuid:1"}},
			known: []Device{ready()},
			seen:  [][]Device{{ready()}, {ready()}},
			want:  []string{"0 found door ready", "0 lost " + one + " lost"},
		},
		"by hardware address": {
			names: setting.CameraNames{{ID: "door", MAC: mac}},
			seen:  [][]Device{{ready(withMAC)}, {ready(withMAC, at("192.168.1.20"))}},
			want:  []string{"0 found door ready", "1 updated door ready"},
		},
		"a hardware address of two": {
			names: setting.CameraNames{{ID: "door", MAC: mac}},
			seen: [][]Device{
				{ready(func(d *Device) { d.MAC = mac }), ready(endpoint("urn:uuid:2"), serial("x-2222"), at("192.168.1.20"), func(d *Device) { d.MAC = mac })},
				{ready(endpoint("urn:uuid:2"), serial("x-2222"), at("192.168.1.20"), func(d *Device) { d.MAC = mac }), ready(func(d *Device) { d.MAC = mac })},
			},
			want: []string{"0 found door ready", "0 found " + two + " ready"},
		},
		"a hardware address of two without endpoints": {
			names: setting.CameraNames{{ID: "door", MAC: mac}},
			seen: [][]Device{
				{ready(withMAC), ready(withMAC, at("192.168.1.20"))},
				{ready(withMAC, at("192.168.1.20")), ready(withMAC)},
				{ready(withMAC), ready(withMAC, at("192.168.1.20"))},
			},
			want: []string{"0 found door ready", "0 found ipc-3-" + hash("mac:"+mac, 6) + " ready"},
		},
		"by address, which another gets": {
			names: setting.CameraNames{{ID: "door", Host: "192.168.1.9"}},
			seen: [][]Device{
				{ready()},
				{ready(at("192.168.1.20")), ready(endpoint("urn:uuid:2"), serial("x-2222"))},
			},
			want: []string{"0 found door ready", "1 updated door ready", "1 found " + two + " ready"},
		},
		"by address and port": {
			names: setting.CameraNames{{ID: "door", Host: "192.168.1.9", Port: "8080"}},
			seen:  [][]Device{{ready()}},
			want:  []string{"0 found " + one + " ready"},
		},
		"of a recorder for several": {
			names: setting.CameraNames{{ID: "yard", Endpoint: "urn:uuid:1"}},
			seen:  [][]Device{{ready(dvr(2))}, {ready(dvr(2))}},
			want:  []string{"0 found yard ready", "0 found yard-2 ready"},
		},
		"lost as others are": {
			names: setting.CameraNames{{ID: "door", Endpoint: "urn:uuid:1"}},
			seen:  [][]Device{{ready()}, {}, {}, {}, {ready()}},
			want:  []string{"0 found door ready", "3 lost door lost", "4 found door ready"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			before := New("attic", nil, nil, nil)
			scans(before, c.known)
			if diff := cmp.Diff(c.want, scans(New("attic", nil, c.names, before.Cameras()), c.seen...)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFields(t *testing.T) {
	r := New("attic", nil, nil, nil)
	r.Saw(ready(), noon)
	r.EndScan(true, noon)
	r.Saw(ready(state(events.CameraAuth, "refused"), func(d *Device) { d.Model, d.Firmware = "", "" }), noon.Add(time.Minute))
	want := events.Camera{
		V: events.Version, Change: events.CameraUpdated, Site: "attic", ID: "ipc-3-" + hash("endpoint:urn:uuid:1", 6),
		Endpoint: "urn:uuid:1", Address: "192.168.1.9:80", NIC: "eth0", Manufacturer: "ACME", Model: "IPC 3", Firmware: "1.0", Serial: "ab-cd-01",
		Source: "v1", Streams: []events.Stream{{Name: "main", URI: "rtsp://192.168.1.9/main", Codec: "H264"}},
		State: events.CameraAuth, Error: "refused", Since: noon.Add(time.Minute), At: noon.Add(time.Minute), Revision: 2,
	}
	if diff := cmp.Diff([]events.Camera{want}, r.Cameras()); diff != "" {
		t.Error(diff)
	}
}

func TestScanThatDoesNotCount(t *testing.T) {
	r := New("attic", nil, nil, nil)
	scans(r, []Device{ready()})
	for range 10 {
		if changes := r.EndScan(false, noon); changes != nil {
			t.Fatal(changes)
		}
	}
}

func TestBounds(t *testing.T) {
	r := New("attic", []Manual{{ID: "front", Host: "192.168.1.9"}}, nil, nil)
	for i := range 2 * maxCameras {
		r.Saw(ready(endpoint(fmt.Sprint("urn:uuid:", i)), at(fmt.Sprintf("10.0.%d.%d", i>>8, i&255))), noon)
	}
	if len(r.Cameras()) != maxCameras || r.Refused() != maxCameras {
		t.Errorf("%d cameras, %d refused", len(r.Cameras()), r.Refused())
	}
	if changes := r.Saw(ready(byHand("front")), noon); len(changes) != 1 {
		t.Error("no room for a camera that was named by hand")
	}
}

func TestID(t *testing.T) {
	free := func(string) bool { return false }
	for want, d := range map[string]Device{
		"ipc-3-":                    {Model: "IPC 3", Endpoint: "e"},
		"acme-":                     {Manufacturer: "ACME", Endpoint: "e"},
		"camera-":                   {Model: "摄像机", Endpoint: "e"},
		"aaaaaaaaaaaaaaaaaaaaaaaa-": {Model: strings.Repeat("a", 200)},
	} {
		id := d.name(free)
		if !strings.HasPrefix(id, want) || len(id) != len(want)+6 || !events.ValidToken(id) {
			t.Errorf("id %q, want %q and six digits", id, want)
		}
	}
}

func TestRealSerial(t *testing.T) {
	for _, placeholder := range []string{"", "0000000", "123456", "1234567890", "0123456789", "SerialNumber", "Serial Number", "N/A", "xxxx", "none", "00:00:00"} {
		if realSerial(placeholder) != "" {
			t.Errorf("%q counts", placeholder)
		}
	}
	if realSerial("SN-42 ab") != realSerial("sn42ab") || realSerial("SN-42 ab") == "" {
		t.Error("a serial in two ways of writing")
	}
	for _, mac := range []string{"", "000000000000", "ffffffffffff", "112233445566"} {
		if realMAC(mac) != "" {
			t.Errorf("%q counts", mac)
		}
	}
}

func TestSameStream(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"rtsp://h/a", "rtsp://h:554/a/", true},
		{"rtsp://h/a?x=1", "rtsp://h/a?x=2", false},
		{"rtsp://h:8554/a", "rtsp://h/a", false},
		{"rtsp://h/a", "rtsp://i/a", false},
		{"%", "rtsp://i/a", false},
	} {
		if sameStream(c.a, c.b) != c.want || sameStream(c.b, c.a) != c.want {
			t.Errorf("%s and %s", c.a, c.b)
		}
	}
}

func ids(all []events.Camera) []string {
	var ids []string
	for _, c := range all {
		ids = append(ids, c.ID)
	}
	slices.Sort(ids)
	return ids
}
