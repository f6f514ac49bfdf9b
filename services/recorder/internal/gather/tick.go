package gather

import "time"

// epoch is where all ticks of the process count from, by the monotonic clock.
var epoch = time.Now()

// next is the first tick after now of those that interval apart.
func next(now time.Time, interval time.Duration) time.Time {
	passed := now.Sub(epoch)
	return epoch.Add(passed - passed%interval + interval)
}
