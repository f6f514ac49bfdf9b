package discoverer

import (
	"log/slog"
	"sync"
	"time"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/services/discoverer/internal/registry"
	"github.com/donhk/istream/services/discoverer/internal/survey"
)

// catalogue is the registry for several goroutines, with what is asked of it
// from outside.
type catalogue struct {
	site string
	log  *slog.Logger

	mu       sync.Mutex
	registry *registry.Registry // nil until the bus has told what was known
	publish  func([]events.Camera)
	nics     func() []string
	scans    uint64
	last     time.Time
	refused  int
}

func (c *catalogue) open(r *registry.Registry, publish func([]events.Camera), nics func() []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.registry, c.publish, c.nics = r, publish, nics
}

// take enters what a visit found.
func (c *catalogue) take(f survey.Finding) {
	if f.NotCamera != "" {
		c.log.Debug("heard, but no camera", "source", f.Source, "reason", f.NotCamera)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tell(c.registry.Saw(f.Device, time.Now()))
}

// scanned ends a scan.
func (c *catalogue) scanned(counts bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	c.tell(c.registry.EndScan(counts, now))
	c.scans++
	c.last = now.UTC()
	if refused := c.registry.Refused(); refused > 0 && c.refused == 0 {
		c.refused = refused
		c.log.Warn("too many devices say that they are cameras: new ones are not taken in")
	}
}

func (c *catalogue) tell(changes []events.Camera) {
	for _, change := range changes {
		args := []any{"camera", change.ID, "state", string(change.State), "address", change.Address, "model", change.Model}
		switch change.State {
		case events.CameraReady:
			c.log.Info("camera "+string(change.Change), args...)
		default:
			c.log.Warn("camera "+string(change.Change), append(args, "error", change.Error)...)
		}
	}
	c.publish(changes)
}

// cameras are all that are known.
func (c *catalogue) cameras() []events.Camera {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.registry.Cameras()
}

func (c *catalogue) status() events.DiscovererStatus {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := events.DiscovererStatus{Site: c.site, Scans: c.scans, LastScan: c.last, NICs: []string{}, Cameras: []events.Camera{}}
	if c.registry == nil {
		return s
	}
	s.Cameras = append(s.Cameras, c.registry.Cameras()...)
	s.NICs = append(s.NICs, c.nics()...)
	return s
}
