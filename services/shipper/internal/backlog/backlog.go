package backlog

import (
	"time"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/spool"
)

// Backlog is what waits for the store.
type Backlog struct {
	limit   int      // items
	line    Patience // after failures in a row, of all
	suspect Patience // after failures that others had not

	items   map[id]*Item
	taken   int
	partial bool      // more is on disk than in items
	passed  time.Time // up to here suspects were let go; a look begins after it
	tally   tally

	row  int       // failures since any item got through
	rest time.Time // the line's
}

// New holds up to limit items. line is the patience with the store, suspect
// the one with a single item.
func New(limit int, line, suspect Patience) *Backlog {
	return &Backlog{limit: limit, line: line, suspect: suspect, items: map[id]*Item{}, tally: tally{}}
}

// Offer adds a closed file that is on disk, unless it is known. told may be nil.
func (b *Backlog) Offer(f spool.File, told *events.Segment) {
	if item, ok := b.items[idOf(f)]; ok {
		if told != nil && !item.taken {
			item.Told = told
		}
		return
	}
	if b.partial {
		b.tally.later(f) // its turn comes with another look at the disk
		return
	}
	b.items[idOf(f)] = &Item{File: f, Told: told}
	b.tally.add(f)
	b.partial = len(b.items) >= b.limit
}

// Next takes the item to try. Where there is none, it tells how long to wait
// for one; 0 stands for: until something changes.
func (b *Backlog) Next(now time.Time) (item *Item, wait time.Duration) {
	if b.row > 0 {
		if b.taken > 0 {
			return nil, 0 // one alone tries
		}
		if wait := b.rest.Sub(now); wait > 0 {
			return nil, wait
		}
	}
	for _, candidate := range b.items {
		if candidate.taken {
			continue
		}
		if w := candidate.after.Sub(now); w > 0 {
			if wait == 0 || w < wait {
				wait = w
			}
		} else if item == nil || before(candidate, item) {
			item = candidate
		}
	}
	if item == nil {
		return nil, wait
	}
	item.taken = true
	b.taken++
	return item, 0
}

// Done says that a taken item is stored and its file gone.
func (b *Backlog) Done(item *Item, now time.Time) {
	b.forget(item)
	b.through(now)
}

// Gone says that a taken item's file was gone before it was stored.
func (b *Backlog) Gone(item *Item) { b.forget(item) }

// Failed gives a taken item back that the store did not take. alone says that
// the fault looks like the item's own: the line was good, and others have got
// through where it failed before.
func (b *Backlog) Failed(item *Item, now time.Time) (alone bool) {
	b.Release(item)
	alone = b.row == 0 && item.suspect > 0
	item.failed++
	b.row++
	b.rest = now.Add(b.line.After(b.row))
	if item.suspect > 0 {
		item.after = now.Add(b.suspect.After(item.suspect))
	}
	return alone
}

// Unreadable gives a taken item back that was not tried: the fault is its
// file's, not the line's.
func (b *Backlog) Unreadable(item *Item, now time.Time) {
	b.Release(item)
	b.suspected(item, now)
}

// Release gives a taken item back without blame: its try was cut off.
func (b *Backlog) Release(item *Item) {
	item.taken = false
	b.taken--
}

func (b *Backlog) forget(item *Item) {
	b.Release(item)
	delete(b.items, idOf(item.File))
	b.tally.remove(item.File)
}

// through: the line is good, so that what failed meanwhile had a cause of its
// own, or bad luck.
func (b *Backlog) through(now time.Time) {
	b.row = 0
	for _, item := range b.items {
		if item.failed > 0 {
			b.suspected(item, now)
		}
	}
}

func (b *Backlog) suspected(item *Item, now time.Time) {
	item.failed = 0
	item.suspect++
	item.after = now.Add(b.suspect.After(item.suspect))
}

// Low says that more is on disk than here, and little is left here.
func (b *Backlog) Low() bool {
	if !b.partial {
		return false
	}
	fresh := 0
	for _, item := range b.items {
		if item.fresh() {
			fresh++
		}
	}
	return fresh <= b.limit/4
}
