package coverage_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/donhk/istream/pkg/coverage"
	"github.com/donhk/istream/pkg/events"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func at(seconds int) time.Time { return noon.Add(time.Duration(seconds) * time.Second) }

func closed(start, end int) events.Segment {
	s := events.NewSegment(events.Closed, events.Name{Site: "pi", Camera: "door", Start: at(start)}, at(end))
	s.Duration = events.Seconds(time.Duration(end-start) * time.Second)
	return s
}

func as(s events.Segment, change func(*events.Segment)) events.Segment { change(&s); return s }

func opened(cause events.Cause, start int) events.Gap {
	return events.Gap{State: events.GapOpened, Cause: cause, Start: at(start), Detail: "why"}
}

func over(cause events.Cause, start, end int) events.Gap {
	return events.Gap{State: events.GapClosed, Cause: cause, Start: at(start), End: at(end), Detail: "why"}
}

// row is a gap of a report, in short.
type row struct {
	Cause      events.Cause
	Start, End int
	Open       bool
}

func TestReport(t *testing.T) {
	for name, c := range map[string]struct {
		told    []any
		frame   int
		from    int
		slack   time.Duration
		rows    []row
		footage int
		skipped int
	}{
		"footage without a hole": {told: []any{closed(0, 60), closed(60, 100)}, footage: 100},
		"told again":             {told: []any{closed(0, 60), closed(60, 100), closed(0, 60)}, footage: 100},
		"a gap":                  {told: []any{closed(0, 40), opened(events.CauseCamera, 40), over(events.CauseCamera, 40, 70), closed(70, 100)}, rows: []row{{events.CauseCamera, 40, 70, false}}, footage: 70},
		"a gap that lasts":       {told: []any{closed(0, 40), opened(events.CauseCamera, 40)}, rows: []row{{events.CauseCamera, 40, 100, true}}, footage: 40},
		"its end was not told":   {told: []any{closed(0, 40), opened(events.CauseCamera, 40), closed(50, 60), closed(90, 100)}, rows: []row{{events.CauseCamera, 40, 50, false}, {coverage.Unknown, 60, 90, false}}, footage: 60},
		"another cause after it": {told: []any{closed(0, 40), opened(events.CauseCamera, 40), opened(events.CauseNetwork, 70)}, rows: []row{{events.CauseCamera, 40, 70, false}, {events.CauseNetwork, 70, 100, true}}, footage: 40},
		"footage before gaps":    {told: []any{closed(0, 100), over(events.CauseRecorder, 90, 95)}, footage: 100},
		"a hole is told":         {told: []any{closed(0, 40), closed(50, 100)}, rows: []row{{coverage.Unknown, 40, 50, false}}, footage: 90},
		"jitter is none":         {told: []any{closed(0, 40), closed(41, 100)}, slack: time.Second, footage: 100},
		"the end is one":         {told: []any{closed(0, 99)}, slack: time.Second, rows: []row{{coverage.Unknown, 99, 100, false}}, footage: 99},
		"since it is asked for":  {told: []any{closed(0, 40), over(events.CauseCamera, 40, 70), closed(70, 100)}, from: 60, rows: []row{{events.CauseCamera, 60, 70, false}}, footage: 30},
		"since it was seen":      {told: []any{over(events.CauseRecorder, 20, 30), closed(30, 100)}, from: -500, rows: []row{{events.CauseRecorder, 20, 30, false}}, footage: 70},
		"dropped": {
			told: []any{closed(0, 50), closed(50, 100), as(closed(0, 50), func(s *events.Segment) { s.State = events.Dropped })},
			rows: []row{{events.CauseDropped, 0, 50, false}}, footage: 50,
		},
		"dropped as a gap": {told: []any{closed(0, 100), over(events.CauseDropped, 0, 50)}, rows: []row{{events.CauseDropped, 0, 50, false}}, footage: 50},
		"being written": {
			told: []any{closed(0, 50), as(closed(50, 50), func(s *events.Segment) { s.State = events.Opened })}, frame: 90,
			rows: []row{{coverage.Unknown, 90, 100, false}}, footage: 90,
		},
		"restamped": {
			told: []any{closed(-900, -850), as(closed(50, 100), func(s *events.Segment) { s.Was = at(-900) }), closed(0, 50)},
			from: -2000, footage: 100,
		},
		"a gap is dated anew": {
			told: []any{closed(0, 40), over(events.CauseCamera, -900, -870), func() events.Gap { g := over(events.CauseCamera, 40, 70); g.Was = at(-900); return g }(), closed(70, 100)},
			from: -2000, rows: []row{{events.CauseCamera, 40, 70, false}}, footage: 70,
		},
		"set forward": {
			told: []any{closed(0, 40), func() events.Gap {
				g := over(events.CauseClock, 40, 90)
				g.Step = events.Seconds(50 * time.Second)
				return g
			}(), closed(90, 100)},
			rows: []row{{events.CauseClock, 40, 90, false}}, footage: 50, skipped: 50,
		},
		"set back": {
			told: []any{closed(0, 90), func() events.Gap {
				g := over(events.CauseClock, 40, 40)
				g.Step = events.Seconds(-50 * time.Second)
				return g
			}(), closed(40, 100)},
			rows: []row{{events.CauseClock, 40, 40, false}}, footage: 100,
		},
		"a note": {told: []any{closed(0, 100), over(events.CauseCamera, 30, 30)}, rows: []row{{events.CauseCamera, 30, 30, false}}, footage: 100},
	} {
		t.Run(name, func(t *testing.T) {
			a := coverage.NewAccount()
			for _, told := range c.told {
				switch told := told.(type) {
				case events.Segment:
					a.Segment(told)
				case events.Gap:
					a.Gap(told)
				}
			}
			a.Frame(at(c.frame))
			r, ok := a.Report(at(c.from), at(100), c.slack)
			if !ok {
				t.Fatal("nothing is known")
			}
			var rows []row
			for _, g := range r.Gaps {
				rows = append(rows, row{g.Cause, int(g.Start.Sub(noon).Seconds()), int(g.End.Sub(noon).Seconds()), g.Open})
			}
			if diff := cmp.Diff(c.rows, rows); diff != "" {
				t.Error(diff)
			}
			if r.Footage != time.Duration(c.footage)*time.Second || r.Skipped != time.Duration(c.skipped)*time.Second {
				t.Errorf("footage %v, skipped %v", r.Footage, r.Skipped)
			}
			passed := r.To.Sub(r.From) - r.Skipped
			if want := float64(r.Footage) / float64(passed); r.Covered() < want-1e-9 || r.Covered() > want+1e-9 {
				t.Errorf("covered %v, want %v", r.Covered(), want)
			}
		})
	}
}

func TestNothingIsKnown(t *testing.T) {
	a := coverage.NewAccount()
	if _, ok := a.Report(at(0), at(100), 0); ok {
		t.Error("of nothing")
	}
	a.Segment(closed(200, 300))
	if _, ok := a.Report(at(0), at(100), 0); ok {
		t.Error("of the future")
	}
}

// TestEverySecondIsAccountedFor: against a model that looks at each second by
// itself.
func TestEverySecondIsAccountedFor(t *testing.T) {
	const length = 120
	rapid.Check(t, func(t *rapid.T) {
		a := coverage.NewAccount()
		var footage, dropped [length]bool
		var lost [length]map[events.Cause]bool
		seen, told := length, map[string]bool{}
		for range rapid.IntRange(1, 12).Draw(t, "things") {
			start := rapid.IntRange(0, length-1).Draw(t, "start")
			end := rapid.IntRange(start+1, length).Draw(t, "end")
			cause := rapid.SampledFrom(append(coverage.Causes(), "")).Draw(t, "cause")
			id := fmt.Sprint(cause, start)
			if told[id] {
				continue // one gap, or one segment, told again
			}
			told[id] = true
			seen = min(seen, start)
			if cause == "" {
				a.File(at(start), time.Duration(end-start)*time.Second)
			} else {
				a.Gap(opened(cause, start))
				a.Gap(over(cause, start, end))
				if cause == events.CauseDropped {
					for i := start; i < end; i++ {
						dropped[i] = true
					}
				}
			}
			for i := start; i < end; i++ {
				if cause == "" {
					footage[i] = true
					continue
				}
				if lost[i] == nil {
					lost[i] = map[events.Cause]bool{}
				}
				lost[i][cause] = true
			}
		}
		from := rapid.IntRange(0, length-1).Draw(t, "from")
		to := rapid.IntRange(max(from, seen), length).Draw(t, "to")
		r, ok := a.Report(at(from), at(to), 0)
		if !ok {
			t.Fatal("nothing is known")
		}
		want := map[events.Cause]int{}
		covered := 0
		for i := max(from, seen); i < to; i++ {
			switch {
			case dropped[i]:
				want[events.CauseDropped]++
			case footage[i]:
				covered++
			default:
				cause := coverage.Unknown
				for _, c := range coverage.Causes() {
					if lost[i][c] {
						cause = c
						break
					}
				}
				want[cause]++
			}
		}
		got := map[events.Cause]int{}
		for cause, d := range r.Lost {
			if d > 0 {
				got[cause] = int(d / time.Second)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" || r.Footage != time.Duration(covered)*time.Second {
			t.Fatalf("footage %v, want %d s; lost: %s", r.Footage, covered, diff)
		}
		before := r.From
		for _, g := range r.Gaps {
			if g.Start.Before(before) || g.End.Before(g.Start) || g.End.After(r.To) {
				t.Fatalf("out of order: %+v", g)
			}
			before = g.End
		}
	})
}
