package cli

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/donhk/istream/pkg/service"
	"github.com/donhk/istream/services/discoverer"
)

// discoveryConfig is what one scan needs.
type discoveryConfig struct {
	Log        service.LogConfig
	Discoverer discoverer.Config
}

// Validate implements setting.Validator.
func (c discoveryConfig) Validate() error {
	return errors.Join(c.Log.Validate(), c.Discoverer.Validate())
}

func (a *app) find() *cobra.Command {
	var asJSON, verbose bool
	c := &cobra.Command{
		Use: "find", Short: "Look for cameras, once", GroupID: "step", Args: nothing,
		Long: `Looks for ONVIF cameras on every network interface (BROADCAST_NIC chooses), asks
each for its streams with CAM_USER and CAM_PASS, and visits those of CAMERAS.
No bus is needed. --verbose tells of each device what it says of itself, what
was tried, and why one was dropped.`,
		Example: "  istream find\n  BROADCAST_NIC=eth1 istream find --verbose\n  istream find --json | jq -r '.[].camera.streams[0].uri'",
		RunE: func(c *cobra.Command, _ []string) error {
			var cfg discoveryConfig
			if err := a.load(c.Context(), &cfg); err != nil {
				return err
			}
			log, err := a.logger(cfg.Log)
			if err != nil {
				return err
			}
			if !asJSON {
				p := printer{w: a.err}
				p.f("looking for cameras for %v ...\n", cfg.Discoverer.Window)
				if p.err != nil {
					return p.err
				}
			}
			found, err := discoverer.Find(c.Context(), cfg.Discoverer, log)
			if err != nil {
				return err
			}
			if asJSON {
				return a.printJSON(append([]discoverer.Finding{}, found...))
			}
			return a.printFindings(found, verbose)
		},
	}
	c.Flags().BoolVarP(&verbose, "verbose", "v", false, "tell what was tried, and what was dropped")
	jsonFlag(c, &asJSON)
	return c
}

func (a *app) printFindings(found []discoverer.Finding, verbose bool) error {
	table, cameras := tabwriter.NewWriter(a.out, 0, 0, 3, ' ', 0), 0
	p := printer{w: table}
	p.f("CAMERA\tSTATE\tADDRESS\tMODEL\tSTREAM\n")
	for _, f := range found {
		c := f.Camera
		if f.Dropped != "" {
			continue
		}
		cameras++
		stream := c.Error
		if len(c.Streams) > 0 {
			s := c.Streams[0]
			stream = strings.TrimSpace(fmt.Sprintf("%s %s", s.URI, picture(s.Codec, s.Width, s.Height)))
		}
		p.f("%s\t%s\t%s\t%s\t%s\n", c.ID, c.State, c.Address, maker(c), stream)
	}
	if p.err == nil && cameras > 0 {
		p.err = table.Flush()
	}
	if p.err != nil {
		return p.err
	}
	p = printer{w: a.out}
	if cameras == 0 {
		p.f("no camera found ('istream nic' tells where was looked, --verbose what was tried)\n")
	}
	if verbose {
		for _, f := range found {
			tellFinding(&p, f)
		}
	}
	return p.err
}

func picture(codec string, width, height int) string {
	if width == 0 {
		return codec
	}
	return fmt.Sprintf("%s %dx%d", codec, width, height)
}

func tellFinding(p *printer, f discoverer.Finding) {
	name := f.Camera.ID
	if name == "" {
		name = "(no camera)"
	}
	p.f("\n%s: by %s", name, f.How)
	if len(f.NICs) > 0 {
		p.f(" on %s", strings.Join(f.NICs, ", "))
	}
	if f.Source != "" {
		p.f(", answered from %s", f.Source)
	}
	p.f("\n")
	if f.Dropped == "" {
		tellCamera(p, f.Camera)
	}
	for _, t := range f.Tried {
		if t.Error == "" {
			p.f("  %s answered\n", t.Address)
		} else {
			p.f("  %s: %s\n", t.Address, t.Error)
		}
	}
	if f.Dropped != "" {
		p.f("  dropped: %s\n", f.Dropped)
	}
}
