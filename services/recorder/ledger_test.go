package recorder_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/donhk/istream/pkg/coverage"
	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/spool"
	"github.com/donhk/istream/services/recorder/internal/media"
	"github.com/donhk/istream/services/recorder/internal/rtsptest"
)

// account is what the spool alone tells of a camera.
func account(t *testing.T, dir, camera string) coverage.Report {
	t.Helper()
	s, err := spool.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	a := coverage.NewAccount()
	for g, err := range s.Gaps(camera) {
		if err != nil {
			t.Fatal(err)
		}
		a.Gap(g)
	}
	for f, err := range s.Camera(t.Context(), camera) {
		if err != nil || !f.Closed {
			t.Fatal(f, err)
		}
		info, err := spool.Measure(s.Path(f))
		if err != nil {
			t.Fatal(err)
		}
		a.File(f.Start, info.Duration)
	}
	now := time.Now()
	r, ok := a.Report(now.Add(-time.Hour), now.Add(time.Minute), time.Second)
	if !ok {
		t.Fatal("nothing is known")
	}
	return r
}

// TestTheLedgerOutlivesRecorders: killed, stopped in order, with a camera that is
// silent, and without any bus: the folder alone accounts for all of the time.
func TestTheLedgerOutlivesRecorders(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	camera := rtsptest.Start(t, rtsptest.Scene{Codec: media.H264, FPS: 25, GOP: 5})
	record := func() *process {
		before := closed(t, dir)
		p := start(t, job{Env: env(dir, "door="+camera.URL())})
		until(t, "it records", func() bool { return closed(t, dir) > before+1 })
		return p
	}
	began := time.Now()
	record().kill()
	if err := record().term(); err != nil {
		t.Fatal(err)
	}
	if err := record().term(); err != nil {
		t.Fatal(err)
	}
	r := account(t, dir, "door")
	if r.Lost[coverage.Unknown] != 0 || r.From.Before(began.Add(-time.Second)) {
		t.Errorf("from %v: %v", r.From, r.Lost)
	}
	for _, g := range r.Gaps {
		if g.Cause != events.CauseRecorder {
			t.Errorf("%+v", g)
		}
	}
	told, end := map[string]int{}, time.Time{}
	s, err := spool.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for g, err := range s.Gaps("door") {
		if err != nil {
			t.Fatal(err)
		}
		told[string(g.State)+": "+g.Detail]++
		end = g.End
	}
	want := map[string]int{
		"opened: the camera is new": 1, "closed: the camera is new": 1, // until its first frame
		"opened: nobody was recording": 1, "closed: nobody was recording": 1, // since the kill
		"opened: the recorder stopped": 2, "closed: the recorder stopped": 1,
	}
	if diff := cmp.Diff(want, told); diff != "" || !end.IsZero() {
		t.Errorf("told: %s", diff)
	}
}
