package fleet

import (
	"context"
	"errors"
	"time"

	"github.com/donhk/istream/pkg/bus"
	"github.com/donhk/istream/pkg/fault"
	"github.com/donhk/istream/pkg/spool"
)

// look is how often the roll is read.
const look = 500 * time.Millisecond

// mourn frees at once what a recorder had that has ended without a word, until
// ctx ends. Without the roll its leases run out by themselves, later.
func (f *Fleet) mourn(ctx context.Context) error {
	repeat := fault.New(f.Log, "reading the recorders' roll")
	var roll *spool.Roll
	defer func() {
		if roll != nil {
			if err := roll.Leave(); err != nil {
				f.Log.Debug("the roll is left to others", "error", err)
			}
		}
	}()
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		err := f.mournOnce(ctx, &roll)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			repeat.Failed(err)
		default:
			repeat.Recovered()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (f *Fleet) mournOnce(ctx context.Context, roll **spool.Roll) (err error) {
	if *roll == nil {
		if *roll, err = f.Spool.Enrol(f.ID); err != nil {
			return err
		}
	}
	leases := f.present()
	if leases == nil || !f.complete() {
		return nil
	}
	ended, err := (*roll).Ended()
	for _, id := range ended {
		if err := errors.Join(err, f.evict(ctx, leases, id)); err != nil {
			return err
		}
		// Only now: until it is done, every other recorder has the same to do.
		if err := (*roll).Strike(id); err != nil {
			return err
		}
		f.Log.Info("a recorder has ended without a word, its cameras are free", "recorder", id)
	}
	return err
}

// complete tells whether all that the leases tell is known.
func (f *Fleet) complete() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return !f.view.since.IsZero()
}

// evict takes its leases from a recorder that has ended.
func (f *Fleet) evict(ctx context.Context, leases *bus.Leases, id string) error {
	try, cancel := context.WithTimeout(ctx, bus.LeaseTTL)
	defer cancel()
	faults := []error{leases.Evict(try, f.memberKey(id), id)}
	for c, h := range f.holdersOf(id) {
		faults = append(faults, leases.Evict(try, f.cameraKey(c), h))
	}
	return errors.Join(faults...)
}

// holdersOf lists the cameras of a recorder, each with the holder that its lease
// names.
func (f *Fleet) holdersOf(id string) map[string]string {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := map[string]string{}
	for c, h := range f.view.holders {
		if h.Member == id {
			all[c] = formatHolder(h)
		}
	}
	return all
}
