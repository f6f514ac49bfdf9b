package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/donhk/istream/pkg/events"
)

func TestCamerasArePrintedWithStateSinceAndError(t *testing.T) {
	since := time.Date(2026, 11, 22, 16, 3, 1, 0, time.UTC)
	known := []events.Camera{
		{
			ID: "ipc-3-1a2b3c", State: events.CameraReady, Since: since, Address: "192.0.2.10:80", NIC: "eth1", Manufacturer: "Acme", Model: "IPC-3",
			Firmware: "1.0", Serial: "s1", MAC: "021122334455", Endpoint: "urn:uuid:1", Source: "v1", ClockOffset: events.Seconds(-time.Hour),
			Streams: []events.Stream{{Name: "main", URI: "rtsp://192.0.2.10/main", Codec: "H265", Width: 1920, Height: 1080, FrameRate: 12.5}},
		},
		{ID: "door", State: events.CameraAuth, Since: since, Address: "192.0.2.11:80", Error: "authentication failed: HTTP 401", ClockOffset: events.Seconds(time.Minute)},
	}
	var out bytes.Buffer
	if err := (&app{out: &out}).printCameras(known, true); err != nil {
		t.Fatal(err)
	}
	want := `
CAMERA         STATE   SINCE                  ADDRESS         NIC    MODEL        LAST ERROR
ipc-3-1a2b3c   ready   2026-11-22T16:03:01Z   192.0.2.10:80   eth1   Acme IPC-3   -
door           auth    2026-11-22T16:03:01Z   192.0.2.11:80   -                   authentication failed: HTTP 401

ipc-3-1a2b3c
  ready
  model Acme IPC-3
  firmware 1.0
  serial number s1
  MAC 021122334455
  endpoint urn:uuid:1
  video source v1
  its clock is 1h0m0s behind
  stream main: rtsp://192.0.2.10/main H265 1920x1080, 12.5 frames a second

door
  auth: authentication failed: HTTP 401
  its clock is 1m0s ahead
`
	if got := out.String(); got != strings.TrimPrefix(want, "\n") {
		t.Errorf("printed\n%s", got)
	}
	out.Reset()
	if err := (&app{out: &out}).printCameras(nil, true); err != nil || out.String() != "no camera is known ('istream find' looks for some)\n" {
		t.Errorf("printed %q (%v)", out.String(), err)
	}
}
