package cli

import (
	"context"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/donhk/istream/cmd/istream/pipeline"
	"github.com/donhk/istream/pkg/bus"
	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/objstore/s3"
	"github.com/donhk/istream/pkg/service"
	"github.com/donhk/istream/services/discoverer"
	"github.com/donhk/istream/services/janitor"
	"github.com/donhk/istream/services/recorder"
	"github.com/donhk/istream/services/shipper"
)

// connector gives a process its bus.
type connector func(cfg bus.Config, name string, log *slog.Logger) (*bus.Bus, func(), error)

func (a *app) ignite() *cobra.Command {
	return a.service("ignite", "Run everything in one process", `Runs the bus (unless NATS_URL names one), discoverer, recorder, shipper and
janitor in one process, until TERM. The first TERM drains, the second ends.`,
		"  istream ignite --env .env\n  S3_ENDPOINT=http://127.0.0.1:9000 S3_ACCESS_KEY=… S3_SECRET_KEY_FILE=key istream ignite",
		pipeline.All(), pipeline.Host)
}

func (a *app) discoverer() *cobra.Command {
	return a.service(events.ServiceDiscoverer, "Find cameras and publish them",
		"Finds cameras on every network interface and keeps the registry of them on\nthe bus.", "",
		pipeline.Config{Discoverer: &discoverer.Config{}}, pipeline.Join)
}

func (a *app) recorder() *cobra.Command {
	return a.service(events.ServiceRecorder, "Record cameras into the spool",
		"Records a fair share of the cameras into the spool; start as many as you\nlike over the same spool and bus.", "",
		pipeline.Config{Recorder: &recorder.Config{}}, pipeline.Join)
}

func (a *app) shipper() *cobra.Command {
	return a.service(events.ServiceShipper, "Ship closed segments into the bucket",
		"Puts closed segments into the bucket. A local file goes once the store has\nconfirmed the same bytes.", "",
		pipeline.Config{Store: &s3.Config{}, Shipper: &shipper.Config{}}, pipeline.Join)
}

func (a *app) janitor() *cobra.Command {
	return a.service(events.ServiceJanitor, "Hold the bucket to its quota",
		"Deletes the oldest footage whenever there is more than MAX_USED_SPACE.\nWhat iStream did not write is never touched.", "",
		pipeline.Config{Store: &s3.Config{}, Janitor: &janitor.Config{}}, pipeline.Join)
}

func (a *app) service(name, short, long, example string, cfg pipeline.Config, connect connector) *cobra.Command {
	return &cobra.Command{
		Use: name, Short: short, Long: long, Example: example, GroupID: "run", Args: nothing,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.load(c.Context(), &cfg); err != nil {
				return err
			}
			log, err := a.logger(cfg.Log)
			if err != nil {
				return err
			}
			b, shut, err := connect(cfg.Bus, "istream-"+name, log)
			if err != nil {
				return err
			}
			defer shut()
			return pipeline.Run(c.Context(), cfg, b, log)
		},
	}
}

func (a *app) bus() *cobra.Command {
	return &cobra.Command{
		Use: "bus", Short: "Host the bus (NATS with JetStream)", GroupID: "run", Args: nothing,
		Long:    "Hosts the bus for services in other processes, on BUS_LISTEN.",
		Example: "  istream bus\n  nats sub 'segments.>'",
		RunE: func(c *cobra.Command, _ []string) error {
			var cfg pipeline.Config
			if err := a.load(c.Context(), &cfg); err != nil {
				return err
			}
			log, err := a.logger(cfg.Log)
			if err != nil {
				return err
			}
			return hostBus(c.Context(), cfg, log)
		},
	}
}

// hostBus runs nothing but the bus, with its streams made and its health told.
func hostBus(ctx context.Context, cfg pipeline.Config, log *slog.Logger) error {
	cfg.Bus.URL = "" // it is the one that others name
	b, shut, err := pipeline.Host(cfg.Bus, "istream-bus", log)
	if err != nil {
		return err
	}
	defer shut()
	health := service.NewHealth()
	stop, err := health.Serve(cfg.Health, log)
	if err != nil {
		return err
	}
	defer stop()
	if err := b.Ready(ctx); err != nil {
		return nil // told to stop before it was up
	}
	health.Set(events.ServiceBus, nil)
	<-ctx.Done()
	return nil
}
