package main

import (
	"encoding/json"
	"log/slog"

	"github.com/donhk/istream/cmd/camsim/camera"
	"github.com/donhk/istream/cmd/demo/store"
	"github.com/donhk/istream/pkg/bus"
	"github.com/donhk/istream/pkg/events"
)

const (
	simulatedUser = "admin"
	simulatedPass = "demo-only"
)

// simulation is a camera with a password, as most have.
func simulation(log *slog.Logger) camera.Config {
	return camera.Config{Name: "front-door", NICs: []string{nic}, User: simulatedUser, Password: simulatedPass, Log: log}
}

// tellBus passes the store's events to where MinIO's notify_nats would put
// them. One that is lost costs nothing but time: the janitor also lists.
func tellBus(b *bus.Bus, log *slog.Logger) func(store.Event) {
	return func(ev store.Event) {
		payload, err := json.Marshal(ev)
		if err == nil {
			err = b.NC.Publish(events.SubjectBucketRaw, payload)
		}
		if err != nil {
			log.Warn("a bucket event was not told", "error", err)
		}
	}
}
