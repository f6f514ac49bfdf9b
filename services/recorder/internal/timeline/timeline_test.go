package timeline_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/donhk/istream/services/recorder/internal/media"
	"github.com/donhk/istream/services/recorder/internal/timeline"
)

func decode(r *timeline.Reorder, shown []int64) []int64 {
	var all []int64
	for _, t := range shown {
		all = append(all, r.Push(t)...)
	}
	return append(all, r.Release()...)
}

func TestReorder(t *testing.T) {
	for name, c := range map[string]struct {
		depth       int
		shown, want []int64
	}{
		"in order, told":     {0, []int64{0, 40, 80, 120}, []int64{0, 40, 80, 120}},
		"in order, not told": {-1, []int64{0, 40, 80, 120}, []int64{0, 40, 80, 120}},
		"one B, told":        {1, []int64{40, 120, 80, 200, 160}, []int64{0, 40, 80, 120, 160}},
		"one B, not told":    {-1, []int64{40, 120, 80, 200, 160}, []int64{0, 40, 80, 120, 160}},
		"pyramid":            {2, []int64{80, 240, 160, 120, 200}, []int64{0, 40, 80, 120, 160}},
		"denied":             {0, []int64{0, 80, 40, 160, 120, 240, 200}, []int64{0, 80, 81, 82, 120, 160, 200}},
		"standing still":     {0, []int64{5, 5, 5}, []int64{5, 6, 7}},
		"alone":              {-1, []int64{7}, []int64{7}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, decode(timeline.NewReorder(c.depth, 1000), c.shown)); diff != "" {
				t.Fatal(diff)
			}
		})
	}
}

// TestReorderProperties: whatever order a depth allows, decode times rise, are
// never after presentation, and keep the pace of the pictures.
func TestReorderProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		depth := rapid.IntRange(0, 4).Draw(t, "depth")
		n := rapid.IntRange(9, 60).Draw(t, "pictures")
		told := rapid.Bool().Draw(t, "told")
		shown := make([]int64, n)
		for i := range shown {
			shown[i] = int64(i) * 40
		}
		// A picture moves to the front of at most depth others.
		for i := 0; i+depth < n; i += depth + 1 {
			k := rapid.IntRange(0, depth).Draw(t, "swap")
			if v := shown[i+k]; i > 0 {
				shown = slices.Insert(slices.Delete(shown, i+k, i+k+1), i, v)
			}
		}
		measure, reach := 0, 8
		for i, s := range shown {
			later := 0
			for _, before := range shown[:i] {
				if before > s {
					later++
				}
			}
			if measure = max(measure, later); later > 0 {
				reach = min(reach, i)
			}
		}
		hint := -1
		if told {
			hint = depth
		} else if measure > 0 && reach >= 7 {
			return // nothing to be seen in the first pictures
		}
		got := decode(timeline.NewReorder(hint, 1e9), shown)
		if len(got) != n {
			t.Fatalf("%d decode times for %d pictures", len(got), n)
		}
		for i := range got {
			if i > 0 && got[i] <= got[i-1] {
				t.Fatalf("decode times fall: %v", got)
			}
			if told && got[i] > shown[i] {
				t.Fatalf("picture %d is decoded at %d, shown at %d", i, got[i], shown[i])
			}
			if told && i > 0 && got[i]-got[i-1] != 40 {
				t.Fatalf("uneven: %v of %v", got, shown)
			}
		}
	})
}

func TestReorderSurvivesAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shown := rapid.SliceOf(rapid.Int64Range(-1<<40, 1<<40)).Draw(t, "shown")
		got := decode(timeline.NewReorder(rapid.IntRange(-1, 16).Draw(t, "depth"), 1000), shown)
		if len(got) != len(shown) {
			t.Fatalf("%d decode times for %d pictures", len(got), len(shown))
		}
		for i := 1; i < len(got); i++ {
			if got[i] <= got[i-1] {
				t.Fatalf("decode times fall: %v", got)
			}
		}
	})
}

var formats = []media.Format{{Codec: media.H264, Rate: 90000}, {Codec: media.AAC, Rate: 8000}}

func TestAlign(t *testing.T) {
	begin := time.Now()
	a := timeline.NewAligner(formats)
	unit := func(track int, stamp int64, arrival time.Duration) media.Unit {
		return media.Unit{Track: track, Time: stamp, Arrival: begin.Add(arrival)}
	}
	for i, c := range []struct {
		unit   media.Unit
		want   int64
		jumped bool
	}{
		{unit(0, 1000, 0), 0, false},
		{unit(1, -77, time.Second), 8000, false},                             // placed by its arrival
		{unit(0, 91000, 1200*time.Millisecond), 90000, false},                // late, but the stamp counts
		{unit(0, 87400, 1240*time.Millisecond), 86400, false},                // a B picture
		{unit(0, 91000+3600*90000, 2*time.Second), 180000, true},             // an hour ahead
		{unit(0, 94600+3600*90000, 2*time.Second), 183600, false},            // goes on from there
		{unit(0, 94600+3600*90000, 20*time.Second), 1800000, true},           // stood still for 18 s
		{unit(0, 94600+3590*90000, 20*time.Second), 1800001, true},           // ten seconds back
		{unit(0, 94600+3590*90000, 20040*time.Millisecond), 1803601, true},   // stands still: as it comes
		{unit(0, 101800+3590*90000, 20080*time.Millisecond), 1807201, false}, // and is right again
		{unit(1, -77+8000*1000, 1001*time.Second), 1001 * 8000, false},       // the other track is untouched
	} {
		got, jumped := a.Align(c.unit)
		if got.Time != c.want || jumped != c.jumped {
			t.Errorf("unit %d: at %d (jumped: %v), want %d (%v)", i, got.Time, jumped, c.want, c.jumped)
		}
		if got.Moved != jumped {
			t.Errorf("unit %d does not tell that it was moved", i)
		}
	}
}

// TestAnchorForgivesDrift: a camera's clock that is 1 % fast is no jump, however
// long the session.
func TestAnchorForgivesDrift(t *testing.T) {
	begin := time.Now()
	a := timeline.NewAligner(formats[:1])
	for second := range int64(10000) {
		at := begin.Add(time.Duration(second) * time.Second)
		if _, jumped := a.Align(media.Unit{Time: second * 90900, Arrival: at}); jumped {
			t.Fatalf("jumped after %d s", second)
		}
		if second%60 == 0 {
			a.Anchor(at)
		}
	}
}
