package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"

	"github.com/donhk/istream/cmd/istream/internal/status"
	"github.com/donhk/istream/pkg/bus"
	"github.com/donhk/istream/pkg/service"
)

// statusConfig is what asking the services needs.
type statusConfig struct {
	Site service.SiteConfig
	Bus  bus.Config
}

// Validate implements setting.Validator.
func (c statusConfig) Validate() error { return errors.Join(c.Site.Validate(), c.Bus.Validate()) }

func (a *app) status() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "status", Short: "Tell how the pipeline is doing", GroupID: "see", Args: nothing,
		Long: `Tells of each camera how old its newest frame is, on disk and in the bucket,
and what waits; then how the services are, and how full the quota is. Asks the
bus at NATS_URL, or at its usual address on this machine.`,
		Example: "  istream status\n  istream status --json | jq '.cameras[] | {camera, in_bucket}'",
		RunE: func(c *cobra.Command, _ []string) error {
			var cfg statusConfig
			if err := a.load(c.Context(), &cfg); err != nil {
				return err
			}
			nc, err := dial(cfg.Bus)
			if err != nil {
				return err
			}
			defer nc.Close()
			s, err := status.Gather(c.Context(), nc, cfg.Site.Site())
			if err != nil {
				return err
			}
			if !asJSON {
				return status.Print(a.out, s)
			}
			out := json.NewEncoder(a.out)
			out.SetIndent("", "  ")
			return out.Encode(s)
		},
	}
	jsonFlag(c, &asJSON)
	return c
}

// dial fails at once where no bus answers, unlike what a service does.
func dial(cfg bus.Config) (*nats.Conn, error) {
	if cfg.URL == "" {
		cfg.URL = "nats://" + cfg.Listen
	}
	opts := []nats.Option{nats.Name("istream-status"), nats.Timeout(3 * time.Second), nats.NoReconnect()}
	if cfg.Creds != "" {
		opts = append(opts, nats.UserCredentials(cfg.Creds))
	}
	if cfg.Token != "" {
		opts = append(opts, nats.Token(cfg.Token.Reveal()))
	}
	nc, err := nats.Connect(cfg.URL, opts...)
	if err != nil {
		return nil, fmt.Errorf("no bus answers at %s (does 'istream ignite' or 'istream bus' run?): %w", cfg.Address(), err)
	}
	return nc, nil
}
