package ledger

import (
	"fmt"
	"time"

	"github.com/donhk/istream/pkg/events"
)

// Life is what an earlier recorder of the camera left: where its newest segment
// starts, and where that ends. Both are zero where there is none.
type Life struct{ Newest, End time.Time }

// Begin goes on where an earlier recorder of the camera ended, however it ended:
// its gap stays open until there is footage again, and where it left none, one
// begins at the end of its footage.
func (l *Ledger) Begin(book Book, before Life, now time.Time) error {
	left, err := lastOpen(book)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.book = book
	l.date(l.ask(now))
	if left != nil && before.Newest.After(left.Start) {
		left = nil // it was over, and nobody came to tell
	}
	own := l.open // from before the folder could be had
	switch start := l.since(before, left); {
	case own == nil && left != nil:
		l.open = &dated{gap: *left, start: moment{wall: left.Start}}
	case own == nil:
		detail := "nobody was recording"
		if before.End.IsZero() {
			detail = "the camera is new"
		}
		l.begin(events.CauseRecorder, detail, start)
	case start.wall.Before(own.start.wall):
		l.open = &dated{start: start, gap: events.Gap{
			V: events.Version, State: events.GapOpened, Site: l.site, Camera: l.camera,
			Cause: events.CauseRecorder, Start: stamp(start.wall), Detail: "nobody was recording",
		}}
		if left != nil {
			l.open.gap = *left
		}
		l.shut(own.start)
		l.open = own
	}
	l.write()
	if err != nil {
		return fmt.Errorf("what an earlier recorder left is not known: %w", err)
	}
	return nil
}

// since is from when on nothing was recorded.
func (l *Ledger) since(before Life, left *events.Gap) moment {
	start := l.at(l.anchor.instant)
	switch {
	case left != nil:
		return moment{wall: left.Start}
	case !before.End.IsZero() && (before.End.Before(start.wall) || l.anchor.state == events.ClockUnsynced):
		return moment{wall: before.End}
	}
	return start
}

// lastOpen is the latest gap of a book, if it is still open.
func lastOpen(book Book) (last *events.Gap, err error) {
	for g, err := range book.Gaps() {
		if err != nil {
			return nil, err
		}
		switch {
		case g.State == events.GapOpened:
			last = &g
		case last != nil && g.Cause == last.Cause && g.Start.Equal(last.Start):
			last = nil
		}
	}
	return last, nil
}

// End tells that this recorder records the camera no more.
func (l *Ledger) End(detail string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lost(events.CauseRecorder, detail, now)
	l.open, l.book, l.end = nil, nil, moment{}
}
