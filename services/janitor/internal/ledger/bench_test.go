package ledger_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/services/janitor/internal/ledger"
	"github.com/donhk/istream/services/janitor/internal/policy"
)

const (
	million = 1_000_000
	cameras = 16
)

// object is the i-th of many cameras that record at the same time.
func object(i int) ledger.Object {
	start := time.UnixMilli(1_700_000_000_000).UTC().Add(time.Duration(i/cameras) * time.Minute)
	return ledger.Object{Name: events.Name{Site: "attic", Camera: fmt.Sprintf("camera-%02d", i%cameras), Start: start}, Size: 4_000_000}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func full() *ledger.Ledger {
	l := ledger.New(ledger.Scope{Site: "attic"})
	listing := l.Begin()
	for i := range million {
		listing.Saw(object(i))
	}
	listing.End(nil)
	return l
}

// A listing of a million objects that the ledger has already, in the order of
// their keys.
func BenchmarkListing(b *testing.B) {
	before := heap()
	l := full()
	memory := heap() - before
	keys := make([]string, 0, million)
	for c := range cameras {
		for i := c; i < million; i += cameras {
			keys = append(keys, object(i).Key())
		}
	}
	for b.Loop() {
		listing := l.Begin()
		for _, key := range keys {
			if o, ok := l.Parse(key, 4_000_000); ok {
				listing.Saw(o)
			}
		}
		listing.End(func(ledger.Object) { b.Error("not unchanged") })
	}
	b.ReportMetric(float64(memory)/million, "bytes/object")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/million, "ns/object")
}

// One more object, and what has to go for it, among a million.
func BenchmarkEventAtTheQuota(b *testing.B) {
	l := full()
	quota := l.Stats().Used
	skip := func(ledger.Object) bool { return false }
	for i := million; b.Loop(); i++ {
		o, ok := l.Parse(object(i).Key(), 4_000_000)
		if !ok || !l.Created(o) {
			b.Fatal("not counted")
		}
		for _, c := range l.Claims(quota) {
			l.Settle(c, c.Size, true)
		}
		var goes []ledger.Object
		l.Read(func(v ledger.View) { goes, _ = policy.Choose(v, quota, 1000, skip) })
		if len(goes) != 1 || !l.Forget(goes[0]) {
			b.Fatal(goes)
		}
	}
}

// Objects in no order at all, which the ledger has to make room for.
func BenchmarkInsertAnywhere(b *testing.B) {
	before := heap()
	l := ledger.New(ledger.Scope{Site: "attic"})
	listing := l.Begin()
	n := 0
	for b.Loop() {
		listing.Saw(object(n * 7_777_777 % 100_000_007)) // a prime: each another
		n++
	}
	b.ReportMetric(float64(heap()-before)/float64(n), "bytes/object")
	runtime.KeepAlive(l)
}
