package cli

import (
	"errors"

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
			nc, err := bus.Dial(cfg.Bus, "istream-status")
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
			return a.printJSON(s)
		},
	}
	jsonFlag(c, &asJSON)
	return c
}
