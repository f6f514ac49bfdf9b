package wallclock

import (
	"time"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/spool"
)

// Clock is the machine's, or a test's.
type Clock interface {
	// Now is an instant: subtracting two of them is not touched by steps.
	Now() time.Time
	// At is the time of an instant, in UTC, by what the wall clock shows now.
	At(instant time.Time) time.Time
	// Uptime is how long the machine was up at an instant.
	Uptime(instant time.Time) time.Duration
	// Boot names this boot, "" where that is not known.
	Boot() string
	// State tells whether something disciplines the wall clock now.
	State() events.ClockState
}

// Stepped tells whether a wall clock that is off by so much was set, and not just
// put right a little.
func Stepped(by time.Duration) bool { return by.Abs() > spool.ClockTolerance }

// Stamp is what a segment that begins at an instant tells of the clock. The state
// is asked for first: a clock that is set meanwhile is then not trusted more than
// it should be.
func Stamp(c Clock, instant time.Time) spool.Stamp {
	s := spool.Stamp{State: c.State(), Boot: c.Boot()}
	s.Wall, s.Uptime = c.At(instant).Truncate(time.Millisecond), c.Uptime(instant).Truncate(time.Millisecond)
	return s
}

// True is the time of a stamp of this boot, by what the wall clock shows now.
func True(c Clock, s spool.Stamp) time.Time {
	now := c.Now()
	return c.At(now).Add(s.Uptime - c.Uptime(now))
}
