package backlog_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/donhk/istream/pkg/spool"
	"github.com/donhk/istream/services/shipper/internal/backlog"
)

var epoch = time.Date(2026, 11, 22, 16, 0, 0, 0, time.UTC)

func file(camera string, n int) spool.File {
	return spool.File{Camera: camera, Start: epoch.Add(time.Duration(n) * time.Minute), Closed: true, Size: int64(n + 1)}
}

func patience(first, last time.Duration) backlog.Patience {
	return backlog.Patience{First: first, Last: last, Chance: func() float64 { return 1 }}
}

func newBacklog(limit int) *backlog.Backlog {
	return backlog.New(limit, patience(2*time.Second, time.Minute), patience(2*time.Second, 10*time.Minute))
}

// take expects the item of a file.
func take(t *testing.T, b *backlog.Backlog, now time.Time, want spool.File) *backlog.Item {
	t.Helper()
	item, wait := b.Next(now)
	if item == nil {
		t.Fatalf("nothing to try for %v, want %s", wait, want.Rel())
	}
	if item.File != want {
		t.Fatalf("to try is %s, want %s", item.File.Rel(), want.Rel())
	}
	return item
}

func none(t *testing.T, b *backlog.Backlog, now time.Time) (wait time.Duration) {
	t.Helper()
	item, wait := b.Next(now)
	if item != nil {
		t.Fatalf("to try is %s, want nothing", item.File.Rel())
	}
	return wait
}

func TestTheOldestGoesFirst(t *testing.T) {
	b := newBacklog(10)
	for _, f := range []spool.File{file("yard", 3), file("door", 2), file("yard", 1), file("door", 1), file("door", 4)} {
		b.Offer(f, nil)
		b.Offer(f, nil) // as the bus may say it twice
	}
	for _, want := range []spool.File{file("door", 1), file("yard", 1), file("door", 2), file("yard", 3), file("door", 4)} {
		b.Done(take(t, b, epoch, want), epoch)
	}
	if wait := none(t, b, epoch); wait != 0 {
		t.Errorf("waits for %v", wait)
	}
	if w := b.Waiting(); len(w) != 0 {
		t.Errorf("%v are left", w)
	}
}

func TestTheLineRestsLongerEachTimeAndIsTriedByOneAlone(t *testing.T) {
	b, now := newBacklog(10), epoch
	b.Offer(file("door", 1), nil)
	b.Offer(file("door", 2), nil)
	first, second := take(t, b, now, file("door", 1)), take(t, b, now, file("door", 2))
	b.Release(second) // cut off
	b.Failed(first, now)
	for _, want := range []time.Duration{2, 4, 8, 16, 32, 60, 60} {
		if wait := none(t, b, now); wait != want*time.Second {
			t.Fatalf("rests for %v, want %d s", wait, want)
		}
		now = now.Add(want * time.Second)
		item, _ := b.Next(now)
		if item == nil {
			t.Fatal("nobody tries the line")
		}
		if wait := none(t, b, now); wait != 0 {
			t.Fatalf("a second one may try after %v", wait)
		}
		b.Failed(item, now)
	}
	now = now.Add(time.Minute)
	item, _ := b.Next(now)
	b.Done(item, now)
	other, _ := b.Next(now.Add(2 * time.Second))
	if other == nil {
		t.Fatal("the line rests although one got through")
	}
}

// An outage is nobody's fault: afterwards the order is as before.
func TestAnOutageLeavesTheOrder(t *testing.T) {
	b, now := newBacklog(10), epoch
	for n := range 6 {
		b.Offer(file("door", n), nil)
	}
	for range 10 {
		item, wait := b.Next(now)
		for item == nil {
			now = now.Add(wait)
			item, wait = b.Next(now)
		}
		b.Failed(item, now)
	}
	now = now.Add(time.Minute)
	through, _ := b.Next(now)
	b.Done(through, now)
	now = now.Add(2 * time.Second)
	for n := range 6 {
		if f := file("door", n); f != through.File {
			b.Done(take(t, b, now, f), now)
		}
	}
}

func TestOneThatTheStoreWillNotHaveBlocksNobody(t *testing.T) {
	b, now, bad := newBacklog(10), epoch, file("door", 0)
	b.Offer(bad, nil)
	tries, stored := 0, 0
	for n := 1; n <= 200; n++ {
		b.Offer(file("door", n), nil)
		for next := epoch.Add(time.Duration(n) * time.Minute); ; {
			item, wait := b.Next(now)
			if item == nil {
				if wait == 0 || now.Add(wait).After(next) {
					now = next
					break
				}
				now = now.Add(wait)
				continue
			}
			if item.File == bad {
				tries++
				b.Failed(item, now)
				continue
			}
			b.Done(item, now)
			stored++
		}
	}
	if stored < 199 {
		t.Errorf("%d of 200 others were stored", stored)
	}
	if tries < 20 || tries > 60 { // in 200 minutes, each 10 at the end
		t.Errorf("it was tried %d times", tries)
	}
}

func TestAnUnreadableFileDoesNotRestTheLine(t *testing.T) {
	b := newBacklog(10)
	b.Offer(file("door", 1), nil)
	b.Offer(file("door", 2), nil)
	b.Unreadable(take(t, b, epoch, file("door", 1)), epoch)
	b.Done(take(t, b, epoch, file("door", 2)), epoch)
	if wait := none(t, b, epoch); wait != 2*time.Second {
		t.Errorf("waits for %v", wait)
	}
	if item := take(t, b, epoch.Add(2*time.Second), file("door", 1)); !item.Suspect() {
		t.Error("is not suspected")
	}
}

func TestTheOldestAreHeldAndAllAreCounted(t *testing.T) {
	const limit, onDisk = 10, 100
	b := newBacklog(limit)
	disk := map[spool.File]bool{}
	for n := range onDisk {
		disk[file("door", n)] = true
	}
	look := func() {
		l := b.Look()
		for f := range disk { // in any order
			l.See(f)
		}
		l.End(true)
	}
	look()
	looks := 1
	for n := range onDisk {
		expectWaiting(t, b, disk)
		f := file("door", n)
		item := take(t, b, epoch, f)
		delete(disk, f)
		b.Done(item, epoch)
		if b.Low() {
			look()
			looks++
		}
	}
	expectWaiting(t, b, disk)
	if looks < onDisk/limit || looks > 2*onDisk/limit {
		t.Errorf("looked %d times", looks)
	}
}

func TestALookFindsWhatIsGone(t *testing.T) {
	b := newBacklog(10)
	for n := range 4 {
		b.Offer(file("door", n), nil)
	}
	taken := take(t, b, epoch, file("door", 0))
	l := b.Look()
	l.See(file("door", 2))
	l.See(file("yard", 9))
	l.End(false) // a folder could not be read
	expectWaiting(t, b, map[spool.File]bool{file("door", 0): true, file("door", 1): true, file("door", 2): true, file("door", 3): true, file("yard", 9): true})
	l = b.Look()
	l.See(file("door", 2))
	l.End(true)
	b.Gone(taken)
	expectWaiting(t, b, map[spool.File]bool{file("door", 2): true})
	b.Done(take(t, b, epoch, file("door", 2)), epoch)
	none(t, b, epoch)
}

func TestManySuspectsLeaveRoom(t *testing.T) {
	const limit = 4
	b, now := newBacklog(limit), epoch
	look := func(files ...spool.File) {
		l := b.Look()
		for _, f := range files {
			l.See(f)
		}
		l.End(true)
	}
	var disk []spool.File
	for n := range 12 {
		disk = append(disk, file("bad", n))
	}
	disk = append(disk, file("good", 100))
	look(disk...)
	for range 200 {
		item, wait := b.Next(now)
		switch {
		case item == nil:
			now = now.Add(wait)
		case item.File.Camera == "good":
			return
		default:
			b.Unreadable(item, now)
		}
		if b.Low() {
			look(disk...)
		}
	}
	t.Error("the good one is never tried")
}

func expectWaiting(t *testing.T, b *backlog.Backlog, disk map[spool.File]bool) {
	t.Helper()
	if got, want := fmt.Sprint(plain(b.Waiting())), fmt.Sprint(plain(count(disk))); got != want {
		t.Fatalf("waiting are %s, want %s", got, want)
	}
}

func count(disk map[spool.File]bool) []backlog.Waiting {
	var all []backlog.Waiting
	for f := range disk {
		i := slices.IndexFunc(all, func(w backlog.Waiting) bool { return w.Camera == f.Camera })
		if i < 0 {
			i, all = len(all), append(all, backlog.Waiting{Camera: f.Camera})
		}
		all[i].Segments++
		all[i].Bytes += f.Size
	}
	slices.SortFunc(all, func(x, y backlog.Waiting) int {
		if x.Camera < y.Camera {
			return -1
		}
		return 1
	})
	return all
}

func plain(all []backlog.Waiting) []string {
	var texts []string
	for _, w := range all {
		texts = append(texts, fmt.Sprint(w.Camera, " ", w.Segments, " ", w.Bytes))
	}
	return texts
}

// Whatever happens in whatever order: after a look the counts are the disk's,
// nothing is held twice, memory is bounded, and all is stored in the end.
func TestAnythingMayHappen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 6).Draw(t, "limit")
		b, now := newBacklog(limit), epoch
		disk, taken := map[spool.File]bool{}, []*backlog.Item{}
		next := 0
		drop := func() *backlog.Item {
			i := rapid.IntRange(0, len(taken)-1).Draw(t, "which")
			item := taken[i]
			taken = slices.Delete(taken, i, i+1)
			return item
		}
		look := func() {
			l := b.Look()
			for f := range disk {
				l.See(f)
			}
			l.End(true)
		}
		some := func(act func()) func(*rapid.T) {
			return func(t *rapid.T) {
				if len(taken) == 0 {
					t.Skip("none is taken")
				}
				act()
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"close": func(*rapid.T) {
				f := file([]string{"door", "yard"}[next%2], next)
				next++
				disk[f] = true
				b.Offer(f, nil)
			},
			"closed unheard": func(*rapid.T) { disk[file("door", next)] = true; next++ },
			"take": func(*rapid.T) {
				if item, _ := b.Next(now); item != nil {
					taken = append(taken, item)
				}
			},
			"done":       some(func() { item := drop(); delete(disk, item.File); b.Done(item, now) }),
			"fail":       some(func() { b.Failed(drop(), now) }),
			"release":    some(func() { b.Release(drop()) }),
			"unreadable": some(func() { b.Unreadable(drop(), now) }),
			"look":       func(*rapid.T) { look() },
			"wait": func(t *rapid.T) {
				now = now.Add(time.Duration(rapid.IntRange(1, 900).Draw(t, "seconds")) * time.Second)
			},
			"": func(t *rapid.T) {
				seen := map[spool.File]bool{}
				for _, item := range taken {
					if seen[item.File] {
						t.Fatalf("%s is taken twice", item.File.Rel())
					}
					seen[item.File] = true
				}
			},
		})
		for _, item := range taken {
			b.Release(item)
		}
		for len(disk) > 0 {
			look()
			if b.Low() {
				look()
			}
			if got, want := fmt.Sprint(plain(b.Waiting())), fmt.Sprint(plain(count(disk))); got != want {
				t.Fatalf("waiting are %s, want %s", got, want)
			}
			now = now.Add(time.Hour)
			item, _ := b.Next(now)
			if item == nil {
				t.Fatalf("%d files are never tried", len(disk))
			}
			if !disk[item.File] {
				t.Fatalf("%s is tried and not there", item.File.Rel())
			}
			delete(disk, item.File)
			b.Done(item, now)
		}
	})
}
