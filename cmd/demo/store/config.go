package store

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
)

// DefaultListen is loopback with a port that is free.
const DefaultListen = "127.0.0.1:0"

// Config says where the store lies and who may use it.
type Config struct {
	Dir       string // made if missing
	Listen    string // host:port; port 0 means a free one; empty means DefaultListen
	AccessKey string
	SecretKey string
	Bucket    string // created if missing

	// Events is told of each change before the client gets its reply, from
	// many goroutines at once. Nil means that nobody asks.
	Events func(Event)
}

// complete fills in what was left empty, makes Dir absolute, and tells every
// fault at once.
func (c Config) complete() (Config, error) {
	var faults []error
	for _, field := range []struct{ name, value string }{
		{"Dir", c.Dir}, {"AccessKey", c.AccessKey}, {"SecretKey", c.SecretKey}, {"Bucket", c.Bucket},
	} {
		if field.value == "" {
			faults = append(faults, fmt.Errorf("%s is empty", field.name))
		}
	}
	if c.Listen == "" {
		c.Listen = DefaultListen
	}
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		faults = append(faults, fmt.Errorf("the address %q (Listen) is no host:port: %w", c.Listen, err))
	}
	if c.Events == nil {
		c.Events = func(Event) {}
	}
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		faults = append(faults, fmt.Errorf("make Dir %q absolute: %w", c.Dir, err))
	}
	c.Dir = dir
	if err := errors.Join(faults...); err != nil {
		return Config{}, fmt.Errorf("embedded store: %w", err)
	}
	return c, nil
}

func (c Config) objects() string  { return filepath.Join(c.Dir, "objects") }
func (c Config) metadata() string { return filepath.Join(c.Dir, "metadata") }
