package shipper

import (
	"errors"
	"time"

	"github.com/donhk/istream/pkg/service"
	"github.com/donhk/istream/pkg/setting"
)

// Config is what the shipper is told by the environment.
type Config struct {
	service.SiteConfig

	Spool       string           `env:"LOCAL_SERVER_BACKUP_DIRECTORY, default=data/spool"`
	Reconnect   setting.Duration `env:"RECONNECT_INTERVAL, default=2"` // after a first failure; doubled up to a minute
	Concurrency int              `env:"UPLOAD_CONCURRENCY, default=2"` // uploads at once
	Rescan      setting.Duration `env:"RESCAN_INTERVAL, default=60"`   // between looks at the spool
}

const mostUploads = 16

// Validate implements setting.Validator.
func (c Config) Validate() error {
	faults := []error{c.SiteConfig.Validate()}
	fault := func(name, text string, value any) { faults = append(faults, setting.Fault(name, text, value)) }
	if c.Spool == "" {
		fault("LOCAL_SERVER_BACKUP_DIRECTORY", "is empty", "")
	}
	if c.Reconnect <= 0 || c.Reconnect.Duration() > time.Hour {
		fault("RECONNECT_INTERVAL", "is not more than 0 and at most an hour", c.Reconnect)
	}
	if c.Concurrency < 1 || c.Concurrency > mostUploads {
		fault("UPLOAD_CONCURRENCY", "is not 1 to 16", c.Concurrency)
	}
	if c.Rescan.Duration() < time.Second {
		fault("RESCAN_INTERVAL", "is less than a second", c.Rescan)
	}
	return errors.Join(faults...)
}
