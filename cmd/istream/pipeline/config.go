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

	Store      *s3.Config // of shipper and janitor
	Discoverer *discoverer.Config
	Recorder   *recorder.Config
	Shipper    *shipper.Config
	Janitor    *janitor.Config
}

// Parts implements setting.Composite: a service that runs elsewhere is not
// asked for its settings here.
func (c *Config) Parts() []any {
	all := []any{&c.Site, &c.Log, &c.Health, &c.Bus}
	if c.Store != nil {
		all = append(all, c.Store)
	}
	if c.Discoverer != nil {
		all = append(all, c.Discoverer)
	}
	if c.Recorder != nil {
		all = append(all, c.Recorder)
	}
	if c.Shipper != nil {
		all = append(all, c.Shipper)
	}
	if c.Janitor != nil {
		all = append(all, c.Janitor)
	}
	return all
}

// Validate implements setting.Validator.
func (c Config) Validate() error {
	var faults []error
	for _, part := range c.Parts() {
		if v, ok := part.(setting.Validator); ok {
			faults = append(faults, v.Validate())
		}
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
