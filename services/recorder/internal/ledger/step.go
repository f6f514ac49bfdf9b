package ledger

import (
	"fmt"
	"time"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/services/recorder/internal/wallclock"
)

// date ties instants to the wall clock anew. Where it stepped, an open gap is cut
// in two with the step between, so that its length stays true; and where a step
// put the clock right, what was dated before is dated anew instead.
func (l *Ledger) date(by anchor) {
	before := l.anchor
	l.anchor = by
	if before.instant.IsZero() {
		return
	}
	right := by.state == events.ClockSynced
	step := by.wall.Sub(before.wall) - by.instant.Sub(before.instant)
	switch {
	case before.state == events.ClockUnsynced && right:
		l.amend()
	case wallclock.Stepped(step):
		l.stepped(before, step)
	}
}

func (l *Ledger) stepped(before anchor, step time.Duration) {
	instant := l.anchor.instant
	old := moment{instant: instant, wall: before.wall.Add(instant.Sub(before.instant))}
	fresh := moment{instant: instant, wall: l.anchor.wall}
	cause, detail, cut := events.Cause(""), "", l.open != nil
	if cut {
		cause, detail = l.open.gap.Cause, l.open.gap.Detail
	}
	l.shut(old)
	g := events.Gap{
		V: events.Version, State: events.GapClosed, Site: l.site, Camera: l.camera, Cause: events.CauseClock,
		Start: stamp(old.wall), End: stamp(fresh.wall), Step: events.Seconds(step.Truncate(time.Millisecond)),
		Detail: fmt.Sprintf("the wall clock was set forward by %v, and nothing is missing for that", step.Round(time.Millisecond)),
	}
	if step < 0 {
		g.Start = g.End
		g.Detail = fmt.Sprintf("the wall clock was set back by %v: what is recorded from here on overlaps with what is dated the same", -step.Round(time.Millisecond))
	}
	// Its ends are one instant: dated anew, it is none.
	l.past(dated{gap: g, start: old, end: fresh})
	if cut {
		l.begin(cause, detail, fresh)
	}
	l.end = fresh
}

// amend dates anew what was dated by a clock that was not right, now that it is.
func (l *Ledger) amend() {
	for _, d := range l.unsure {
		if amended, ok := l.amended(d); ok {
			l.tell(amended.gap)
		}
	}
	l.unsure = nil
	l.end = l.dated(l.end)
	if l.open == nil {
		return
	}
	if amended, ok := l.amended(*l.open); ok {
		*l.open = amended
		l.tell(amended.gap)
	}
}

func (l *Ledger) amended(d dated) (dated, bool) {
	was := d.gap
	d.start, d.end = l.dated(d.start), l.dated(d.end)
	d.gap.Start, d.gap.Was, d.gap.Step = stamp(d.start.wall), was.Start, 0
	if was.State == events.GapClosed {
		d.gap.End = stamp(d.end.wall)
		if d.gap.End.Before(d.gap.Start) {
			d.gap.End = d.gap.Start
		}
	}
	moved := max(d.gap.Start.Sub(was.Start).Abs(), d.gap.End.Sub(was.End).Abs())
	return d, wallclock.Stepped(moved) || was.Step != 0
}

// dated is a moment by the clock as it is now; an earlier life's stays.
func (l *Ledger) dated(m moment) moment {
	if m.instant.IsZero() {
		return m
	}
	return l.at(m.instant)
}
