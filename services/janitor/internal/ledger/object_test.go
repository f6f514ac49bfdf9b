package ledger_test

import (
	"slices"
	"testing"
	"time"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/services/janitor/internal/ledger"
)

var start = time.Date(2026, 11, 22, 16, 3, 1, 250e6, time.UTC)

func TestOnlyTheSitesKeysAreOurs(t *testing.T) {
	door := events.Name{Site: "attic", Camera: "door", Start: start}
	cellar := events.Name{Site: "cellar", Camera: "door", Start: start}
	scope := ledger.Scope{Site: "attic"}
	for key, ours := range map[string]bool{
		door.Key(): true, door.TailKey(0): true, door.TailKey(1_000_000): true,
		cellar.Key(): false, cellar.TailKey(0): false,
		door.Key() + "x": false, "x" + door.Key(): false, door.Tail() + "7": false,
		door.Tail() + "2147483648": false, "attic/../cellar/door.mp4": false, "": false,
	} {
		o, ok := scope.Parse(key, 5)
		if ok != ours || ok && (o.Key() != key || o.Size != 5) {
			t.Errorf("%q read as %+v, %v", key, o, ok)
		}
	}
	for _, size := range []int64{-1, 1 << 62} {
		if o, _ := scope.Parse(door.Key(), size); o.Size < 0 || o.Size > 1<<50 {
			t.Errorf("a size of %d is counted as %d", size, o.Size)
		}
	}
}

func TestOldestFirstOverAllCameras(t *testing.T) {
	l := ledger.New(ledger.Scope{Site: "attic"})
	listing := l.Begin()
	see := func(camera string, minute, seq int) {
		n := events.Name{Site: "attic", Camera: camera, Start: start.Add(time.Duration(minute) * time.Minute)}
		listing.Saw(ledger.Object{Name: n, Tail: seq >= 0, Seq: max(seq, 0), Size: 1})
	}
	see("yard", 2, -1)
	see("door", 3, 0)
	see("door", 3, 2)
	see("door", 3, 1)
	see("door", 3, -1)
	see("door", 1, -1)
	see("yard", 4, 0)
	listing.End(nil)
	var got []string
	l.Read(func(v ledger.View) {
		for o := range v.Oldest() {
			got = append(got, o.Key())
		}
		segment, tail := v.Newest("yard")
		if !segment.Equal(start.Add(2*time.Minute)) || !tail.Equal(start.Add(4*time.Minute)) {
			t.Errorf("the newest of yard: %v, %v", segment, tail)
		}
		if segment, tail = v.Newest("none"); !segment.IsZero() || !tail.IsZero() {
			t.Errorf("the newest of none: %v, %v", segment, tail)
		}
	})
	want := []string{
		"attic/door/2026-11-22/door_2026-11-22T16-04-01.250Z.mp4",
		"attic/yard/2026-11-22/yard_2026-11-22T16-05-01.250Z.mp4",
		"live/attic/door/2026-11-22T16-06-01.250Z/000001",
		"live/attic/door/2026-11-22T16-06-01.250Z/000002",
		"live/attic/door/2026-11-22T16-06-01.250Z/000000",
		"attic/door/2026-11-22/door_2026-11-22T16-06-01.250Z.mp4",
		"live/attic/yard/2026-11-22T16-07-01.250Z/000000",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if s := l.Stats(); !s.Oldest.Equal(start.Add(time.Minute)) || !s.Newest.Equal(start.Add(3*time.Minute)) || s.Objects != 7 {
		t.Errorf("summed up as %+v", s)
	}
}
