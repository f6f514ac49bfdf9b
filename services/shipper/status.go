package shipper

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/services/shipper/internal/backlog"
)

// report is what the shipper did since it started, and what the line is like.
type report struct {
	mu       sync.Mutex
	uploaded uint64
	sent     uint64
	online   bool
	since    time.Time
	fault    string
	newest   map[string]time.Time // a camera: last frame in the bucket
}

// newReport takes the line for good until it is known to be bad.
func newReport() report {
	return report{online: true, since: time.Now().UTC(), newest: map[string]time.Time{}}
}

func (r *report) stored(about events.Segment, now time.Time) {
	r.seen(about)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.uploaded++
	r.sent += uint64(about.Bytes) //nolint:gosec // a size is not negative
	r.line(true, "", now)
}

func (r *report) offline(err error, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.line(false, err.Error(), now)
}

func (r *report) line(online bool, fault string, now time.Time) {
	if r.online != online {
		r.online, r.since = online, now.UTC()
	}
	r.fault = fault
}

// seen notes a segment that is in the bucket.
func (r *report) seen(about events.Segment) {
	end := about.Start.Add(about.Duration.Duration())
	r.mu.Lock()
	defer r.mu.Unlock()
	if end.After(r.newest[about.Camera]) {
		r.newest[about.Camera] = end
	}
}

func (s *shipper) status() events.ShipperStatus {
	s.mu.Lock()
	waiting := s.backlog.Waiting()
	s.mu.Unlock()
	r := &s.report
	r.mu.Lock()
	defer r.mu.Unlock()
	status := events.ShipperStatus{
		Site: s.cfg.Site(), Cameras: r.cameras(waiting),
		Uploaded: r.uploaded, Sent: r.sent, Online: r.online, Since: r.since, Error: r.fault,
	}
	for _, w := range waiting {
		status.Segments += w.Segments
		status.Bytes += w.Bytes
	}
	return status
}

func (r *report) cameras(waiting []backlog.Waiting) []events.ShipperCamera {
	all := map[string]events.ShipperCamera{}
	for camera, newest := range r.newest {
		all[camera] = events.ShipperCamera{Camera: camera, Newest: newest}
	}
	for _, w := range waiting {
		all[w.Camera] = events.ShipperCamera{Camera: w.Camera, Newest: r.newest[w.Camera], Segments: w.Segments, Bytes: w.Bytes}
	}
	list := make([]events.ShipperCamera, 0, len(all))
	for _, c := range all {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b events.ShipperCamera) int { return strings.Compare(a.Camera, b.Camera) })
	return list
}
