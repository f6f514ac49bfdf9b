package wallclock_test

import (
	"regexp"
	"runtime"
	"testing"
	"time"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/spool"
	"github.com/donhk/istream/services/recorder/internal/wallclock"
)

// TestSystem: the machine's clock agrees with itself.
func TestSystem(t *testing.T) {
	c := wallclock.System()
	before := time.Now().Round(0)
	now := c.Now()
	for _, ago := range []time.Duration{0, time.Hour} {
		at := c.At(now.Add(-ago)).Add(ago)
		if at.Before(before.Add(-spool.ClockTolerance)) || at.After(time.Now().Add(spool.ClockTolerance)) || at.Location() != time.UTC {
			t.Errorf("%v ago it was %v", ago, at.Add(-ago))
		}
	}
	if runtime.GOOS != "linux" {
		return
	}
	if up := c.Uptime(now); up <= 0 || up-c.Uptime(now.Add(-time.Second)) < time.Second-spool.ClockTolerance {
		t.Errorf("up for %v", up)
	}
	if boot := c.Boot(); !regexp.MustCompile("^[0-9a-f]{32}$").MatchString(boot) {
		t.Errorf("booted as %q", boot)
	}
	s := wallclock.Stamp(c, now)
	if s.Boot != c.Boot() || wallclock.Stepped(wallclock.True(c, s).Sub(s.Wall)) || s.State != events.ClockSynced && s.State != events.ClockUnsynced {
		t.Errorf("%+v", s)
	}
}
