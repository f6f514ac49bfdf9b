package bus

import (
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"

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
	faults := []error{c.checkURL()}
	if _, port, err := net.SplitHostPort(c.Listen); err != nil || !validPort(port) {
		faults = append(faults, setting.Fault("BUS_LISTEN", "is no host:port", c.Listen))
	}
	// The leases take the half of it.
	if c.MaxMemory < 2*setting.MB {
		faults = append(faults, setting.Fault("BUS_MAX_MEMORY", "is less than 2 MB", c.MaxMemory))
	}
	if c.MaxStore < 16*setting.MB {
		faults = append(faults, setting.Fault("BUS_MAX_STORE", "is less than 16 MB", c.MaxStore))
	}
	return errors.Join(faults...)
}

func validPort(text string) bool {
	_, err := strconv.ParseUint(text, 10, 16)
	return err == nil
}

// checkURL finds what the client would only tell together with a password.
func (c Config) checkURL() error {
	for _, u := range c.urls() {
		if u == nil || u.Host == "" {
			shown := c.URL
			if strings.Contains(shown, "@") {
				shown = "" // it may hold credentials
			}
			return setting.Fault("NATS_URL", "is no nats://host:port (percent-encode special characters of user and password)", shown)
		}
	}
	return nil
}

// Address is where the bus is, for a person to read: without credentials.
func (c Config) Address() string {
	var all []string
	for _, u := range c.urls() {
		if u == nil {
			return "NATS_URL"
		}
		u.User = nil
		all = append(all, u.String())
	}
	return strings.Join(all, ",")
}

// urls are the servers of URL, which may be several, between commas and without
// a scheme; nil stands for one that can't be read.
func (c Config) urls() []*url.URL {
	text := c.URL
	if text == "" {
		text = DefaultURL
	}
	var all []*url.URL
	for one := range strings.SplitSeq(text, ",") {
		if one = strings.TrimSpace(one); !strings.Contains(one, "://") {
			one = "nats://" + one
		}
		u, err := url.Parse(one)
		if err != nil {
			u = nil
		}
		all = append(all, u)
	}
	return all
}
