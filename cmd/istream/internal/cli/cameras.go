package cli

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/donhk/istream/pkg/bus"
	"github.com/donhk/istream/pkg/events"
)

// cameraTime bounds the reading of the registry.
const cameraTime = 10 * time.Second

func (a *app) cameras() *cobra.Command {
	var asJSON, verbose bool
	c := &cobra.Command{
		Use: "cameras", Short: "Tell what is known of each camera", GroupID: "see", Args: nothing,
		Long: `Lists the cameras that the discoverer has told the bus of, with the state of
each, since when it lasts, and the last error. It looks for none itself: 'istream
find' does.`,
		Example: "  istream cameras\n  istream cameras --verbose\n  istream cameras --json | jq -r '.[] | select(.state != \"ready\") | .camera'",
		RunE: func(c *cobra.Command, _ []string) error {
			var cfg statusConfig
			if err := a.load(c.Context(), &cfg); err != nil {
				return err
			}
			nc, err := bus.Dial(cfg.Bus, "istream-cameras")
			if err != nil {
				return err
			}
			defer nc.Close()
			ctx, cancel := context.WithTimeout(c.Context(), cameraTime)
			defer cancel()
			known, err := bus.AskCameras(ctx, nc, cfg.Site.Site())
			if err != nil {
				return err
			}
			slices.SortFunc(known, func(a, b events.Camera) int { return cmp.Compare(a.ID, b.ID) })
			if asJSON {
				return a.printJSON(append([]events.Camera{}, known...))
			}
			return a.printCameras(known, verbose)
		},
	}
	c.Flags().BoolVarP(&verbose, "verbose", "v", false, "tell all that each says of itself")
	jsonFlag(c, &asJSON)
	return c
}

func (a *app) printCameras(known []events.Camera, verbose bool) error {
	if len(known) == 0 {
		p := printer{w: a.out}
		p.f("no camera is known ('istream find' looks for some)\n")
		return p.err
	}
	table := tabwriter.NewWriter(a.out, 0, 0, 3, ' ', 0)
	p := printer{w: table}
	p.f("CAMERA\tSTATE\tSINCE\tADDRESS\tNIC\tMODEL\tLAST ERROR\n")
	for _, c := range known {
		p.f("%s\t%s\t%s\t%s\t%s\t%s\t%s\n", c.ID, c.State, c.Since.Format(time.RFC3339), c.Address, cmp.Or(c.NIC, "-"), maker(c), cmp.Or(c.Error, "-"))
	}
	if p.err == nil {
		p.err = table.Flush()
	}
	if p.err != nil || !verbose {
		return p.err
	}
	p = printer{w: a.out}
	for _, c := range known {
		p.f("\n%s\n", c.ID)
		tellCamera(&p, c)
	}
	return p.err
}

// tellCamera is all that a camera says of itself.
func tellCamera(p *printer, c events.Camera) {
	p.f("  %s", c.State)
	if c.Error != "" {
		p.f(": %s", c.Error)
	}
	p.f("\n")
	for _, about := range []struct{ what, value string }{
		{"model", maker(c)}, {"firmware", c.Firmware}, {"serial number", c.Serial}, {"MAC", c.MAC}, {"endpoint", c.Endpoint}, {"video source", c.Source},
	} {
		if about.value != "" {
			p.f("  %s %s\n", about.what, about.value)
		}
	}
	if off := c.ClockOffset.Duration(); off != 0 {
		direction := "behind"
		if off > 0 {
			direction = "ahead"
		}
		p.f("  its clock is %v %s\n", off.Abs(), direction)
	}
	for _, s := range c.Streams {
		p.f("  stream %s: %s", s.Name, strings.TrimSpace(s.URI+" "+picture(s.Codec, s.Width, s.Height)))
		if s.FrameRate > 0 {
			p.f(", %g frames a second", s.FrameRate)
		}
		p.f("\n")
	}
}

func maker(c events.Camera) string { return strings.TrimSpace(c.Manufacturer + " " + c.Model) }
