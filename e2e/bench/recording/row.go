package main

import (
	"fmt"
	"time"
)

// row is a line of the table.
type row struct {
	Cameras  int     `json:"cameras"`
	Recorder string  `json:"recorder"`
	CPU      float64 `json:"cpu_percent"` // of a core
	Ratio    float64 `json:"cpu_ratio"`   // to the first subject's
	RSS      float64 `json:"rss_mb"`
	PSS      float64 `json:"pss_mb"`
	Writes   float64 `json:"write_calls_per_second"`
	Written  float64 `json:"written_mb_per_second"`
	Overhead float64 `json:"written_to_media"`
	Wakeups  float64 `json:"wakeups_per_second"`
	Frames   float64 `json:"frames_recorded"` // share, of the worst round
}

func newRow(name string, n int, window time.Duration, c, peer cost) row {
	s := window.Seconds()
	return row{
		Cameras: n, Recorder: name, CPU: 100 * c.cpu.Seconds() / s, Ratio: float64(c.cpu) / float64(peer.cpu),
		RSS: float64(c.rss) / 1e6, PSS: float64(c.pss) / 1e6, Writes: float64(c.writes) / s, Written: float64(c.written) / s / 1e6,
		Overhead: float64(c.written) / float64(c.media), Wakeups: float64(c.wakeups) / s, Frames: c.frames,
	}
}

const head = "| cameras | recorder | CPU, % of a core | ratio | RSS, MB | PSS, MB | write calls/s | written, MB/s | written / media | wake-ups/s | frames recorded, % |\n" +
	"|---|---|---|---|---|---|---|---|---|---|---|"

func (r row) String() string {
	return fmt.Sprintf("| %d | %s | %.2f | %.2f | %.1f | %.1f | %.1f | %.2f | %.3f | %.0f | %.2f |",
		r.Cameras, r.Recorder, r.CPU, r.Ratio, r.RSS, r.PSS, r.Writes, r.Written, r.Overhead, r.Wakeups, 100*r.Frames)
}
