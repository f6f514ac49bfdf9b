package fleet

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/donhk/istream/pkg/bus"
	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/fault"
	"github.com/donhk/istream/pkg/spool"
	"github.com/donhk/istream/services/recorder/internal/camera"
)

// MaxCameras bounds what one site may bring along.
const MaxCameras = 1024

const (
	// grace is how long the bus may take to answer at the start before cameras
	// are recorded without it.
	grace = 2 * time.Second
	// settle is how long everybody has to come, where nobody has a camera yet,
	// before cameras are shared.
	settle = 1500 * time.Millisecond
	// renewal is how often a lease is renewed; it lives for bus.LeaseTTL.
	renewal = time.Second
	// again is how soon a camera that could not be had is tried anew.
	again = 250 * time.Millisecond
	// retry is the same after a fault.
	retry = time.Second
)

// Options are a fleet's.
type Options struct {
	Site, ID string   // of this recorder
	Bus      *bus.Bus // nil: none
	Spool    *spool.Spool
	Manual   []camera.Target
	Target   func(events.Camera) camera.Target // of a camera with a stream
	New      func(camera.Target) *camera.Camera
	Log      *slog.Logger
}

// Fleet is what one recorder knows and records.
type Fleet struct {
	Options
	changed chan struct{}
	fault   *fault.Repeat
	taken   atomic.Uint64 // cameras so far

	roll      *spool.Roll // of follow's goroutines, one after the other
	rollFault *fault.Repeat

	mu      sync.Mutex
	cameras map[string]*entry
	view    view
	leases  *bus.Leases // nil while they can't be had
}

// entry is a camera that is known; stop is set while it is this recorder's.
type entry struct {
	camera *camera.Camera
	byHand bool
	stop   context.CancelFunc
	done   chan struct{}
}

// New is of no camera yet but those by hand.
func New(o Options) *Fleet {
	f := &Fleet{Options: o, changed: make(chan struct{}, 1), fault: fault.New(o.Log, "sharing the cameras"), rollFault: fault.New(o.Log, "reading the recorders' roll"), cameras: map[string]*entry{}}
	for _, t := range o.Manual {
		f.add(t, true)
	}
	return f
}

// Run records until ctx ends, and returns when everything is closed.
func (f *Fleet) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	if f.Bus != nil {
		g.Go(func() error { return f.Bus.WatchCameras(ctx, f.Site, f.see) })
		g.Go(func() error { return f.follow(ctx) })
	}
	g.Go(func() error { return f.manage(ctx) })
	if err := g.Wait(); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// see takes a camera from the registry. One that is lost, or that the discoverer
// can't reach, is recorded all the same where its stream is known: its own
// connection tells better. One whose credentials are refused is not tried.
func (f *Fleet) see(c events.Camera) {
	if !events.ValidToken(c.ID) || len(c.Streams) == 0 || c.Streams[0].URI == "" || c.State == events.CameraAuth || c.State == events.CameraNoStream {
		return
	}
	f.add(f.Target(c), false)
}

// add takes a camera; what was named by hand is not moved by the registry.
func (f *Fleet) add(t camera.Target, byHand bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	known, ok := f.cameras[t.ID]
	switch {
	case ok && known.byHand:
		return
	case ok:
		known.camera.Retarget(t)
		return
	case len(f.cameras) == MaxCameras:
		f.Log.Warn("too many cameras, this one is not recorded", "camera", t.ID, "limit", MaxCameras)
		return
	}
	f.cameras[t.ID] = &entry{camera: f.New(t), byHand: byHand}
	f.wake()
}

// wake has manage look at what is to be recorded.
func (f *Fleet) wake() {
	select {
	case f.changed <- struct{}{}:
	default:
	}
}

// manage starts and stops cameras as they are assigned.
func (f *Fleet) manage(ctx context.Context) error {
	defer f.stopAll()
	begin := time.Now()
	tick := time.NewTicker(renewal)
	defer tick.Stop()
	for {
		if mine, ok := f.assigned(time.Since(begin)); ok {
			f.apply(ctx, mine)
		}
		select {
		case <-f.changed:
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (f *Fleet) apply(ctx context.Context, mine []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for id, e := range f.cameras {
		switch wanted := slices.Contains(mine, id); {
		case e.stop != nil && finished(e.done):
			e.stop()
			e.stop = nil
			f.wake()
		case wanted && e.stop == nil:
			var hold context.Context
			hold, e.stop = context.WithCancel(ctx)
			e.done = make(chan struct{})
			go func() {
				defer close(e.done)
				f.hold(hold, e.camera)
			}()
		case !wanted && e.stop != nil:
			e.stop()
		}
	}
}

func finished(done chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}

func (f *Fleet) stopAll() {
	f.mu.Lock()
	var running []chan struct{}
	for _, e := range f.cameras {
		if e.stop != nil {
			e.stop()
			running = append(running, e.done)
		}
	}
	f.mu.Unlock()
	for _, done := range running {
		<-done
	}
}

// Status lists the cameras that are this recorder's, by name.
func (f *Fleet) Status() []events.RecorderCamera {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := []events.RecorderCamera{}
	for _, e := range f.cameras {
		if e.stop != nil {
			all = append(all, e.camera.Status())
		}
	}
	slices.SortFunc(all, func(a, b events.RecorderCamera) int { return strings.Compare(a.Camera, b.Camera) })
	return all
}
