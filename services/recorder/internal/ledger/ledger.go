package ledger

import (
	"sync"
	"time"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/services/recorder/internal/wallclock"
)

// News is where gaps are told (bus.Bus). It never blocks.
type News interface{ Announce(ev events.Event) }

// Bounds of what waits in memory.
const (
	maxUnwritten = 256 // gaps, while the book can't be written
	maxUnsure    = 256 // gaps that a wrong clock dated
)

// Ledger is of one camera. Its methods may be called from several goroutines.
type Ledger struct {
	site, camera string
	news         News
	clock        wallclock.Clock

	mu        sync.Mutex
	book      Book
	unwritten []events.Gap
	unsure    []dated
	anchor    anchor
	open      *dated
	end       moment // of the footage
	noted     string // latest
	notedAt   time.Time
}

// anchor ties an instant to the wall clock. Until the next one, times go by the
// monotonic clock, so that a length is true whatever the wall clock does.
type anchor struct {
	instant, wall time.Time
	state         events.ClockState
}

// moment is a time, and the instant that it was; an earlier life's has none.
type moment struct{ instant, wall time.Time }

// dated is a gap with what is needed to date it anew.
type dated struct {
	gap        events.Gap
	start, end moment
}

// New has neither footage nor gaps.
func New(site, camera string, news News, clock wallclock.Clock) *Ledger {
	return &Ledger{site: site, camera: camera, news: news, clock: clock}
}

// Began tells that a segment begins with the picture that arrived at instant,
// and is called start, by a clock of that state. A clock that stepped since the
// last time is told of.
func (l *Ledger) Began(instant, start time.Time, state events.ClockState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.date(anchor{instant: instant, wall: start, state: state})
}

// Recorded tells of footage on the disk, from the arrival of its first picture
// to that of its last.
func (l *Ledger) Recorded(first, last time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.shut(l.at(first))
	l.end = l.at(last)
}

// Lost tells that nothing is recorded at the instant now, and why. A gap begins
// where the footage ended; another cause begins another gap.
func (l *Ledger) Lost(cause events.Cause, detail string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lost(cause, detail, now)
}

func (l *Ledger) lost(cause events.Cause, detail string, now time.Time) {
	if l.open == nil && !l.end.wall.IsZero() {
		l.begin(cause, detail, l.end) // by the clock of the footage, whatever it did since
	}
	l.date(l.ask(now))
	if l.open != nil && l.open.gap.Cause == cause {
		return
	}
	l.shut(l.at(now))
	l.begin(cause, detail, l.at(now))
}

// Misfiled tells of footage that was shipped under a wrong time before the clock
// was right.
func (l *Ledger) Misfiled(start time.Time, length time.Duration, detail string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tell(events.Gap{
		V: events.Version, State: events.GapClosed, Site: l.site, Camera: l.camera, Cause: events.CauseClock,
		Start: stamp(start), End: stamp(start.Add(length)), Detail: detail,
	})
}

// ask is an anchor by the clock as it is now. The state goes first: a clock that
// is set in between is then not trusted too much.
func (l *Ledger) ask(now time.Time) anchor {
	a := anchor{instant: now, state: l.clock.State()}
	a.wall = l.clock.At(now)
	return a
}

// at dates an instant.
func (l *Ledger) at(instant time.Time) moment {
	return moment{instant: instant, wall: l.anchor.wall.Add(instant.Sub(l.anchor.instant))}
}

func (l *Ledger) begin(cause events.Cause, detail string, start moment) {
	l.open = &dated{start: start, gap: events.Gap{
		V: events.Version, State: events.GapOpened, Site: l.site, Camera: l.camera,
		Cause: cause, Start: stamp(start.wall), Detail: detail,
	}}
	l.tell(l.open.gap)
}

// shut ends the open gap; where it would end before it began, as it began in an
// earlier life and this one's clock is behind, it ends where it began.
func (l *Ledger) shut(at moment) {
	if l.open == nil {
		return
	}
	d := *l.open
	l.open = nil
	d.end = at
	d.gap.State, d.gap.End = events.GapClosed, stamp(at.wall)
	if d.gap.End.Before(d.gap.Start) {
		d.gap.End = d.gap.Start
	}
	l.past(d)
}

// past tells a gap that is over. What a wrong clock dated is kept, to be dated
// anew.
func (l *Ledger) past(d dated) {
	if l.anchor.state == events.ClockUnsynced {
		if len(l.unsure) == maxUnsure {
			l.unsure = l.unsure[1:]
		}
		l.unsure = append(l.unsure, d)
	}
	l.tell(d.gap)
}

// noteEvery is how often the same may be noted: a camera can be odd all day.
const noteEvery = time.Hour

// Note tells of something about the camera's footage from an instant on, though
// none is missing: as a gap without length.
func (l *Ledger) Note(detail string, instant time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if detail == l.noted && instant.Sub(l.notedAt) < noteEvery {
		return
	}
	l.noted, l.notedAt = detail, instant
	at := l.at(instant)
	l.past(dated{start: at, end: at, gap: events.Gap{
		V: events.Version, State: events.GapClosed, Site: l.site, Camera: l.camera, Cause: events.CauseCamera,
		Start: stamp(at.wall), End: stamp(at.wall), Detail: detail,
	}})
}

// tell puts a gap on the bus and into the book, whose disk may fail for a while.
func (l *Ledger) tell(g events.Gap) {
	l.news.Announce(g)
	if len(l.unwritten) == maxUnwritten {
		l.unwritten = l.unwritten[1:]
	}
	l.unwritten = append(l.unwritten, g)
	l.write()
}

// write says nothing of failures: a disk that fails has its own gap.
func (l *Ledger) write() {
	for l.book != nil && len(l.unwritten) > 0 && l.book.AppendGap(l.unwritten[0]) == nil {
		l.unwritten = l.unwritten[1:]
	}
}

// stamp is a time as gaps have it.
func stamp(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
