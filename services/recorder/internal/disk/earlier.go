package disk

import (
	"context"
	"time"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/spool"
	"github.com/donhk/istream/services/recorder/internal/ledger"
	"github.com/donhk/istream/services/recorder/internal/wallclock"
)

// Earlier is what earlier recorders of a camera left: its newest segment, which
// may be in the bucket by now, and those that were cut short.
func Earlier(ctx context.Context, lock *spool.Lock, clock wallclock.Clock) ledger.Life {
	newest := lock.Newest()
	if newest.IsZero() {
		return ledger.Life{}
	}
	life := ledger.Life{Newest: newest, End: newest}
	for f, err := range lock.Spool().Camera(ctx, lock.Camera()) {
		if err != nil || !f.Start.Equal(newest) {
			continue // what can't be read is mended, or told, elsewhere
		}
		info, err := spool.Measure(lock.Spool().Path(f))
		if err != nil {
			continue
		}
		start := f.Start
		if s := info.Stamp; s != nil && s.Boot == clock.Boot() && s.State == events.ClockUnsynced && clock.State() == events.ClockSynced {
			start = wallclock.True(clock, *s).Truncate(time.Millisecond) // what it is about to be called
		}
		life = ledger.Life{Newest: start, End: start.Add(info.Duration)}
	}
	return life
}
