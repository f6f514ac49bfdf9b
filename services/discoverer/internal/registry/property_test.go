package registry

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/donhk/istream/pkg/events"
)

// anyDevice draws from few values, so that they meet.
func anyDevice(t *rapid.T) Device {
	of := func(label string, values ...string) string { return rapid.SampledFrom(values).Draw(t, label) }
	host := of("host", "10.0.0.1", "10.0.0.2", "10.0.0.3")
	d := Device{
		Endpoint: of("endpoint", "", "urn:uuid:1", "urn:uuid:2", "urn:uuid:3"),
		MAC:      of("mac", "", "0a0000000001", "0a0000000002"),
		Serial:   of("serial", "", "SerialNumber", "serial-1", "serial-2"),
		Manual:   of("manual", "", "", "", "front"),
		Model:    "IPC", Address: host + ":80", State: events.CameraReady,
	}
	switch of("state", "ready", "ready", "ready", "auth", "unreachable") {
	case "auth":
		d.State = events.CameraAuth
	case "unreachable":
		d.State = events.CameraUnreachable
	default:
		for i := range rapid.IntRange(1, 3).Draw(t, "channels") {
			d.Channels = append(d.Channels, channel(fmt.Sprint("v", i), host, fmt.Sprint("s", i)))
		}
	}
	return d
}

// TestInvariants: whatever scans see, ids are unique and fit for subjects,
// revisions grow, every change is told and only changes are, and a restart
// loses nothing.
func TestInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		manual := []Manual{{ID: "front", Host: "10.0.0.1"}, {ID: "door", URI: "rtsp://10.0.0.2/s1"}}
		r := New("attic", manual, nil, nil)
		told := map[string]events.Camera{}
		now := noon
		learn := func(changes []events.Camera) {
			for _, c := range changes {
				was := told[c.ID]
				if c.Revision != was.Revision+1 {
					t.Fatalf("%s went from revision %d to %d", c.ID, was.Revision, c.Revision)
				}
				if c.State != was.State && !c.Since.Equal(now) {
					t.Fatalf("%s is %s since %v, at %v", c.ID, c.State, c.Since, now)
				}
				if !events.ValidToken(c.ID) || c.Change == "" || c.State == "" {
					t.Fatalf("told %+v", c)
				}
				told[c.ID] = c
			}
		}
		for range rapid.IntRange(1, 8).Draw(t, "scans") {
			now = now.Add(time.Minute)
			for range rapid.IntRange(0, 5).Draw(t, "devices") {
				learn(r.Saw(anyDevice(t), now))
			}
			learn(r.EndScan(rapid.Bool().Draw(t, "counts"), now))
			if rapid.IntRange(0, 5).Draw(t, "restart") == 0 {
				r = New("attic", manual, nil, r.Cameras())
			}
			for _, c := range r.Cameras() {
				if diff := cmp.Diff(told[c.ID], c); diff != "" {
					t.Fatalf("told otherwise: %s", diff)
				}
			}
			if len(r.Cameras()) != len(told) {
				t.Fatalf("%d cameras, %d told", len(r.Cameras()), len(told))
			}
		}
	})
}

// TestSteady: devices with endpoint references that all scans see alike, in
// any order, are told once, and each endpoint keeps its ids for ever.
func TestSteady(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var devices []Device
		for i := range rapid.IntRange(1, 6).Draw(t, "devices") {
			d := anyDevice(t)
			d.Manual, d.Endpoint, d.Address = "", fmt.Sprint("urn:uuid:", i), fmt.Sprintf("10.0.1.%d:80", i)
			devices = append(devices, d)
		}
		r := New("attic", nil, nil, nil)
		var before []string
		for i := range 4 {
			for _, d := range rapid.Permutation(devices).Draw(t, "order") {
				if changes := r.Saw(d, noon); i > 0 && changes != nil {
					t.Fatalf("scan %d told %+v", i, changes)
				}
			}
			if changes := r.EndScan(true, noon); changes != nil {
				t.Fatalf("scan %d told %+v", i, changes)
			}
			if i > 0 && !slices.Equal(before, ids(r.Cameras())) {
				t.Fatalf("ids were %v, are %v", before, ids(r.Cameras()))
			}
			before = ids(r.Cameras())
		}
	})
}
