package events_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/donhk/istream/pkg/events"
)

var update = flag.Bool("update", false, "write the golden files anew")

var (
	start = time.Date(2026, 11, 22, 16, 3, 1, 250e6, time.UTC)
	door  = events.Name{Site: "attic", Camera: "front-door", Start: start}
)

func examples() map[string]events.Event {
	segment := events.NewSegment(events.Closed, door, start.Add(time.Minute))
	segment.Duration = events.Seconds(60040 * time.Millisecond)
	segment.Bytes, segment.SHA256 = 30_123_456, "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
	segment.Codec, segment.Clock = "avc1.4d401f,mp4a.40.2", events.ClockSynced
	uploaded := segment
	uploaded.State, uploaded.File = events.Uploaded, ""
	restamped := segment
	restamped.Clock, restamped.Was, restamped.Step = events.ClockRestamped, start.Add(-time.Hour), events.Seconds(-250*time.Millisecond)
	return map[string]events.Event{
		"segment.closed":    segment,
		"segment.restamped": restamped,
		"segment.uploaded":  uploaded,
		"segment.fragment": events.Fragment{
			V: events.Version, Site: "attic", Camera: "front-door", File: "front-door/2026-11-22T16-03-01.250Z.part",
			Start: start, Sequence: 1, Offset: 1283, Length: 501_002, First: start, Last: start.Add(960 * time.Millisecond),
		},
		"camera.found": events.Camera{
			V: events.Version, Change: events.CameraFound, Site: "attic", ID: "front-door",
			Endpoint: "urn:uuid:4a0f0b8e-0001", Address: "192.0.2.10:80", NIC: "eth0",
			Manufacturer: "Acme", Model: "IPC-3", Firmware: "1.0", Serial: "A1B2",
			Streams: []events.Stream{{Name: "main", URI: "rtsp://192.0.2.10:554/s0", Codec: "H264", Width: 1920, Height: 1080, FrameRate: 25}},
			State:   events.CameraReady, Since: start, Revision: 3, At: start, ClockOffset: events.Seconds(-2 * time.Second),
		},
		"gap.closed": events.Gap{
			V: events.Version, State: events.GapClosed, Site: "attic", Camera: "front-door",
			Cause: events.CauseNetwork, Start: start, End: start.Add(3 * time.Second), Detail: "connection refused",
		},
		"gap.stepped": events.Gap{
			V: events.Version, State: events.GapClosed, Site: "attic", Camera: "front-door", Cause: events.CauseClock,
			Start: start, End: start.Add(time.Hour), Step: events.Seconds(time.Hour), Was: start.Add(time.Minute), Detail: "set forward",
		},
		"bucket.created": events.Bucket{
			V: events.Version, Change: events.BucketCreated, Site: "attic", Key: door.Key(), Bytes: 30_123_456, Origin: "17A2", At: start,
		},
	}
}

func TestPayloadsAreAsPublished(t *testing.T) {
	for name, event := range examples() {
		t.Run(name, func(t *testing.T) {
			golden := filepath.Join("testdata", name+".json")
			got, err := json.MarshalIndent(struct {
				Subject string       `json:"subject"`
				MsgID   string       `json:"msg_id"`
				Payload events.Event `json:"payload"`
			}{event.Subject(), event.MsgID(), event}, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			if *update {
				if err := os.WriteFile(golden, append(got, '\n'), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)+"\n"); diff != "" {
				t.Error(diff)
			}
			read := struct{ Payload any }{reflect.New(reflect.TypeOf(event)).Interface()}
			if err := json.Unmarshal(want, &read); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(event, reflect.ValueOf(read.Payload).Elem().Interface()); diff != "" {
				t.Errorf("read back: %s", diff)
			}
		})
	}
}
