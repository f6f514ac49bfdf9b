package pipeline

import (
	"errors"

	"github.com/donhk/istream/pkg/bus"
	"github.com/donhk/istream/pkg/objstore/s3"
	"github.com/donhk/istream/pkg/service"
	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/services/discoverer"
	"github.com/donhk/istream/services/janitor"
	"github.com/donhk/istream/services/recorder"
	"github.com/donhk/istream/services/shipper"
)

// Config is what every process needs, and the settings of those services that
// it runs; nil stands for a service that runs elsewhere.
type Config struct {
	Site   service.SiteConfig
	Log    service.LogConfig
	Health service.HealthConfig
	Bus    bus.Config

	Store      *s3.Config         `env:", noinit"` // of shipper and janitor
	Discoverer *discoverer.Config `env:", noinit"`
	Recorder   *recorder.Config   `env:", noinit"`
	Shipper    *shipper.Config    `env:", noinit"`
	Janitor    *janitor.Config    `env:", noinit"`
}

// Validate implements setting.Validator.
func (c Config) Validate() error {
	parts := []setting.Validator{c.Site, c.Log, c.Bus}
	if c.Store != nil {
		parts = append(parts, c.Store)
	}
	if c.Discoverer != nil {
		parts = append(parts, c.Discoverer)
	}
	if c.Recorder != nil {
		parts = append(parts, c.Recorder)
	}
	if c.Shipper != nil {
		parts = append(parts, c.Shipper)
	}
	if c.Janitor != nil {
		parts = append(parts, c.Janitor)
	}
	faults := make([]error, len(parts))
	for i, p := range parts {
		faults[i] = p.Validate()
	}
	return errors.Join(faults...)
}

// All is a Config in which every service is to run.
func All() Config {
	return Config{
		Store: &s3.Config{}, Discoverer: &discoverer.Config{}, Recorder: &recorder.Config{},
		Shipper: &shipper.Config{}, Janitor: &janitor.Config{},
	}
}
