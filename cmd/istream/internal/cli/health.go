package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/service"
)

func (a *app) health() *cobra.Command {
	var asJSON bool
	known := []string{events.ServiceBus, events.ServiceDiscoverer, events.ServiceRecorder, events.ServiceShipper, events.ServiceJanitor}
	c := &cobra.Command{
		Use: "health [SERVICE...]", Short: "Tell whether the services of this machine work", GroupID: "see",
		Long: `Asks the iStream processes of this machine and user how they are. The exit
status is 0 where all that were named (default: all that run, at least one)
are well. No camera, no store and no bus are not bad health: iStream goes on.`,
		Example:   "  istream health\n  istream health recorder --json",
		ValidArgs: known,
		RunE: func(c *cobra.Command, args []string) error {
			for _, name := range args {
				if !slices.Contains(known, name) {
					return usageError{fmt.Errorf("there is no service %q (there are: %s)", name, strings.Join(known, ", "))}
				}
			}
			var cfg struct{ Health service.HealthConfig }
			if err := a.load(c.Context(), &cfg); err != nil {
				return err
			}
			reports, err := service.AskHealth(cfg.Health)
			if err != nil {
				return err
			}
			if len(args) > 0 {
				reports = slices.DeleteFunc(reports, func(r service.Report) bool { return !slices.Contains(args, r.Service) })
			}
			if err := a.printHealth(reports, asJSON); err != nil {
				return err
			}
			return verdict(reports, args)
		},
	}
	jsonFlag(c, &asJSON)
	return c
}

func (a *app) printHealth(reports []service.Report, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(a.out).Encode(append([]service.Report{}, reports...))
	}
	p := printer{w: a.out}
	for _, r := range reports {
		state := "well"
		if !r.OK {
			state = "ill: " + r.Error
		}
		p.f("%-10s %s (process %d, for %v)\n", r.Service, state, r.PID, time.Since(r.Since).Round(time.Second))
	}
	return p.err
}

func verdict(reports []service.Report, wanted []string) error {
	if len(reports) == 0 && len(wanted) == 0 {
		return errors.New("no iStream process runs here (as this user)")
	}
	for _, name := range wanted {
		if !slices.ContainsFunc(reports, func(r service.Report) bool { return r.Service == name }) {
			return fmt.Errorf("%s does not run here (as this user)", name)
		}
	}
	for _, r := range reports {
		if !r.OK {
			return fmt.Errorf("%s is ill: %s", r.Service, r.Error)
		}
	}
	return nil
}
