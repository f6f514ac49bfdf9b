package disk

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/donhk/istream/services/recorder/internal/segment"
)

// run writes fragments of these lengths, each when it has passed, and syncs as
// the Writer does. It returns for how long a picture was off the disk at most,
// and how many syncs that took.
func (a *age) run(interval time.Duration, spans []time.Duration) (worst time.Duration, syncs int) {
	now := time.Unix(0, 0)
	var arrivals []time.Time // of the first picture of each fragment off the disk
	sync := func(at time.Time) {
		worst, syncs = max(worst, at.Sub(arrivals[0])), syncs+1
		arrivals = nil
		a.synced()
	}
	for _, span := range spans {
		if len(arrivals) > 0 {
			if due := now.Add(a.left(interval, now)); due.Before(now.Add(span)) {
				sync(due)
			}
		}
		arrivals = append(arrivals, now)
		now = now.Add(span)
		const pictures = 10
		a.wrote(segment.Chunk{First: now.Add(-span), Last: now.Add(-span / pictures), Pictures: pictures}, now)
		if a.due(interval, now) {
			sync(now)
		}
	}
	return worst, syncs
}

// TestNoPictureIsOffTheDiskForLong: whatever the fragments' lengths, up to a
// second, and though the next may not come at all.
func TestNoPictureIsOffTheDiskForLong(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ms := rapid.SliceOfN(rapid.IntRange(20, 1000), 1, 50).Draw(t, "fragments, ms")
		interval := time.Duration(rapid.IntRange(1300, 10_000).Draw(t, "interval, ms")) * time.Millisecond
		spans := make([]time.Duration, len(ms))
		for i := range ms {
			spans[i] = time.Duration(ms[i]) * time.Millisecond
		}
		if worst, _ := new(age).run(interval, spans); worst > interval-spare {
			t.Errorf("a picture was off the disk for %v where %v is allowed", worst, interval)
		}
	})
}

// TestSyncsAreFew: as few as the interval allows.
func TestSyncsAreFew(t *testing.T) {
	for span, want := range map[time.Duration]int{
		800 * time.Millisecond: 50, 400 * time.Millisecond: 25, 1000 * time.Millisecond: 100,
	} {
		spans := make([]time.Duration, 100)
		for i := range spans {
			spans[i] = span
		}
		if _, syncs := new(age).run(2*time.Second, spans); syncs != want {
			t.Errorf("%d syncs of 100 fragments of %v, %d would do", syncs, span, want)
		}
	}
	if _, syncs := new(age).run(0, make([]time.Duration, 10)); syncs != 10 {
		t.Errorf("an interval of 0 syncs %d times of 10", syncs)
	}
}
