package discoverer

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/donhk/istream/pkg/bus"
	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/fault"
	"github.com/donhk/istream/pkg/pause"
	"github.com/donhk/istream/pkg/service"
	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/services/discoverer/internal/nic"
	"github.com/donhk/istream/services/discoverer/internal/registry"
	"github.com/donhk/istream/services/discoverer/internal/survey"
)

// Deps are what the discoverer works with.
type Deps struct {
	Bus    *bus.Bus
	Log    *slog.Logger
	Health *service.Health
}

// Run finds cameras until ctx ends; then it returns nil.
func Run(ctx context.Context, cfg Config, deps Deps) (err error) {
	selection, err := nic.ParseSelection(cfg.NICs)
	if err != nil {
		return fmt.Errorf("discoverer: BROADCAST_NIC: %w", err)
	}
	deps.Health.Set(events.ServiceDiscoverer, nil)
	defer func() {
		if err != nil {
			deps.Health.Set(events.ServiceDiscoverer, err)
		}
	}()
	site := cfg.Site.Site()
	c := &catalogue{site: site, log: deps.Log}
	stop, err := service.Answer(deps.Bus.NC, site, events.ServiceDiscoverer, func() any { return c.status() }, deps.Log)
	if err != nil {
		return fmt.Errorf("discoverer: %w", err)
	}
	defer stop()
	known, err := load(ctx, deps.Bus, site, deps.Log)
	if err != nil {
		return nil // ctx ended before there was a bus
	}
	p := newPublisher(deps.Bus, site, deps.Log)
	s := survey.New(options(cfg, selection, deps.Log, c.take))
	defer s.Close()
	c.open(registry.New(site, manual(cfg.Cameras), cfg.Names, known), p.put, s.NICs)

	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return p.run(ctx, c.cameras) })
	g.Go(func() error { return s.Run(ctx) })
	changed := make(chan struct{}, 1)
	g.Go(func() error { nic.Watch(ctx, func() { signal(changed) }); return nil })
	g.Go(func() error { return scan(ctx, cfg.Interval.Duration(), s, c, p, changed) })
	return g.Wait()
}

func options(cfg Config, selection nic.Selection, log *slog.Logger, found func(survey.Finding)) survey.Options {
	return survey.Options{
		NICs: selection, Window: cfg.Window.Duration(), Port: cfg.port,
		Cameras: cfg.Cameras, Names: cfg.Names, Credentials: cfg.Credentials, Log: log, Found: found,
	}
}

// load asks the bus for what was known before, as long as it takes.
func load(ctx context.Context, b *bus.Bus, site string, log *slog.Logger) ([]events.Camera, error) {
	repeat := fault.New(log, "reading the known cameras")
	for {
		if err := b.Ready(ctx); err != nil {
			return nil, err
		}
		known, err := cameras(ctx, b, site)
		if err == nil {
			repeat.Recovered()
			return known, ctx.Err()
		}
		repeat.Failed(err)
		if pause.For(ctx, time.Second) != nil {
			return nil, ctx.Err()
		}
	}
}

// scan goes on and on: each interval, give or take a tenth so that several
// sites of a network don't march in step, and when the NICs have changed.
func scan(ctx context.Context, interval time.Duration, s *survey.Survey, c *catalogue, p *publisher, nics <-chan struct{}) error {
	counts := true
	for ctx.Err() == nil {
		begin := time.Now()
		s.Scan(ctx)
		if ctx.Err() != nil {
			break
		}
		c.scanned(counts)
		p.check()
		jitter := time.Duration((rand.Float64() - 0.5) * 0.2 * float64(interval))
		counts = waitForScan(ctx, begin.Add(interval+jitter), nics, s.Changed)
	}
	return nil
}

// signal notes that there is something to do.
func signal(work chan<- struct{}) {
	select {
	case work <- struct{}{}:
	default: // that is noted already
	}
}

// settle is how long a NIC that comes up may take: it tells of its link, its
// address and its carrier one by one.
const settle = 200 * time.Millisecond

// waitForScan returns true when the time has come, and false when the NICs
// have changed before: such a scan is no fair chance for a camera to be seen.
func waitForScan(ctx context.Context, next time.Time, nics <-chan struct{}, changed func() bool) bool {
	timer := time.NewTimer(time.Until(next))
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			return true
		case <-ctx.Done():
			return false
		case <-nics:
			if pause.For(ctx, settle) != nil || changed() {
				return false
			}
		}
	}
}

// manual is what the registry has to know of CAMERAS.
func manual(cameras setting.Cameras) []registry.Manual {
	var all []registry.Manual
	for _, m := range cameras {
		host, port, err := net.SplitHostPort(m.Address)
		if err != nil {
			host, port = strings.Trim(m.Address, "[]"), ""
		}
		all = append(all, registry.Manual{ID: m.ID(), Host: host, Port: port, URI: m.URI})
	}
	return all
}
