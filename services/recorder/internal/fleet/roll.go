package fleet

import (
	"context"
	"errors"
	"time"

	"github.com/donhk/istream/pkg/bus"
)

// look is how often the roll is read.
const look = 500 * time.Millisecond

// mourn frees at once what recorders had that have ended without a word, until
// ctx ends. Without the roll their leases run out by themselves, later.
func (f *Fleet) mourn(ctx context.Context, leases *bus.Leases) error {
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		if f.company() {
			f.mournOnce(ctx, leases)
		}
	}
}

// company tells whether there is another recorder.
func (f *Fleet) company() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.view.members) > 1
}

func (f *Fleet) mournOnce(ctx context.Context, leases *bus.Leases) {
	err := f.evictEnded(ctx, leases)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		f.rollFault.Failed(err)
	default:
		f.rollFault.Recovered()
	}
}

func (f *Fleet) evictEnded(ctx context.Context, leases *bus.Leases) (err error) {
	if f.roll == nil {
		if f.roll, err = f.Spool.Enrol(f.ID); err != nil {
			return err
		}
	}
	ended, err := f.roll.Ended()
	for _, id := range ended {
		if err := f.evict(ctx, leases, id); err != nil {
			return err
		}
		// Only now: until it is done, every other recorder has the same to do.
		if err := f.roll.Strike(id); err != nil {
			return err
		}
		f.Log.Info("a recorder has ended without a word, its cameras are free", "recorder", id)
	}
	return err
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

// leave takes this recorder off the roll.
func (f *Fleet) leave() {
	if f.roll == nil {
		return
	}
	if err := f.roll.Leave(); err != nil {
		f.Log.Debug("the roll is left to others", "error", err)
	}
}
