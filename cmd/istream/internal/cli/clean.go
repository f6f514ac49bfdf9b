package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/donhk/istream/pkg/objstore/s3"
	"github.com/donhk/istream/pkg/service"
	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/services/janitor"
)

// cleanConfig is what one pass of the janitor needs.
type cleanConfig struct {
	Log     service.LogConfig
	Store   s3.Config
	Janitor janitor.Config
}

// Validate implements setting.Validator.
func (c cleanConfig) Validate() error {
	return errors.Join(c.Log.Validate(), c.Store.Validate(), c.Janitor.Validate())
}

func (a *app) clean() *cobra.Command {
	var asJSON, dryRun bool
	c := &cobra.Command{
		Use: "clean", Short: "Bring the bucket within its quota, once", GroupID: "step", Args: nothing,
		Long: `Lists the bucket and deletes the oldest footage of SITE until no more than
MAX_USED_SPACE is left. What iStream did not write is never touched, and the
newest segment of each camera stays. No bus is needed.`,
		Example: "  istream clean --dry-run\n  MAX_USED_SPACE=2GB istream clean --json",
		RunE: func(c *cobra.Command, _ []string) error {
			var cfg cleanConfig
			if err := a.load(c.Context(), &cfg); err != nil {
				return err
			}
			log, err := a.logger(cfg.Log)
			if err != nil {
				return err
			}
			store, err := s3.Open(cfg.Store)
			if err != nil {
				return err
			}
			defer store.Close()
			report, err := janitor.Clean(c.Context(), cfg.Janitor, store, dryRun, log)
			if err != nil && report.Before == 0 {
				return err // it did not get to know what there is
			}
			return errors.Join(a.printClean(report, asJSON), err)
		},
	}
	c.Flags().BoolVar(&dryRun, "dry-run", false, "only tell what would go")
	jsonFlag(c, &asJSON)
	return c
}

func (a *app) printClean(r janitor.Report, asJSON bool) error {
	if asJSON {
		return a.printJSON(r)
	}
	p, gone := printer{w: a.out}, "deleted"
	if r.DryRun {
		gone = "would be deleted"
	}
	for _, g := range r.Gone {
		p.f("%s: %s (%s)\n", gone, g.Key, setting.Size(g.Bytes))
	}
	p.f("%s: %s before, %s after in %d objects, quota %s\n",
		r.Site, setting.Size(r.Before), setting.Size(r.After), r.Objects, setting.Size(r.Quota))
	if r.Over > 0 {
		p.f("%s over the quota can't go: the newest segment of each camera stays\n", setting.Size(r.Over))
	}
	return p.err
}
