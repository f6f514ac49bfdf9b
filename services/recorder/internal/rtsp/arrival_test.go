package rtsp

import (
	"testing"
	"time"

	"github.com/donhk/istream/services/recorder/internal/media"
)

// TestArrivals: packets that are read together came when their time stamps say,
// between the read before and this one.
func TestArrivals(t *testing.T) {
	type read struct {
		at     time.Duration
		stamps []int64         // in ms
		want   []time.Duration // since the session began
	}
	const ms = time.Millisecond
	for name, reads := range map[string][]read{
		"steady": {
			{0, []int64{1000}, []time.Duration{0}},
			{800 * ms, []int64{1200, 1400, 1600, 1800}, []time.Duration{200 * ms, 400 * ms, 600 * ms, 800 * ms}},
			{1600 * ms, []int64{2000, 2200}, []time.Duration{1000 * ms, 1200 * ms}},
		},
		"late stays between the reads": {
			{0, []int64{1000}, []time.Duration{0}},
			{800 * ms, []int64{900, 2500}, []time.Duration{0, 800 * ms}},
		},
		"pictures out of order": {
			{0, []int64{1000}, []time.Duration{0}},
			{800 * ms, []int64{1400, 1200, 1800, 1600}, []time.Duration{400 * ms, 200 * ms, 800 * ms, 600 * ms}},
			{1600 * ms, []int64{2200, 2000}, []time.Duration{1200 * ms, 1000 * ms}},
		},
		"a pause": {
			{0, []int64{1000}, []time.Duration{0}},
			{800 * ms, nil, nil},
			{1600 * ms, nil, nil},
			{2400 * ms, []int64{3000}, []time.Duration{2000 * ms}},
		},
		"time stamps that jump": {
			{0, []int64{1000}, []time.Duration{0}},
			{800 * ms, []int64{1200, 900000, 900200}, []time.Duration{200 * ms, 200 * ms, 400 * ms}},
			{1600 * ms, []int64{900400, 100, 300}, []time.Duration{1000 * ms, 1000 * ms, 1200 * ms}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var a arrivals
			begin := time.Now()
			before, format := begin, media.Format{Codec: media.H264, Rate: 90000}
			for n, r := range reads {
				at := begin.Add(r.at)
				for i, stamp := range r.stamps {
					// The stamps wrap.
					if got := a.of(uint32(stamp*90-100*90000), format, before, at).Sub(begin); got != r.want[i] {
						t.Errorf("read %d, packet %d came at %v, not %v", n, i, got, r.want[i])
					}
				}
				a.settle(at)
				before = at
			}
		})
	}
}

func TestSkipped(t *testing.T) {
	a := arrivals{}
	for i, c := range []struct{ sequence, want uint16 }{{65534, 0}, {65535, 0}, {0, 0}, {3, 2}, {2, 0}, {3, 0}, {40000, 0}, {40001, 0}} {
		if got := a.skipped(c.sequence); got != c.want {
			t.Errorf("packet %d, numbered %d: %d skipped, not %d", i, c.sequence, got, c.want)
		}
		a.known = true
	}
}
