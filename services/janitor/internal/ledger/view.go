package ledger

import (
	"container/heap"
	"iter"
	"time"

	"github.com/donhk/istream/pkg/events"
)

// View is the ledger at one moment; see Ledger.Read.
type View struct{ l *Ledger }

// Read calls look with the ledger standing still. The View ends with the call,
// and look must not call the ledger itself.
func (l *Ledger) Read(look func(View)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	look(View{l})
}

// Used is the sum of all sizes, in bytes.
func (v View) Used() int64 { return v.l.used }

// Newest are the starts of the camera's newest segment and newest tail; zero
// where it has none.
func (v View) Newest(camera string) (segment, tail time.Time) {
	c, ok := v.l.cameras[camera]
	if !ok {
		return time.Time{}, time.Time{}
	}
	return c.newest(), c.open()
}

// Oldest yields every object by its start, over all cameras; of the same
// start, the tail's pieces in order with the init last, then the segment.
func (v View) Oldest() iter.Seq[Object] {
	return func(yield func(Object) bool) {
		var heads cursors
		for name, c := range v.l.cameras {
			for _, tail := range []bool{true, false} {
				if cur := newCursor(name, tail, c.series(Object{Tail: tail})); cur != nil {
					heads = append(heads, cur)
				}
			}
		}
		heap.Init(&heads)
		for len(heads) > 0 {
			head := heads[0]
			if !yield(v.l.object(head.camera, head.tail, *head.entry)) {
				return
			}
			if head.advance() {
				heap.Fix(&heads, 0)
			} else {
				heap.Pop(&heads)
			}
		}
	}
}

func (l *Ledger) object(camera string, tail bool, e entry) Object {
	o := Object{Name: events.Name{Site: l.Site, Camera: camera, Start: e.position().time()}, Tail: tail, Size: e.size}
	if tail {
		o.Seq = e.position().seq()
	}
	return o
}
