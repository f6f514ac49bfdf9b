package wallclock

import (
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/donhk/istream/pkg/events"
)

// state asks the kernel whether something (NTP, PTP, GPS) disciplines the clock;
// a Raspberry Pi without a real-time clock boots with any time.
func state() events.ClockState {
	var t unix.Timex // modes 0: only asks
	if _, err := unix.Adjtimex(&t); err != nil {
		return events.ClockUnknown
	}
	if t.Status&unix.STA_UNSYNC != 0 {
		return events.ClockUnsynced
	}
	return events.ClockSynced
}

// uptime counts like the monotonic readings of Go's times.
func uptime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

// boot is the kernel's name for its life. Without one no segment can be
// restamped, and nothing else is wrong.
func boot() string {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.ReplaceAll(strings.TrimSpace(string(id)), "-", "")
}
