// Package clocktest is a clock for tests, whose wall clock is set as they like.
package clocktest

import (
	"fmt"
	"sync"
	"time"

	"github.com/donhk/istream/pkg/events"
)

// boot is when the machine was switched on, as instants count. No wall clock
// shows such a time: what mistakes the one for the other is found out.
var boot = time.Date(1985, 1, 1, 0, 0, 0, 0, time.UTC)

// Clock implements wallclock.Clock. It moves when it is told to.
type Clock struct {
	mu    sync.Mutex
	up    time.Duration
	zero  time.Time // what the wall clock shows, less up
	state events.ClockState
	boots int
}

// New shows wall, undisturbed and synced.
func New(wall time.Time) *Clock {
	return &Clock{zero: wall, state: events.ClockSynced}
}

// Pass lets time pass.
func (c *Clock) Pass(d time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.up += d
	return boot.Add(c.up)
}

// Step sets the wall clock.
func (c *Clock) Step(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.zero = c.zero.Add(by)
}

// Sync sets the wall clock and has it disciplined from then on.
func (c *Clock) Sync(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.zero, c.state = c.zero.Add(by), events.ClockSynced
}

// Reboot begins another boot, whose wall clock shows wall. Instants go on, as a
// test has one axis of them.
func (c *Clock) Reboot(wall time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.boots++
	c.zero = wall.Add(-c.up)
}

// Say sets what the kernel says of the wall clock.
func (c *Clock) Say(state events.ClockState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state = state
}

// Now implements wallclock.Clock.
func (c *Clock) Now() time.Time { return c.Pass(0) }

// At implements wallclock.Clock.
func (c *Clock) At(instant time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.zero.Add(instant.Sub(boot)).UTC()
}

// Uptime implements wallclock.Clock.
func (c *Clock) Uptime(instant time.Time) time.Duration { return instant.Sub(boot) }

// Boot implements wallclock.Clock.
func (c *Clock) Boot() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return fmt.Sprintf("%032x", c.boots+1)
}

// State implements wallclock.Clock.
func (c *Clock) State() events.ClockState {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}
