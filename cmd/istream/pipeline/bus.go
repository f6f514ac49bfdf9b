package pipeline

import (
	"log/slog"

	"github.com/donhk/istream/pkg/bus"
)

// Host connects to the user's NATS where NATS_URL names one, else it embeds a
// bus in this process. shut ends the connection, then the server.
func Host(cfg bus.Config, name string, log *slog.Logger) (b *bus.Bus, shut func(), err error) {
	if cfg.URL != "" {
		return Join(cfg, name, log)
	}
	server, err := bus.Start(cfg, log)
	if err != nil {
		return nil, nil, err
	}
	b, err = bus.Connect(cfg, server, name, log)
	if err != nil {
		server.Close()
		return nil, nil, err
	}
	log.Info("bus is up", "url", server.URL())
	return b, func() { b.Close(); server.Close() }, nil
}

// Join connects to a bus that another process hosts.
func Join(cfg bus.Config, name string, log *slog.Logger) (b *bus.Bus, shut func(), err error) {
	b, err = bus.Connect(cfg, nil, name, log)
	if err != nil {
		return nil, nil, err
	}
	return b, b.Close, nil
}
