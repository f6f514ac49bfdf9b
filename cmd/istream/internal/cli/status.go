package cli

import (
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"

	"github.com/donhk/istream/cmd/istream/internal/status"
	"github.com/donhk/istream/pkg/bus"
	"github.com/donhk/istream/pkg/service"
)

func (a *app) status() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "status", Short: "Tell how the pipeline is doing", GroupID: "see", Args: cobra.NoArgs,
		Long: `Tells of each camera how old its newest frame is, on disk and in the bucket,
and what waits; then how the services are, and how full the quota is. Asks the
bus at NATS_URL, or at its usual address on this machine.`,
		Example: "  istream status\n  istream status --json | jq '.cameras[] | {camera, in_bucket}'",
		RunE: func(c *cobra.Command, _ []string) error {
			var cfg struct {
				Site service.SiteConfig
				Bus  bus.Config
			}
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
	address := cfg.URL
	if address == "" {
		address = "nats://" + cfg.Listen
	}
	opts := []nats.Option{nats.Name("istream-status"), nats.Timeout(3 * time.Second), nats.NoReconnect()}
	if cfg.Creds != "" {
		opts = append(opts, nats.UserCredentials(cfg.Creds))
	}
	if cfg.Token != "" {
		opts = append(opts, nats.Token(cfg.Token.Reveal()))
	}
	nc, err := nats.Connect(address, opts...)
	if err != nil {
		return nil, fmt.Errorf("no bus answers at %s (does 'istream ignite' or 'istream bus' run?): %w", redact(address), err)
	}
	return nc, nil
}

// redact keeps a password or token in NATS_URL off the screen.
func redact(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "NATS_URL"
	}
	u.User = nil
	return u.String()
}
