package fleet

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/donhk/istream/pkg/bus"
	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/pause"
	"github.com/donhk/istream/services/recorder/internal/share"
)

// view is what the leases tell: who lives, and who has which camera.
type view struct {
	since   time.Time // when it became complete; zero while it is not
	seen    bool      // it has been complete once
	young   bool      // nobody had a camera then
	members map[string]bool
	holders map[string]share.Holding
}

// memberKey and its likes have three tokens, so that no camera's key is one.
func (f *Fleet) memberKey(id string) string { return "member." + f.Site + "." + id }

func (f *Fleet) cameraKey(id string) string { return events.CameraKey(f.Site, id) }

// assigned lists this recorder's cameras; ok is false while nothing should
// change: everybody keeps what they have.
func (f *Fleet) assigned(running time.Duration) (mine []string, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := slices.Collect(maps.Keys(f.cameras))
	switch {
	case f.Bus == nil, !f.view.seen && running > grace:
		return all, true
	case f.view.since.IsZero(), f.view.young && time.Since(f.view.since) < settle:
		return nil, false
	}
	members := slices.Collect(maps.Keys(f.view.members))
	if !f.view.members[f.ID] {
		members = append(members, f.ID)
	}
	for c, m := range share.Assign(all, members, f.view.holders) {
		if m == f.ID {
			mine = append(mine, c)
		}
	}
	return mine, true
}

// follow shows that this recorder lives, and keeps the view, until ctx ends.
func (f *Fleet) follow(ctx context.Context) error {
	defer f.leave()
	for {
		err := f.Bus.Ready(ctx)
		if err == nil {
			err = f.followOnce(ctx)
		}
		f.forget()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		f.fault.Failed(err)
		if err := pause.For(ctx, time.Second); err != nil {
			return err
		}
	}
}

func (f *Fleet) followOnce(ctx context.Context) error {
	leases, err := f.Bus.Leases(ctx)
	if err != nil {
		return err
	}
	f.mu.Lock()
	f.leases = leases
	f.view.members, f.view.holders = map[string]bool{}, map[string]share.Holding{}
	f.mu.Unlock()

	g, ctx := errgroup.WithContext(ctx)
	listed := make(chan struct{}, 2)
	done := func() { listed <- struct{}{} }
	g.Go(func() error { return leases.Watch(ctx, f.memberKey("*"), f.member, done) })
	g.Go(func() error { return leases.Watch(ctx, f.cameraKey("*"), f.holder, done) })
	g.Go(func() error {
		for range 2 {
			select {
			case <-listed:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		f.fault.Recovered()
		// Who came in a dead one's place does not share with it.
		f.mournOnce(ctx, leases)
		g.Go(func() error { return f.live(ctx, leases) })
		f.mu.Lock()
		f.view.since, f.view.seen, f.view.young = time.Now(), true, len(f.view.holders) == 0
		f.mu.Unlock()
		f.wake()
		return f.mourn(ctx, leases)
	})
	return g.Wait()
}

// forget keeps what is known of the others from being acted on.
func (f *Fleet) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.view.since, f.leases = time.Time{}, nil
}

func (f *Fleet) member(key, holder string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if id := key[strings.LastIndexByte(key, '.')+1:]; holder == "" {
		delete(f.view.members, id)
	} else {
		f.view.members[id] = true
	}
	f.wake()
}

func (f *Fleet) holder(key, holder string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	id, h := key[strings.LastIndexByte(key, '.')+1:], parseHolder(holder)
	if h == f.view.holders[id] {
		return // renewed
	}
	if f.view.holders[id] = h; h.Member == "" {
		delete(f.view.holders, id)
	}
	f.wake()
}

// formatHolder is a holder as the lease of a camera names it.
func formatHolder(h share.Holding) string { return h.Member + " " + strconv.FormatUint(h.Order, 10) }

func parseHolder(text string) share.Holding {
	member, order, _ := strings.Cut(text, " ")
	n, _ := strconv.ParseUint(order, 10, 64) // an order that is none comes first
	return share.Holding{Member: member, Order: n}
}

// live holds the lease that shows that this recorder lives.
func (f *Fleet) live(ctx context.Context, leases *bus.Leases) error {
	var lease bus.Lease
	tick := time.NewTicker(renewal)
	defer tick.Stop()
	defer func() {
		if lease.Key != "" {
			f.release(leases, lease)
		}
	}()
	for {
		try, cancel := context.WithTimeout(ctx, bus.LeaseTTL)
		err := bus.ErrHeld
		if lease.Key != "" {
			err = leases.Renew(try, &lease)
		}
		if errors.Is(err, bus.ErrHeld) {
			lease, err = leases.Acquire(try, f.memberKey(f.ID), f.ID)
		}
		cancel()
		if err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// release gives a lease back at once, so that nobody has to wait for it to run
// out.
func (f *Fleet) release(leases *bus.Leases, lease bus.Lease) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := leases.Release(ctx, lease); err != nil {
		f.Log.Debug("a lease is left to run out", "key", lease.Key, "error", err)
	}
}
