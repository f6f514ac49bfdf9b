package service

import (
	"encoding/json"
	"fmt"
	"log/slog"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"github.com/donhk/istream/pkg/events"
)

// Answer makes a service visible in the NATS micro protocol (`nats micro ls`,
// `nats micro stats`) and answers events.StatusSubject with what status
// returns, as JSON; the same goes into the micro statistics. Instances don't
// share the work of answering: each gives its own status. It works before the
// bus is there. Call stop when done.
func Answer(nc *nats.Conn, site, name string, status func() any, log *slog.Logger) (stop func(), err error) {
	s, err := micro.AddService(nc, micro.Config{
		Name: events.ServiceName(name), Version: microVersion, Description: "iStream " + name + " of " + site,
		Metadata:           map[string]string{"site": site, "version": Version()},
		QueueGroupDisabled: true,
		StatsHandler:       func(*micro.Endpoint) any { return status() },
	})
	if err != nil {
		return nil, fmt.Errorf("answering as %s: %w", name, err)
	}
	err = s.AddEndpoint("status", micro.HandlerFunc(func(r micro.Request) {
		payload, err := json.Marshal(status())
		if err != nil {
			log.Error("status can't be told", "error", err)
			return
		}
		if err := r.Respond(payload); err != nil {
			log.Debug("status not told", "error", err)
		}
	}), micro.WithEndpointSubject(events.StatusSubject(site, name)))
	if err != nil {
		_ = s.Stop()
		return nil, fmt.Errorf("answering as %s: %w", name, err)
	}
	return func() { _ = s.Stop() }, nil // fails where the connection is gone already
}

// microVersion is the version of the protocol of our answers, in the semantic
// form that micro asks for.
const microVersion = "1.0.0"
