package coverage

import (
	"time"

	"github.com/donhk/istream/pkg/events"
)

// Report is what the time from From to To was.
type Report struct {
	From, To time.Time
	Footage  time.Duration
	Lost     map[events.Cause]time.Duration // Unknown among them
	Skipped  time.Duration                  // by a clock that was set forward
	Gaps     []Gap                          // in order
}

// Gap is a stretch without footage.
type Gap struct {
	Start, End time.Time
	Cause      events.Cause
	Step       time.Duration // of the wall clock
	Open       bool          // it lasts
	Detail     string
}

// Length is how much time passed in it.
func (g Gap) Length() time.Duration {
	if g.Step != 0 {
		return 0
	}
	return g.End.Sub(g.Start)
}

// Covered is the share of the time that passed of which there is footage, from 0
// to 1; 1 where no time passed.
func (r Report) Covered() float64 {
	total := r.Footage
	for _, d := range r.Lost {
		total += d
	}
	if total == 0 {
		return 1
	}
	return float64(r.Footage) / float64(total)
}

// Report accounts for the time from from, or when the camera was first seen, to
// to. ok is false where nothing is known of it before to.
func (a *Account) Report(from, to time.Time, slack time.Duration) (r Report, ok bool) {
	spans := a.spans(to.UnixMilli())
	first := int64(1<<63 - 1)
	for _, s := range spans {
		first = min(first, s.start)
	}
	begin, end := max(from.UnixMilli(), first), to.UnixMilli()
	if begin > end || len(spans) == 0 {
		return Report{}, false
	}
	r = Report{From: at(begin), To: at(end), Lost: map[events.Cause]time.Duration{}}
	for _, p := range joined(pieces(spans, begin, end), slack.Milliseconds()) {
		r.add(p)
	}
	return r, true
}

func (r *Report) add(p piece) {
	length := time.Duration(p.end-p.start) * time.Millisecond
	switch {
	case p.rank == footage:
		r.Footage += length
		return
	case p.step != 0:
		r.Skipped += length
	default:
		r.Lost[p.cause()] += length
	}
	r.Gaps = append(r.Gaps, Gap{
		Start: at(p.start), End: at(p.end), Cause: p.cause(), Step: time.Duration(p.step) * time.Millisecond, Open: p.open && p.last, Detail: p.detail,
	})
}

func at(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
