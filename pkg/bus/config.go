package bus

import (
	"errors"
	"net"

	"github.com/donhk/istream/pkg/setting"
)

// DefaultURL is where the bus of this machine listens.
const DefaultURL = "nats://127.0.0.1:4222"

// Config is both the embedded server's and the connection's.
type Config struct {
	URL   string         `env:"NATS_URL"`   // a NATS of the user's, or where the embedded one is
	Creds string         `env:"NATS_CREDS"` // path of a NATS credentials file
	Token setting.Secret `env:"NATS_TOKEN"` // asked for by the embedded server where set

	Listen    string       `env:"BUS_LISTEN, default=127.0.0.1:4222"`
	Dir       string       `env:"BUS_DIR, default=data/bus"`
	MaxMemory setting.Size `env:"BUS_MAX_MEMORY, default=16"`
	MaxStore  setting.Size `env:"BUS_MAX_STORE, default=256"`
}

// Validate implements setting.Validator.
func (c Config) Validate() error {
	var faults []error
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		faults = append(faults, setting.Fault("BUS_LISTEN", "is no host:port", c.Listen))
	}
	if c.MaxMemory < setting.MB {
		faults = append(faults, setting.Fault("BUS_MAX_MEMORY", "is less than 1 MB", c.MaxMemory))
	}
	if c.MaxStore < 16*setting.MB {
		faults = append(faults, setting.Fault("BUS_MAX_STORE", "is less than 16 MB", c.MaxStore))
	}
	return errors.Join(faults...)
}
