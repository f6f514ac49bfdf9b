//go:build !linux

package wallclock

import (
	"time"

	"github.com/donhk/istream/pkg/events"
)

// Linux alone tells what restamping needs.
func state() events.ClockState { return events.ClockUnknown }
func uptime() time.Duration    { return 0 }
func boot() string             { return "" }
