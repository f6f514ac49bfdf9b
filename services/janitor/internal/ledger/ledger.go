package ledger

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// Ledger is the account. The zero value is not usable; see New.
type Ledger struct {
	Scope

	mu      sync.Mutex
	cameras map[string]*camera
	used    int64
	objects int

	pass    uint32 // number of the latest listing
	listing bool   // it is under way
	doubt   uint32 // the listing that has to be surpassed; see Trusted
	trusted bool

	claims map[string]claim
	serial uint64
}

// camera holds a camera's objects.
type camera struct{ segments, tails series }

// New returns an empty ledger, not to be trusted before its first listing.
func New(scope Scope) *Ledger {
	return &Ledger{Scope: scope, cameras: map[string]*camera{}, claims: map[string]claim{}}
}

// Trusted reports whether a listing has ended since the last doubt: at the
// start, and after more claims than were worth keeping.
func (l *Ledger) Trusted() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.trusted
}

// Stats sums the ledger up.
type Stats struct {
	Used           int64 // bytes
	Objects        int
	Oldest, Newest time.Time // starts of segments; zero where there are none
}

// Stats sums the ledger up.
func (l *Ledger) Stats() Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := Stats{Used: l.used, Objects: l.objects}
	for _, c := range l.cameras {
		cur := newCursor("", false, &c.segments)
		if cur == nil {
			continue
		}
		if at := cur.entry.position().time(); s.Oldest.IsZero() || at.Before(s.Oldest) {
			s.Oldest = at
		}
		if at := c.newest(); at.After(s.Newest) {
			s.Newest = at
		}
	}
	return s
}

// Forget records that o was deleted by us, and reports whether it counted.
func (l *Ledger) Forget(o Object) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := o.Key()
	if c, ok := l.claims[key]; ok && c.created {
		// Written while we deleted it: which came last, only the store knows.
		c.urgent, c.pass = true, l.pass
		l.claims[key] = c
	} else {
		delete(l.claims, key)
	}
	return l.drop(o)
}

// entry finds o's entry; nil where there is none, or it is gone.
func (l *Ledger) entry(o Object) *entry {
	c, ok := l.cameras[o.Camera]
	if !ok {
		return nil
	}
	if e := c.series(o).get(o.position()); e != nil && e.size != gone {
		return e
	}
	return nil
}

// put counts o with its size, and marks it as touched.
func (l *Ledger) put(o Object) {
	if o.Site != l.Site {
		return
	}
	if e := l.entry(o); e != nil {
		l.used += o.Size - e.size
		e.size, e.mark = o.Size, l.pass
		return
	}
	l.set(o.Camera, o, o.Size)
	l.used += o.Size
	l.objects++
}

// drop takes o out. While a listing runs its place is kept, so that a page
// fetched before does not bring it back.
func (l *Ledger) drop(o Object) bool {
	e := l.entry(o)
	if e != nil {
		l.used -= e.size
		l.objects--
	}
	switch {
	case l.listing:
		l.set(o.Camera, o, gone)
	case e != nil:
		c := l.cameras[o.Camera]
		c.series(o).remove(o.position())
		l.tidy(o.Camera, c)
	}
	return e != nil
}

// set writes an entry as it stands, without counting.
func (l *Ledger) set(name string, o Object, size int64) {
	c, ok := l.cameras[name]
	if !ok {
		c = &camera{}
		// A name of its own: o's may hold on to the text of a whole page.
		l.cameras[strings.Clone(name)] = c
	}
	s, p := c.series(o), o.position()
	if e := s.get(p); e != nil {
		e.size, e.mark = size, l.pass
		return
	}
	s.add(entry{start: p.start, rank: p.rank, size: size, mark: l.pass})
}

func (l *Ledger) tidy(name string, c *camera) {
	if c.segments.empty() && c.tails.empty() {
		delete(l.cameras, name)
	}
}

func (l *Ledger) names() []string { return slices.Sorted(maps.Keys(l.cameras)) }

func (c *camera) series(o Object) *series {
	if o.Tail {
		return &c.tails
	}
	return &c.segments
}

// newest is the start of the newest segment, or zero.
func (c *camera) newest() time.Time { return lastStart(&c.segments) }

// open is the start of the newest tail, or zero.
func (c *camera) open() time.Time { return lastStart(&c.tails) }

func lastStart(s *series) time.Time {
	e := s.last()
	if e == nil {
		return time.Time{}
	}
	return e.position().time()
}
