package recorder

import (
	"context"
	"errors"
	"time"

	"github.com/donhk/istream/pkg/pause"
	"github.com/donhk/istream/pkg/spool"
	"github.com/donhk/istream/services/recorder/internal/disk"
)

// sweep mends what was cut short of cameras that nobody records any more: the
// footage of one that was given away has to reach the bucket too. Cameras that
// are recorded are mended by who records them.
func (r *recorder) sweep(ctx context.Context) error {
	// Those who record a camera come first.
	if err := pause.For(ctx, sweepDelay); err != nil {
		return err
	}
	cameras := map[string]bool{}
	for f, err := range r.spool.Scan(ctx) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			r.Log.Warn("a part of the spool can't be read", "error", err)
			continue
		}
		if !f.Closed {
			cameras[f.Camera] = true
		}
	}
	for id := range cameras {
		if err := r.mend(ctx, id); err != nil {
			r.Log.Warn("what was cut short could not be mended", "camera", id, "error", err)
		}
	}
	<-ctx.Done()
	return ctx.Err()
}

func (r *recorder) mend(ctx context.Context, id string) error {
	lock, err := r.spool.Lock(id, 0)
	if errors.Is(err, spool.ErrLocked) {
		return nil
	}
	if err != nil {
		return err
	}
	err = disk.Mend(ctx, lock, r.site, r.news(), r.Log)
	return errors.Join(err, lock.Unlock())
}

// sweepDelay is longer than it takes recorders to share the cameras.
const sweepDelay = 5 * time.Second
