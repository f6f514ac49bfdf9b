package shipper

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/donhk/istream/pkg/bus"
	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/objstore"
	"github.com/donhk/istream/pkg/service"
	"github.com/donhk/istream/pkg/spool"
	"github.com/donhk/istream/services/shipper/internal/backlog"
)

// Deps are what the shipper works with.
type Deps struct {
	Bus    *bus.Bus
	Store  objstore.Writer
	Log    *slog.Logger
	Health *service.Health
}

// limits are what a test may want to reach sooner.
type limits struct {
	Held         int           // segments known by name; those beyond are counted
	Longest      time.Duration // between two tries of the line
	LongestAlone time.Duration // between two tries of a segment that others overtook
	Drain        time.Duration // for uploads under way when ctx ends
}

func usual() limits {
	return limits{Held: 4096, Longest: time.Minute, LongestAlone: 10 * time.Minute, Drain: 10 * time.Second}
}

// Run ships until ctx ends, which is no error. Neither store nor bus need be
// there. An upload under way then has ten seconds to finish; what does not is
// shipped at the next start.
func Run(ctx context.Context, cfg Config, deps Deps) error { return run(ctx, cfg, deps, usual()) }

func run(ctx context.Context, cfg Config, deps Deps, l limits) error {
	dir, err := spool.Open(cfg.Spool)
	if err != nil {
		return err
	}
	s := assemble(cfg, deps, dir, l)
	stop, err := service.Answer(deps.Bus.NC, cfg.Site(), events.ServiceShipper, func() any { return s.status() }, deps.Log)
	if err != nil {
		return err
	}
	defer stop()
	deps.Health.Set(events.ServiceShipper, nil)
	deps.Log.Info("shipping", "site", cfg.Site(), "spool", dir.Root(), "uploads", cfg.Concurrency)

	uploads, cut := lasting(ctx, l.Drain)
	defer cut()
	group, running := errgroup.WithContext(ctx)
	group.Go(func() error { return s.follow(running) })
	group.Go(func() error { return s.remember(running) })
	group.Go(func() error { return s.watchSpool(running) })
	for range cfg.Concurrency {
		group.Go(func() error { return s.work(running, uploads) })
	}
	if err := group.Wait(); ctx.Err() == nil {
		return err
	}
	return nil
}

// lasting outlives ctx by d.
func lasting(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	longer, cut := context.WithCancel(context.WithoutCancel(ctx))
	unhook := context.AfterFunc(ctx, func() { time.AfterFunc(d, cut) })
	return longer, func() { unhook(); cut() }
}

// shipper is one Run.
type shipper struct {
	cfg   Config
	deps  Deps
	spool *spool.Spool

	disk    sync.Mutex // looking at the spool and changing it exclude each other; before mu
	mu      sync.Mutex
	backlog *backlog.Backlog
	changed chan struct{} // closed when the backlog has changed, and replaced
	look    chan struct{} // asks for a look at the spool

	report report
	faults faults
}

func assemble(cfg Config, deps Deps, dir *spool.Spool, l limits) *shipper {
	first := cfg.Reconnect.Duration()
	patience := func(last time.Duration) backlog.Patience {
		return backlog.Patience{First: first, Last: max(first, last), Chance: rand.Float64}
	}
	return &shipper{
		cfg: cfg, deps: deps, spool: dir,
		backlog: backlog.New(l.Held, patience(l.Longest), patience(l.LongestAlone)),
		changed: make(chan struct{}), look: make(chan struct{}, 1),
		report: newReport(), faults: newFaults(deps.Log),
	}
}

// update changes the backlog and wakes who waits for it.
func (s *shipper) update(change func(*backlog.Backlog)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s.backlog)
	close(s.changed)
	s.changed = make(chan struct{})
	if s.backlog.Low() {
		s.lookAgain()
	}
}

func (s *shipper) lookAgain() {
	select {
	case s.look <- struct{}{}:
	default: // asked for already
	}
}
