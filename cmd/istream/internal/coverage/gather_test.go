package coverage_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/donhk/istream/cmd/istream/internal/coverage"
	"github.com/donhk/istream/pkg/bus"
	"github.com/donhk/istream/pkg/bus/bustest"
	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/spool"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func at(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }

func tell(t *testing.T, b *bus.Bus, all ...events.Event) {
	t.Helper()
	for _, ev := range all {
		if err := b.Publish(t.Context(), ev); err != nil {
			t.Fatal(err)
		}
	}
}

func segment(camera string, state events.SegmentState, minute, length int) events.Segment {
	s := events.NewSegment(state, events.Name{Site: "pi", Camera: camera, Start: at(minute)}, at(minute+length))
	s.Duration = events.Seconds(time.Duration(length) * time.Minute)
	return s
}

func gap(camera string, state events.GapState, cause events.Cause, start, end int) events.Gap {
	g := events.Gap{V: 1, State: state, Site: "pi", Camera: camera, Cause: cause, Start: at(start), Detail: "why"}
	if state == events.GapClosed {
		g.End = at(end)
	}
	return g
}

// TestGather: news of the bus, segments and a ledger that only the spool has, and
// nothing of another site's.
func TestGather(t *testing.T) {
	_, b := bustest.Start(t)
	dir := tree(t)
	foreign := segment("door", events.Closed, 0, 60)
	foreign.Site = "attic"
	foreign.Key = foreign.Name().Key()
	tell(
		t, b, foreign, segment("door", events.Opened, 0, 0), segment("door", events.Closed, 0, 10),
		segment("door", events.Uploaded, 0, 10), segment("door", events.Opened, 10, 0), segment("door", events.Uploaded, 10, 10),
		gap("door", events.GapOpened, events.CauseCamera, 20, 0), gap("door", events.GapClosed, events.CauseCamera, 20, 25),
		segment("door", events.Recovered, 25, 5), segment("yard", events.Closed, 0, 60),
	)
	lock, err := dir.Lock("door", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range []events.Gap{gap("door", events.GapOpened, events.CauseCamera, 20, 0), gap("door", events.GapClosed, events.CauseDisk, 30, 40)} {
		if err := lock.AppendGap(g); err != nil {
			t.Fatal(err)
		}
	}
	if err := lock.Unlock(); err != nil {
		t.Fatal(err)
	}
	q := coverage.Question{Site: "pi", Cameras: []string{"door"}, From: at(-100), To: at(50)}
	got, err := coverage.Gather(t.Context(), q, b.NC, dir)
	if err != nil {
		t.Fatal(err)
	}
	length := footage(t).Seconds()
	file := at(40).Add(footage(t))
	want := coverage.Coverage{
		Site: "pi", From: at(-100), To: at(50), Sources: []string{"bus", "spool"},
		Cameras: []coverage.Camera{{
			Camera: "door", From: at(0), To: at(50), Footage: 25*60 + length, Covered: (25*60 + length) / 3000,
			Lost: map[string]float64{"camera": 300, "disk": 600, "unknown": 600 - length},
			Gaps: []coverage.Gap{
				{Start: at(20), End: at(25), Duration: 300, Cause: "camera", Detail: "why"},
				{Start: at(30), End: at(40), Duration: 600, Cause: "disk", Detail: "why"},
				{Start: file, End: at(50), Duration: 600 - length, Cause: "unknown"},
			},
		}},
	}
	near := cmp.Comparer(func(a, b float64) bool { return a-b < 1e-6 && b-a < 1e-6 })
	if diff := cmp.Diff(want, got, near); diff != "" {
		t.Error(diff)
	}
	if _, err := json.Marshal(got); err != nil {
		t.Error(err)
	}
	var text bytes.Buffer
	if err := coverage.Print(&text, got); err != nil || !bytes.Contains(text.Bytes(), []byte("door: 50.")) {
		t.Errorf("%s, %v", text.String(), err)
	}
}

// TestGatherWhileRecording: what is on its way to the disk is not missing yet.
func TestGatherWhileRecording(t *testing.T) {
	_, b := bustest.Start(t)
	frame := time.Now().UTC().Truncate(time.Millisecond)
	start := frame.Add(-30 * time.Second)
	answer, err := json.Marshal(events.RecorderStatus{Site: "pi", Cameras: []events.RecorderCamera{{Camera: "door", State: "recording", Frame: frame}}})
	if err != nil {
		t.Fatal(err)
	}
	sub, err := b.NC.Subscribe(events.StatusSubject("pi", events.ServiceRecorder), replying(answer))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sub.Unsubscribe() }()
	tell(t, b, events.NewSegment(events.Opened, events.Name{Site: "pi", Camera: "door", Start: start}, start))
	for now, unknown := range map[bool]int{true: 0, false: 1} {
		got, err := coverage.Gather(t.Context(), coverage.Question{Site: "pi", From: start.Add(-time.Hour), To: frame.Add(9 * time.Second), Now: now}, b.NC, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Cameras) != 1 || got.Cameras[0].Footage != 30 || len(got.Cameras[0].Gaps) != unknown {
			t.Errorf("up to now (%v): %+v", now, got)
		}
	}
}

func TestGatherWithoutAnything(t *testing.T) {
	_, b := bustest.Start(t)
	for _, stream := range []string{events.StreamSegments, events.StreamGaps} {
		if err := b.JS.DeleteStream(t.Context(), stream); err != nil {
			t.Fatal(err)
		}
	}
	got, err := coverage.Gather(t.Context(), coverage.Question{Site: "pi", From: at(0), To: at(1)}, b.NC, nil)
	if err != nil || len(got.Cameras) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

const clip = "../../../../services/shipper/testdata/segment.mp4"

// tree is a spool with a segment that the bus was not told of.
func tree(t *testing.T) *spool.Spool {
	t.Helper()
	dir, err := spool.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(clip)
	if err != nil {
		t.Fatal(err)
	}
	name := events.Name{Site: "pi", Camera: "door", Start: at(40)}
	if err := os.Mkdir(filepath.Join(dir.Root(), "door"), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir.Root(), name.File()), content, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func footage(t *testing.T) time.Duration {
	t.Helper()
	info, err := spool.Measure(clip)
	if err != nil || info.Duration <= 0 {
		t.Fatal(info, err)
	}
	return info.Duration.Truncate(time.Millisecond)
}
