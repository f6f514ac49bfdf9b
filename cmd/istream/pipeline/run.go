package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/donhk/istream/pkg/bus"
	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/objstore/s3"
	"github.com/donhk/istream/pkg/service"
	"github.com/donhk/istream/services/discoverer"
	"github.com/donhk/istream/services/janitor"
	"github.com/donhk/istream/services/recorder"
	"github.com/donhk/istream/services/shipper"
)

// Run runs the services of cfg on b until ctx ends and all have drained. One
// that fails ends the others: a supervisor starts the whole anew.
func Run(ctx context.Context, cfg Config, b *bus.Bus, log *slog.Logger) error {
	health := service.NewHealth()
	stop, err := health.Serve(cfg.Health, log)
	if err != nil {
		return err
	}
	defer stop()
	store, shut, err := openStore(cfg.Store)
	if err != nil {
		return err
	}
	defer shut()
	parts := parts(cfg, b, store, health, log)
	group, ctx := errgroup.WithContext(ctx)
	for _, p := range parts {
		group.Go(func() error {
			health.Set(p.name, nil)
			err := p.run(ctx)
			if err == nil || ctx.Err() != nil && errors.Is(err, ctx.Err()) {
				return nil
			}
			health.Set(p.name, err)
			return fmt.Errorf("%s: %w", p.name, err)
		})
	}
	log.Info("running", "services", names(parts), "site", cfg.Site.Site(), "version", service.Version())
	return group.Wait()
}

// part is a service that is ready to run.
type part struct {
	name string
	run  func(context.Context) error
}

// openStore gives nil where no service needs the store.
func openStore(cfg *s3.Config) (store *s3.Bucket, shut func(), err error) {
	if cfg == nil {
		return nil, func() {}, nil
	}
	if store, err = s3.Open(*cfg); err != nil {
		return nil, nil, err
	}
	return store, store.Close, nil
}

func parts(cfg Config, b *bus.Bus, store *s3.Bucket, health *service.Health, log *slog.Logger) []part {
	var all []part
	add := func(name string, run func(context.Context, *slog.Logger) error) {
		all = append(all, part{name, func(ctx context.Context) error { return run(ctx, log.With("service", name)) }})
	}
	if c := cfg.Discoverer; c != nil {
		add(events.ServiceDiscoverer, func(ctx context.Context, log *slog.Logger) error {
			return discoverer.Run(ctx, *c, discoverer.Deps{Bus: b, Log: log, Health: health})
		})
	}
	if c := cfg.Recorder; c != nil {
		add(events.ServiceRecorder, func(ctx context.Context, log *slog.Logger) error {
			return recorder.Run(ctx, *c, recorder.Deps{Bus: b, Log: log, Health: health})
		})
	}
	if c := cfg.Shipper; c != nil {
		add(events.ServiceShipper, func(ctx context.Context, log *slog.Logger) error {
			return shipper.Run(ctx, *c, shipper.Deps{Bus: b, Store: store, Log: log, Health: health})
		})
	}
	if c := cfg.Janitor; c != nil {
		add(events.ServiceJanitor, func(ctx context.Context, log *slog.Logger) error {
			group, ctx := errgroup.WithContext(ctx)
			group.Go(func() error { return makeBucket(ctx, store, log) })
			group.Go(func() error {
				return janitor.Run(ctx, *c, janitor.Deps{Bus: b, Store: store, BucketName: cfg.Store.Bucket, Log: log, Health: health})
			})
			return group.Wait()
		})
	}
	return all
}

func names(parts []part) string {
	all := make([]string, len(parts))
	for i, p := range parts {
		all[i] = p.name
	}
	return strings.Join(all, " ")
}
