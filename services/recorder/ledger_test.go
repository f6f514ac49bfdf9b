package recorder_test

import (
	"testing"
	"time"

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
	var while []coverage.Gap
	for _, g := range r.Gaps {
		if g.Cause != events.CauseRecorder {
			t.Errorf("%+v", g)
		}
		while = append(while, g)
	}
	// Before the first frame; after the kill; between the two that stopped; since.
	if len(while) != 4 || !while[3].Open {
		t.Errorf("%+v", while)
	}
}
