package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"

	"github.com/donhk/istream/cmd/istream/internal/coverage"
	"github.com/donhk/istream/pkg/bus"
	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/service"
	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/pkg/spool"
)

// coverageConfig is what accounting for the footage needs.
type coverageConfig struct {
	Site  service.SiteConfig
	Bus   bus.Config
	Spool string `env:"LOCAL_SERVER_BACKUP_DIRECTORY, default=data/spool"`
}

// Validate implements setting.Validator.
func (c coverageConfig) Validate() error { return errors.Join(c.Site.Validate(), c.Bus.Validate()) }

func (a *app) coverage() *cobra.Command {
	var asJSON bool
	var since, until string
	c := &cobra.Command{
		Use: "coverage [CAMERA...]", Short: "Account for every second: footage, or a gap with its cause", GroupID: "see",
		Long: `Tells of each camera how much of the time there is footage of, and lists what is
missing with its cause. Asks the bus at NATS_URL, or at its usual address on this
machine, and looks into the spool where it can be read; one of the two is enough.
What neither of them explains is told as unknown. Times are in UTC. Where the wall
clock was set forward, time is missing that never passed: it counts as neither.`,
		Example: "  istream coverage\n  istream coverage front-door --since 168h\n  istream coverage --since 2026-11-22 --until 2026-11-23T12:00:00Z --json",
		RunE: func(c *cobra.Command, args []string) error {
			q, err := question(args, since, until, time.Now().UTC())
			if err != nil {
				return usageError{fmt.Errorf("%w (see '%s --help')", err, c.CommandPath())}
			}
			var cfg coverageConfig
			if err := a.load(c.Context(), &cfg); err != nil {
				return err
			}
			q.Site = cfg.Site.Site()
			answer, err := account(c.Context(), cfg, q)
			if err != nil {
				return err
			}
			if asJSON {
				err = a.printJSON(answer)
			} else {
				err = coverage.Print(a.out, answer)
			}
			return errors.Join(err, missing(answer, args))
		},
	}
	c.Flags().StringVar(&since, "since", "24h", "begin at this `TIME` (2026-11-22, 2026-11-22T16:03:01Z), or so long ago")
	c.Flags().StringVar(&until, "until", "", "end at this `TIME`, or so long ago; without it: now")
	jsonFlag(c, &asJSON)
	return c
}

// account asks whom it can.
func account(ctx context.Context, cfg coverageConfig, q coverage.Question) (coverage.Coverage, error) {
	var nc *nats.Conn
	var dir *spool.Spool
	nc, err := bus.Dial(cfg.Bus, "istream-coverage")
	if err == nil {
		defer nc.Close()
	}
	if _, missing := os.ReadDir(cfg.Spool); missing == nil {
		var fault error
		if dir, fault = spool.Open(cfg.Spool); fault != nil {
			return coverage.Coverage{}, fault
		}
	} else if err != nil {
		return coverage.Coverage{}, fmt.Errorf("%w; and the spool can't be read: %w", err, missing)
	}
	return coverage.Gather(ctx, q, nc, dir)
}

func question(cameras []string, since, until string, now time.Time) (coverage.Question, error) {
	q := coverage.Question{Cameras: cameras, To: now, Now: until == ""}
	for _, id := range cameras {
		if !events.ValidToken(id) {
			return q, fmt.Errorf("%q is no camera's name: it would be 1 to 64 of [a-z0-9_-]", id)
		}
	}
	var err error
	if q.From, err = moment("--since", since, now); err != nil {
		return q, err
	}
	if until != "" {
		if q.To, err = moment("--until", until, now); err != nil {
			return q, err
		}
	}
	if !q.From.Before(q.To) {
		return q, fmt.Errorf("the end, %s, is not after the beginning, %s", q.To.Format(time.RFC3339), q.From.Format(time.RFC3339))
	}
	return q, nil
}

// moment is a time, or one so long ago.
func moment(flag, text string, now time.Time) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	var d setting.Duration
	if err := d.UnmarshalText([]byte(text)); err != nil || d < 0 {
		return time.Time{}, fmt.Errorf("%s is no time like 2026-11-22 or 2026-11-22T16:03:01Z, and no duration like 24h: %q", flag, text)
	}
	return now.Add(-d.Duration()), nil
}

// missing names the cameras that were asked for and of which nothing is known.
func missing(c coverage.Coverage, asked []string) error {
	for _, id := range asked {
		if !slices.ContainsFunc(c.Cameras, func(known coverage.Camera) bool { return known.Camera == id }) {
			return fmt.Errorf("nothing is known of the camera %s in that time", id)
		}
	}
	return nil
}
