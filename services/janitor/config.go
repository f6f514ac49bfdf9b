package janitor

import (
	"errors"
	"time"

	"github.com/donhk/istream/pkg/service"
	"github.com/donhk/istream/pkg/setting"
)

// Config is what the janitor is told by the environment.
type Config struct {
	service.SiteConfig

	MaxUsedSpace     setting.Size     `env:"MAX_USED_SPACE, default=15"`
	CleanDirInterval setting.Duration `env:"CLEAN_DIR_INTERVAL, default=10"`
}

// Validate implements setting.Validator.
func (c Config) Validate() error {
	faults := []error{c.SiteConfig.Validate()}
	if c.MaxUsedSpace < setting.MB {
		faults = append(faults, setting.Fault("MAX_USED_SPACE", "is less than 1 MB", c.MaxUsedSpace))
	}
	if c.CleanDirInterval.Duration() < time.Second {
		faults = append(faults, setting.Fault("CLEAN_DIR_INTERVAL", "is less than a second", c.CleanDirInterval))
	}
	return errors.Join(faults...)
}
