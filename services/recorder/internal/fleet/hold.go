package fleet

import (
	"context"
	"errors"
	"time"

	"github.com/donhk/istream/pkg/bus"
	"github.com/donhk/istream/pkg/fault"
	"github.com/donhk/istream/pkg/spool"
	"github.com/donhk/istream/services/recorder/internal/camera"
	"github.com/donhk/istream/services/recorder/internal/share"
)

// errLost says that the camera is another recorder's now.
var errLost = errors.New("another recorder has the camera now")

// claim is a camera's lease, if there is one, and who granted it.
type claim struct {
	key    string
	holder string
	lease  *bus.Lease
	leases *bus.Leases
}

// hold records a camera while it is this recorder's.
func (f *Fleet) hold(ctx context.Context, c *camera.Camera) {
	repeat := fault.New(f.Log.With("camera", c.ID), "leasing the camera")
	for ctx.Err() == nil {
		wait := again
		err := f.holdOnce(ctx, c, repeat)
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, bus.ErrHeld), errors.Is(err, spool.ErrLocked):
			// Its recorder is about to let it go, or to die.
			f.Log.Debug("the camera is not free yet", "camera", c.ID, "reason", err)
		case errors.Is(err, errLost):
			f.Log.Info("the camera is another recorder's now", "camera", c.ID)
		case errors.Is(err, spool.ErrGone): // and is made again
		case err != nil:
			wait = retry // of the lease, or of the folder: told already
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
	}
}

// holdOnce records until ctx ends or the camera can't be had any more.
func (f *Fleet) holdOnce(ctx context.Context, c *camera.Camera, repeat *fault.Repeat) error {
	cl := &claim{key: f.cameraKey(c.ID), holder: formatHolder(share.Holding{Member: f.ID, Order: f.taken.Add(1)})}
	// Who records without a lease lives, though the bus has lost it or has not got
	// it back yet: neither lease nor token is taken from under it.
	if f.Spool.Locked(c.ID) {
		return spool.ErrLocked
	}
	if err := f.acquire(ctx, cl); err != nil {
		if !errors.Is(err, bus.ErrHeld) && ctx.Err() == nil {
			repeat.Failed(err)
		}
		return err
	}
	repeat.Recovered()
	run, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	token, kept := cl.token(), make(chan struct{})
	go func() {
		defer close(kept)
		f.keep(run, cancel, cl, c)
	}()
	err := c.Run(run, token)
	if errors.Is(err, spool.ErrFenced) && run.Err() == nil && f.confirmed(run, cl) {
		// The lease is ours, so the higher token is of another life of the bus,
		// whose files are gone.
		err = c.Run(run, 0)
	}
	if why := context.Cause(run); why != nil && ctx.Err() == nil {
		err = why
	}
	cancel(nil)
	<-kept
	if cl.lease != nil && f.Bus.NC.IsConnected() {
		f.release(cl.leases, *cl.lease)
	}
	return err
}

func (c *claim) token() uint64 {
	if c.lease == nil {
		return 0
	}
	return c.lease.Token
}

// present is the leases, nil while the bus is away.
func (f *Fleet) present() *bus.Leases {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.leases == nil || !f.Bus.NC.IsConnected() {
		return nil
	}
	return f.leases
}

// acquire gets the lease. Without a bus there is none to get, and the lock of
// the folder decides alone.
func (f *Fleet) acquire(ctx context.Context, cl *claim) error {
	leases := f.present()
	if leases == nil {
		return nil
	}
	try, cancel := context.WithTimeout(ctx, renewal)
	defer cancel()
	lease, err := leases.Acquire(try, cl.key, cl.holder)
	if err != nil {
		return err
	}
	cl.lease, cl.leases = &lease, leases
	return nil
}

// confirmed asks the bus whether the camera is held by this recorder.
func (f *Fleet) confirmed(ctx context.Context, cl *claim) bool {
	leases := f.present()
	if leases == nil {
		return false
	}
	try, cancel := context.WithTimeout(ctx, renewal)
	defer cancel()
	_, err := leases.Acquire(try, cl.key, cl.holder)
	return err == nil
}

// keep renews the lease, gets it where there is none yet or it ran out, and ends
// the recording where it is another's. While the bus is away nothing is done:
// whoever records goes on.
func (f *Fleet) keep(ctx context.Context, lost context.CancelCauseFunc, cl *claim, c *camera.Camera) {
	tick := time.NewTicker(renewal)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		leases := f.present()
		if leases == nil {
			continue
		}
		try, cancel := context.WithTimeout(ctx, renewal)
		err := bus.ErrHeld
		if cl.lease != nil {
			err = leases.Renew(try, cl.lease)
		}
		if errors.Is(err, bus.ErrHeld) {
			if err = f.acquire(try, cl); err == nil {
				f.raise(cl, c)
			}
		}
		cancel()
		if errors.Is(err, bus.ErrHeld) {
			lost(errLost)
			return
		}
	}
}

// raise tells the lock of a newer lease. One that is lower is of another life of
// the bus: lease and folder are ours all the same.
func (f *Fleet) raise(cl *claim, c *camera.Camera) {
	if err := c.Raise(cl.token()); err != nil {
		f.Log.Debug("the token of the folder stays", "camera", c.ID, "reason", err)
	}
}
