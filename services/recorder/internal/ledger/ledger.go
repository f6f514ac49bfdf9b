// Package ledger keeps the account of what was not recorded: a gap opens with
// its cause when footage stops, and closes when it goes on.
package ledger

import (
	"sync"
	"time"

	"github.com/donhk/istream/pkg/events"
)

// News is where gaps are told (bus.Bus). It never blocks.
type News interface{ Announce(ev events.Event) }

// Ledger is of one camera. Its methods may be called from several goroutines.
type Ledger struct {
	site, camera string
	news         News

	mu   sync.Mutex
	open *events.Gap
	end  time.Time // of the footage
}

// New has neither footage nor gaps.
func New(site, camera string, news News) *Ledger {
	return &Ledger{site: site, camera: camera, news: news}
}

// Recorded tells of footage from first to last.
func (l *Ledger) Recorded(first, last time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.shut(first)
	l.end = last
}

// Lost tells that nothing is recorded at the time now, and why. A gap begins
// where the footage ended; another cause begins another gap.
func (l *Ledger) Lost(cause events.Cause, detail string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open != nil && l.open.Cause == cause {
		return
	}
	start := now
	if l.open == nil && !l.end.IsZero() && l.end.Before(now) {
		start = l.end
	}
	l.shut(now)
	l.open = &events.Gap{
		V: events.Version, State: events.GapOpened, Site: l.site, Camera: l.camera,
		Cause: cause, Start: start.UTC().Truncate(time.Millisecond), Detail: detail,
	}
	l.news.Announce(*l.open)
}

// shut ends the open gap; a clock that stepped back ends it where it began.
func (l *Ledger) shut(at time.Time) {
	if l.open == nil {
		return
	}
	g := *l.open
	g.State, g.End = events.GapClosed, at.UTC().Truncate(time.Millisecond)
	if g.End.Before(g.Start) {
		g.End = g.Start
	}
	l.open = nil
	l.news.Announce(g)
}
