package camera

import (
	"time"

	"github.com/donhk/istream/pkg/events"
)

// What a camera's recording is about, as its status words it.
const (
	waiting    = "waiting"
	connecting = "connecting"
	recording  = "recording"
)

// say sets the state; an error stays until there is footage again.
func (c *Camera) say(state string, cause events.Cause, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.status.State != state {
		c.status.State, c.status.Since = state, time.Now().UTC()
	}
	switch {
	case err != nil:
		c.status.Error, c.status.Cause = err.Error(), cause
	case state == recording:
		c.status.Error, c.status.Cause = "", ""
	}
}

// Status is how the recording is.
func (c *Camera) Status() events.RecorderCamera {
	c.mu.Lock()
	s := c.status
	c.mu.Unlock()
	s.Segments, s.Bytes, s.Codec = c.counters.Segments.Load(), c.counters.Bytes.Load(), c.counters.Codec()
	if ms := c.counters.Frame.Load(); ms != 0 {
		s.Frame = time.UnixMilli(ms).UTC()
	}
	if text := c.Failing(); text != "" && s.Error == "" {
		s.Error, s.Cause = text, events.CauseDisk
	}
	return s
}

// Failing is why the camera's footage can't be written, or "".
func (c *Camera) Failing() string { return c.counters.Failing() }
