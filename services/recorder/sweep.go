package recorder

import (
	"context"
	"errors"
	"time"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/pause"
	"github.com/donhk/istream/pkg/spool"
	"github.com/donhk/istream/services/recorder/internal/disk"
)

// sweep brings the folders of cameras into order that nobody records any more:
// the footage of one that was given away has to reach the bucket too. It comes
// again until the clock is right, as what was recorded before has to have its
// true time. Cameras that are recorded are in the care of who records them.
func (r *recorder) sweep(ctx context.Context) error {
	// Those who record a camera come first.
	for wait, first := sweepDelay, true; ; wait, first = sweepAgain, false {
		if err := pause.For(ctx, wait); err != nil {
			return err
		}
		right := r.clock.State() != events.ClockUnsynced
		for id := range r.untidy(ctx, first) {
			if err := r.tidy(ctx, id); err != nil && ctx.Err() == nil {
				r.Log.Warn("what was cut short could not be mended", "camera", id, "error", err)
			}
		}
		if right {
			<-ctx.Done()
			return ctx.Err()
		}
	}
}

// untidy lists the cameras with segments that wait for the clock; and, where all
// are asked for, those with segments that are open.
func (r *recorder) untidy(ctx context.Context, all bool) map[string]bool {
	cameras := map[string]bool{}
	for _, id := range r.spool.Unstamped() {
		cameras[id] = true
	}
	if !all {
		return cameras
	}
	for f, err := range r.spool.Scan(ctx) {
		if ctx.Err() != nil {
			break
		}
		if err != nil {
			r.Log.Warn("a part of the spool can't be read", "error", err)
			continue
		}
		if !f.Closed {
			cameras[f.Camera] = true
		}
	}
	return cameras
}

func (r *recorder) tidy(ctx context.Context, id string) error {
	if r.spool.Locked(id) {
		return nil
	}
	lock, err := r.spool.Lock(id, 0)
	if errors.Is(err, spool.ErrLocked) {
		return nil
	}
	if err != nil {
		return err
	}
	k := disk.Keeper{Site: r.site, Lock: lock, News: r.news(), Clock: r.clock, Log: r.Log}
	err = k.Mend(ctx)
	_, _, late := k.Restamp(ctx)
	return errors.Join(err, late, lock.Unlock())
}

const (
	// sweepDelay is longer than it takes recorders to share the cameras.
	sweepDelay = 5 * time.Second
	sweepAgain = time.Minute
)
