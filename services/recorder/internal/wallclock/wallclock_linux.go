package wallclock

import (
	"golang.org/x/sys/unix"

	"github.com/donhk/istream/pkg/events"
)

// State asks the kernel whether something (NTP, PTP, GPS) disciplines the clock;
// a Raspberry Pi without a real-time clock boots with any time.
func State() events.ClockState {
	var t unix.Timex // modes 0: only asks
	if _, err := unix.Adjtimex(&t); err != nil {
		return events.ClockUnknown
	}
	if t.Status&unix.STA_UNSYNC != 0 {
		return events.ClockUnsynced
	}
	return events.ClockSynced
}
