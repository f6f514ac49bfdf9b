package janitor

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/donhk/istream/pkg/bus"
	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/objstore"
	"github.com/donhk/istream/pkg/service"
	"github.com/donhk/istream/services/janitor/internal/audit"
	"github.com/donhk/istream/services/janitor/internal/evict"
	"github.com/donhk/istream/services/janitor/internal/feed"
	"github.com/donhk/istream/services/janitor/internal/ledger"
)

// Deps are what the janitor works with.
type Deps struct {
	Bus        *bus.Bus
	Store      objstore.Bucket
	BucketName string // that of Store, as events tell it
	Log        *slog.Logger
	Health     *service.Health
}

// Run keeps the bucket within the quota until ctx ends, which is no error.
// Neither store nor bus need be there.
func Run(ctx context.Context, cfg Config, deps Deps) error {
	j := assemble(cfg, deps)
	stop, err := service.Answer(deps.Bus.NC, cfg.Site(), events.ServiceJanitor, func() any { return j.status() }, deps.Log)
	if err != nil {
		return err
	}
	defer stop()
	deps.Health.Set(events.ServiceJanitor, nil)
	deps.Log.Info("keeping the bucket within its quota", "site", cfg.Site(), "quota", cfg.MaxUsedSpace.String(), "listing", cfg.CleanDirInterval.String())

	group, running := errgroup.WithContext(ctx)
	group.Go(func() error { return j.auditor.Run(running) })
	group.Go(func() error { return j.evictor.Run(running) })
	group.Go(func() error { return j.feed.Store(running) })
	group.Go(func() error { return j.feed.Shipper(running) })
	if err := group.Wait(); ctx.Err() == nil {
		return err
	}
	return nil
}

// janitor is the parts of one Run, and what they tell each other.
type janitor struct {
	cfg  Config
	deps Deps

	ledger  *ledger.Ledger
	auditor *audit.Auditor
	evictor *evict.Evictor
	feed    *feed.Feed
	pulse   *feed.Pulse
	deleted atomic.Uint64 // objects
}

func assemble(cfg Config, deps Deps) *janitor {
	j := &janitor{cfg: cfg, deps: deps, ledger: ledger.New(ledger.Scope{Site: cfg.Site()})}
	interval := cfg.CleanDirInterval.Duration()
	j.pulse = &feed.Pulse{Patience: max(2*interval, 30*time.Second)}
	j.auditor = audit.New(audit.Config{
		Interval: interval, Found: j.found, Vanished: j.vanished, Done: func() { j.evictor.Kick() },
	}, deps.Store, j.ledger, deps.Log)
	j.evictor = evict.New(evict.Config{
		Quota: cfg.MaxUsedSpace.Bytes(), Deleted: j.evicted, Vanished: j.vanished,
	}, deps.Store, j.ledger, deps.Log)
	j.feed = &feed.Feed{
		Bus: deps.Bus, Site: cfg.Site(), Changed: j.changed, Uploaded: j.uploaded, Missed: j.auditor.Hasten,
	}
	return j
}
