package disk

import (
	"time"

	"github.com/donhk/istream/services/recorder/internal/segment"
)

// spare is how long a sync, and a fragment that is late, may take.
const spare = 250 * time.Millisecond

// age tells when the open segment has to be synced, so that no picture is off the
// disk for longer than the interval after its arrival.
type age struct {
	oldest time.Time     // arrival of the oldest picture off the disk; zero: none is
	span   time.Duration // of the latest fragment: the next will take as long
}

func (a *age) wrote(c segment.Chunk, now time.Time) {
	a.span = c.Last.Sub(c.First)
	if n := time.Duration(c.Pictures - 1); n > 0 {
		a.span += a.span / n // the last one lasts, too
	}
	if a.oldest.IsZero() {
		a.oldest = now.Add(-a.span)
	}
}

func (a *age) synced() { a.oldest = time.Time{} }

// due: by the time that the next fragment has come it would be too late.
func (a *age) due(interval time.Duration, now time.Time) bool {
	return !a.oldest.IsZero() && a.left(interval, now) <= a.span
}

// left is how much time remains; the caller waits no longer for a fragment.
func (a *age) left(interval time.Duration, now time.Time) time.Duration {
	return interval - spare - now.Sub(a.oldest)
}
