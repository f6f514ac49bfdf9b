package ledger_test

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/services/janitor/internal/ledger"
)

// world is a bucket, the ledger that follows it, and the events between them.
type world struct {
	bucket map[string]ledger.Object
	ledger *ledger.Ledger
	mail   []func() // events not delivered yet
	fresh  int64    // a size that was not there before
	lossy  bool     // events may be lost, doubled, swapped or false

	listing *ledger.Listing
	page    []ledger.Object // fetched, not seen by the ledger yet
	rest    []string        // keys not fetched yet
}

var objects = rapid.Custom(func(t *rapid.T) ledger.Object {
	o := ledger.Object{Name: events.Name{
		Site: "attic", Camera: rapid.SampledFrom([]string{"door", "door-2", "yard"}).Draw(t, "camera"),
		Start: time.UnixMilli(rapid.Int64Range(0, 9).Draw(t, "start")).UTC(),
	}}
	if o.Tail = rapid.Bool().Draw(t, "tail"); o.Tail {
		o.Seq = rapid.IntRange(0, 3).Draw(t, "seq")
	}
	return o
})

func sizes(t *rapid.T) int64 { return rapid.Int64Range(0, 5).Draw(t, "size") }

func newWorld(lossy bool) *world {
	return &world{bucket: map[string]ledger.Object{}, fresh: 5000, ledger: ledger.New(ledger.Scope{Site: "attic"}), lossy: lossy}
}

func (w *world) write(t *rapid.T) {
	o := objects.Draw(t, "object")
	o.Size = sizes(t)
	w.bucket[o.Key()] = o
	w.send(t, func() { w.ledger.Created(o) })
}

func (w *world) remove(t *rapid.T) {
	o := objects.Draw(t, "object")
	if _, ok := w.bucket[o.Key()]; !ok && !w.lossy {
		return
	}
	delete(w.bucket, o.Key())
	w.send(t, func() { w.ledger.Removed(o) })
}

func (w *world) lie(t *rapid.T) {
	o := objects.Draw(t, "object")
	o.Size = sizes(t)
	if !w.lossy {
		return
	}
	if rapid.Bool().Draw(t, "created") {
		w.send(t, func() { w.ledger.Created(o) })
	} else {
		w.send(t, func() { w.ledger.Removed(o) })
	}
}

func (w *world) send(t *rapid.T, event func()) {
	if !w.lossy {
		event()
		return
	}
	for range rapid.IntRange(0, 2).Draw(t, "copies") {
		w.mail = slices.Insert(w.mail, rapid.IntRange(0, len(w.mail)).Draw(t, "place"), event)
	}
}

func (w *world) deliver(*rapid.T) {
	if len(w.mail) > 0 {
		w.mail[0]()
		w.mail = w.mail[1:]
	}
}

// evict deletes as the janitor does; another object may be written under the
// key before the janitor has its answer.
func (w *world) evict(t *rapid.T) {
	o := objects.Draw(t, "object")
	delete(w.bucket, o.Key())
	if rapid.Bool().Draw(t, "again") {
		w.fresh++
		o.Size = w.fresh
		w.bucket[o.Key()] = o
		w.send(t, func() { w.ledger.Created(o) })
	}
	w.ledger.Forget(o)
	w.lookUp(w.ledger.Claims(math.MaxInt64)) // the urgent ones, at once
}

// claims come in an order that can be repeated.
func (w *world) claims() []ledger.Claim {
	return slices.SortedFunc(slices.Values(w.ledger.Claims(-1)), func(a, b ledger.Claim) int {
		return strings.Compare(a.Key(), b.Key())
	})
}

func (w *world) lookUp(claims []ledger.Claim) {
	for _, c := range claims {
		now, found := w.bucket[c.Key()]
		w.ledger.Settle(c, now.Size, found)
	}
}

// settle looks up what is claimed; changes may come between look and word.
func (w *world) settle(t *rapid.T) {
	for _, c := range w.claims() {
		now, found := w.bucket[c.Key()]
		if rapid.Bool().Draw(t, "busy") {
			w.write(t)
		}
		w.ledger.Settle(c, now.Size, found)
	}
}

func (w *world) begin(*rapid.T) {
	w.listing = w.ledger.Begin()
	w.page, w.rest = nil, slices.Sorted(maps.Keys(w.bucket))
}

// list fetches a page, or hands an object of it on.
func (w *world) list(t *rapid.T) {
	switch {
	case w.listing == nil:
		w.begin(t)
	case len(w.page) > 0:
		w.listing.Saw(w.page[0])
		w.page = w.page[1:]
	case len(w.rest) > 0:
		n := min(len(w.rest), 3)
		for _, key := range w.rest[:n] {
			if o, ok := w.bucket[key]; ok {
				w.page = append(w.page, o)
			}
		}
		w.rest = w.rest[n:]
	default:
		w.listing.End(func(ledger.Object) {})
		w.listing = nil
	}
}

func (w *world) abandon(*rapid.T) {
	if w.listing != nil {
		w.listing.Abandon()
		w.listing = nil
	}
}

func (w *world) finish(t *rapid.T) {
	for ok := true; ok; ok = w.listing != nil {
		w.list(t)
	}
}

// content reads the ledger and checks that its parts agree.
func content(t *rapid.T, l *ledger.Ledger) map[string]int64 {
	got := map[string]int64{}
	var last *ledger.Object
	stats := l.Stats()
	l.Read(func(v ledger.View) {
		sum := int64(0)
		for o := range v.Oldest() {
			if last != nil && o.Start.Before(last.Start) {
				t.Fatalf("%v comes after %v", o, *last)
			}
			last = &o
			if _, twice := got[o.Key()]; twice {
				t.Fatalf("%s is there twice", o.Key())
			}
			got[o.Key()] = o.Size
			sum += o.Size
		}
		if sum != v.Used() || sum != stats.Used || len(got) != stats.Objects {
			t.Fatalf("%d bytes in %d objects are counted as %d in %d", sum, len(got), v.Used(), stats.Objects)
		}
	})
	return got
}

func (w *world) check(t *rapid.T) { content(t, w.ledger) }

func (w *world) expect(t *rapid.T) {
	got := content(t, w.ledger)
	for key, o := range w.bucket {
		if size, ok := got[key]; !ok || size != o.Size {
			t.Fatalf("%s of %d bytes is %d, %v in the ledger", key, o.Size, size, ok)
		}
	}
	if len(got) != len(w.bucket) {
		t.Fatalf("%d objects are %d in the ledger", len(w.bucket), len(got))
	}
}

func (w *world) run(t *rapid.T) {
	t.Repeat(map[string]func(*rapid.T){
		"write": w.write, "remove": w.remove, "lie": w.lie, "deliver": w.deliver, "evict": w.evict,
		"settle": w.settle, "list": w.list, "more": w.list, "abandon": w.abandon, "": w.check,
	})
}

// However events fare: once they have ended, one listing sets all right.
func TestAListingSetsTheLedgerRight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(true)
		w.run(t)
		w.abandon(t)
		w.finish(t)
		w.expect(t)
		if claims := w.ledger.Claims(-1); len(claims) > 0 || !w.ledger.Trusted() {
			t.Fatalf("still in doubt: %v", claims)
		}
	})
}

// Where every event comes, what happens during a listing is neither lost nor
// brought back by it.
func TestAListingDoesNotUndoEvents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(false)
		w.finish(t)
		w.run(t)
		if w.listing != nil {
			w.finish(t)
		}
		w.lookUp(w.claims())
		w.expect(t)
	})
}

// Until they are looked up, claims make the use too high, never too low.
func TestClaimsAreCountedAtTheirWorst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(false)
		w.finish(t)
		w.run(t)
		used := int64(0)
		for _, o := range w.bucket {
			used += o.Size
		}
		if got := w.ledger.Stats().Used; got < used {
			t.Fatalf("%d bytes are counted as %d", used, got)
		}
	})
}

func TestManyObjectsInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(false)
		// Upwards, downwards, to and fro: each step visits all 1,500.
		step := rapid.SampledFrom([]int{1, 7, 1499, 749}).Draw(t, "step")
		for i := range 1500 {
			o := ledger.Object{Name: events.Name{Site: "attic", Camera: "door", Start: time.UnixMilli(int64(i * step % 1500)).UTC()}, Size: int64(i)}
			w.bucket[o.Key()] = o
		}
		w.finish(t)
		w.expect(t)
		for key, o := range w.bucket {
			if o.Start.UnixMilli()%3 != 0 {
				delete(w.bucket, key)
			}
		}
		w.finish(t)
		w.expect(t)
		for range 100 {
			w.evict(t)
		}
		w.finish(t)
		w.expect(t)
	})
}

func TestTooManyClaimsAreADoubt(t *testing.T) {
	w := newWorld(false)
	l := w.ledger
	listing := l.Begin()
	listing.End(func(ledger.Object) {})
	if !l.Trusted() {
		t.Fatal("not trusted after a listing")
	}
	claim := func(n int) {
		for i := range n {
			l.Created(ledger.Object{Name: events.Name{Site: "attic", Camera: fmt.Sprint("c", i), Start: time.UnixMilli(int64(i)).UTC()}, Size: 1})
		}
	}
	claim(1200)
	if l.Trusted() {
		t.Error("trusted though claims were dropped")
	}
	listing = l.Begin()
	listing.End(func(ledger.Object) {})
	if !l.Trusted() || l.Stats().Objects != 0 {
		t.Errorf("after a listing of nothing: trusted %v, %+v", l.Trusted(), l.Stats())
	}
	listing = l.Begin()
	claim(1200)
	listing.End(func(ledger.Object) {})
	if l.Trusted() {
		t.Error("trusted though claims were dropped during the listing")
	}
}
