package discoverer

import (
	"errors"
	"time"

	"github.com/donhk/istream/pkg/service"
	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/services/discoverer/internal/nic"
)

// Config is read from the environment.
type Config struct {
	Site        service.SiteConfig
	Credentials setting.Credentials
	Cameras     setting.Cameras     `env:"CAMERAS"`                        // by hand
	Names       setting.CameraNames `env:"CAMERA_NAMES"`                   // of those that are found
	NICs        string              `env:"BROADCAST_NIC, default=all"`     // all, none, or a list of names
	Interval    setting.Duration    `env:"DISCOVERY_INTERVAL, default=60"` // between scans
	Window      setting.Duration    `env:"DISCOVERY_WINDOW, default=3"`    // for answers

	// port of WS-Discovery, where a test has its own.
	port int
}

// minWindow leaves room for cameras that take their time.
const minWindow = 3 * time.Second

// Validate implements setting.Validator.
func (c Config) Validate() error {
	faults := []error{c.Site.Validate()}
	if _, err := nic.ParseSelection(c.NICs); err != nil {
		faults = append(faults, setting.Fault("BROADCAST_NIC", err.Error(), c.NICs))
	}
	if c.Window.Duration() < minWindow || c.Window.Duration() > time.Minute {
		faults = append(faults, setting.Fault("DISCOVERY_WINDOW", "must be 3 to 60 seconds", c.Window))
	}
	if c.Interval.Duration() < max(c.Window.Duration(), minWindow) {
		faults = append(faults, setting.Fault("DISCOVERY_INTERVAL", "must be at least DISCOVERY_WINDOW", c.Interval))
	}
	if c.Credentials.Pass != "" && c.Credentials.User == "" {
		faults = append(faults, setting.Fault("CAM_USER", "is missing, though CAM_PASS is set", ""))
	}
	for _, n := range c.Names {
		if _, taken := c.Cameras.Entry(n.ID); taken {
			faults = append(faults, setting.Fault("CAMERA_NAMES", "gives a name that a camera of CAMERAS has", n.ID))
		}
	}
	return errors.Join(faults...)
}

// NIC is a network interface and whether cameras are looked for on it.
type NIC struct {
	Name      string   `json:"name"`
	Addresses []string `json:"addresses"` // IPv4, with the subnet's length
	Eligible  bool     `json:"eligible"`
	Reason    string   `json:"reason,omitempty"` // why not
}

// NICs lists this machine's interfaces as the discoverer sees them.
func NICs(cfg Config) ([]NIC, error) {
	selection, err := nic.ParseSelection(cfg.NICs)
	if err != nil {
		return nil, err
	}
	facts, err := nic.System()
	if err != nil {
		return nil, err
	}
	all := []NIC{}
	for _, n := range selection.Choose(facts) {
		shown := NIC{Name: n.Name, Eligible: n.Eligible, Reason: n.Reason, Addresses: []string{}}
		for _, p := range n.Prefixes {
			shown.Addresses = append(shown.Addresses, p.String())
		}
		all = append(all, shown)
	}
	return all, nil
}
