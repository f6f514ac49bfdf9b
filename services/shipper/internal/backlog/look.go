package backlog

import (
	"slices"
	"time"

	"github.com/donhk/istream/pkg/spool"
)

// Look is one look at the disk, by which the backlog is put right. From its
// beginning to its end no file may be offered, done or gone.
type Look struct {
	backlog *Backlog
	oldest  []spool.File // not yet known ones, up to twice the limit
	more    bool         // than those
	seen    map[id]bool  // of the known ones
	tally   tally
}

// Look begins one.
func (b *Backlog) Look() *Look {
	return &Look{backlog: b, seen: make(map[id]bool, len(b.items)), tally: tally{}}
}

// See is told of each closed file on disk, in any order.
func (l *Look) See(f spool.File) {
	l.tally.add(f)
	if _, known := l.backlog.items[idOf(f)]; known {
		l.seen[idOf(f)] = true
		return
	}
	if !f.Start.After(l.backlog.passed) {
		l.more = true // tried before; the others first
		return
	}
	l.oldest = append(l.oldest, f)
	if len(l.oldest) >= 2*l.backlog.limit {
		l.shrink()
	}
}

func (l *Look) shrink() {
	slices.SortFunc(l.oldest, older)
	if len(l.oldest) > l.backlog.limit {
		l.oldest, l.more = l.oldest[:l.backlog.limit], true
	}
}

// End puts the backlog right. all says that nothing escaped the look, so that
// what was not seen is not there.
func (l *Look) End(all bool) {
	b := l.backlog
	for key, item := range b.items {
		switch {
		case l.seen[key]:
		case all && !item.taken:
			delete(b.items, key)
		default:
			l.tally.add(item.File)
		}
	}
	for _, f := range l.oldest {
		b.items[idOf(f)] = &Item{File: f}
	}
	b.tally, b.partial = l.tally, l.more
	if len(l.oldest) < b.limit {
		b.passed = time.Time{} // all the others are held: begin anew
	}
	b.bound()
}

// bound lets go of the newest items beyond the limit: of those that are fresh,
// and of those that are not, so that many suspects leave room for others.
func (b *Backlog) bound() {
	var fresh, tried []*Item
	for _, item := range b.items {
		switch {
		case item.taken:
		case item.fresh():
			fresh = append(fresh, item)
		default:
			tried = append(tried, item)
		}
	}
	b.letGo(fresh)
	for _, item := range b.letGo(tried) {
		if item.File.Start.After(b.passed) {
			b.passed = item.File.Start
		}
	}
}

func (b *Backlog) letGo(items []*Item) (gone []*Item) {
	if len(items) <= b.limit {
		return nil
	}
	slices.SortFunc(items, func(x, y *Item) int { return older(x.File, y.File) })
	for _, item := range items[b.limit:] {
		delete(b.items, idOf(item.File))
	}
	b.partial = true
	return items[b.limit:]
}
