package cli

import (
	"encoding/json"
	"errors"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/donhk/istream/services/discoverer"
)

func (a *app) nic() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "nic", Short: "Tell on which network interfaces cameras are looked for", GroupID: "step", Args: nothing,
		Long:    "Lists the network interfaces, and why one is not looked at. BROADCAST_NIC\nchooses others.",
		Example: "  istream nic\n  BROADCAST_NIC=eth1,wlan0 istream nic",
		RunE: func(c *cobra.Command, _ []string) error {
			var cfg discoveryConfig
			if err := a.load(c.Context(), &cfg); err != nil {
				return err
			}
			nics, err := discoverer.NICs(cfg.Discoverer)
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(a.out).Encode(nics)
			}
			table := tabwriter.NewWriter(a.out, 0, 0, 3, ' ', 0)
			p := printer{w: table}
			p.f("NIC\tLOOKED AT\tADDRESSES\n")
			for _, n := range nics {
				looked := "yes"
				if !n.Eligible {
					looked = "no: " + n.Reason
				}
				p.f("%s\t%s\t%s\n", n.Name, looked, strings.Join(n.Addresses, ", "))
			}
			return errors.Join(p.err, table.Flush())
		},
	}
	jsonFlag(c, &asJSON)
	return c
}
