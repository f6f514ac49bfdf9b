package wallclock

import (
	"time"

	"github.com/donhk/istream/pkg/events"
)

// System is the machine's clock.
func System() Clock { return system{boot: boot()} }

type system struct{ boot string }

func (system) Now() time.Time { return time.Now() }

func (system) At(instant time.Time) time.Time {
	now := time.Now()
	return now.Round(0).Add(-now.Sub(instant)).UTC() // rounded, it has no monotonic reading
}

func (system) Uptime(instant time.Time) time.Duration { return uptime() - time.Since(instant) }
func (s system) Boot() string                         { return s.boot }
func (system) State() events.ClockState               { return state() }
