package bus

import (
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
)

// Dial connects for a question or two: unlike Connect it fails at once where no
// bus answers. Without a URL it asks where the embedded bus listens.
func Dial(cfg Config, name string) (*nats.Conn, error) {
	if cfg.URL == "" {
		cfg.URL = "nats://" + cfg.Listen
	}
	opts := append(cfg.login(), nats.Name(name), nats.Timeout(3*time.Second), nats.NoReconnect())
	nc, err := nats.Connect(cfg.URL, opts...)
	if err != nil {
		return nil, fmt.Errorf("no bus answers at %s (does 'istream ignite' or 'istream bus' run?): %w", cfg.Address(), err)
	}
	return nc, nil
}

// login is how a client shows who it is.
func (c Config) login() []nats.Option {
	var opts []nats.Option
	if c.Creds != "" {
		opts = append(opts, nats.UserCredentials(c.Creds))
	}
	if c.Token != "" {
		opts = append(opts, nats.Token(c.Token.Reveal()))
	}
	return opts
}
