package shipper

import (
	"log/slog"
	"sync"
	"time"

	"github.com/donhk/istream/pkg/fault"
)

// faults are what the shipper tells once and counts.
type faults struct {
	line    *calm // all segments
	suspect *calm // those that others overtook
	file    *calm
	spool   *calm
}

func newFaults(log *slog.Logger) faults {
	return faults{
		line:    newCalm(log, "shipping"),
		suspect: newCalm(log, "shipping a segment that others overtook"),
		file:    newCalm(log, "handling a file of the spool"),
		spool:   newCalm(log, "reading the spool"),
	}
}

// steady is how long a fault is watched before it counts as over, so that one
// which comes and goes is told twice in that time, not each time.
const steady = time.Minute

// calm is a fault.Repeat that does not believe the first success.
type calm struct {
	repeat *fault.Repeat

	mu    sync.Mutex
	since time.Time // the first failure; zero: none
}

func newCalm(log *slog.Logger, what string) *calm { return &calm{repeat: fault.New(log, what)} }

func (c *calm) failed(err error, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.since.IsZero() {
		c.since = time.Now()
	}
	c.repeat.Failed(err, args...)
}

func (c *calm) through() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.since.IsZero() || time.Since(c.since) < steady {
		return
	}
	c.since = time.Time{}
	c.repeat.Recovered()
}

func (c *calm) outcome(err error) {
	if err != nil {
		c.failed(err)
	} else {
		c.through()
	}
}
