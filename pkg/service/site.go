package service

import (
	"os"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/setting"
)

// SiteConfig names this Pi.
type SiteConfig struct {
	Name string `env:"SITE"` // token; empty: made of the host's name
}

// Site is the name, or its default.
func (c SiteConfig) Site() string {
	if c.Name != "" {
		return c.Name
	}
	host, err := os.Hostname()
	if site := events.Token(host); err == nil && site != "" && site != "live" {
		return site
	}
	return "istream"
}

// Validate implements setting.Validator.
func (c SiteConfig) Validate() error {
	if c.Name != "" && (!events.ValidToken(c.Name) || c.Name == "live") {
		return setting.Fault("SITE", "must be 1 to 64 of [a-z0-9_-], and not \"live\"", c.Name)
	}
	return nil
}
