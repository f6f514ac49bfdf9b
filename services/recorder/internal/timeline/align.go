package timeline

import (
	"time"

	"github.com/donhk/istream/services/recorder/internal/media"
)

// Tolerance is how far time stamps and arrivals may drift apart before the time
// stamps are taken to have jumped. A network that stalls delays packets by less
// than this, as a session without frames ends sooner.
const Tolerance = 15 * time.Second

// backward is the furthest that reordered pictures step back.
const backward = 3 * time.Second

// Aligner moves the units of a session onto its time axis. Cameras start each
// track's time stamps anywhere, so a track's first unit is placed by its arrival.
type Aligner struct {
	formats []media.Format
	tracks  []aligned
	begin   time.Time
}

type aligned struct {
	known   bool
	offset  int64 // added to time stamps
	latest  int64 // on the axis
	stamp   int64 // of the unit before
	arrived int64 // when that came, on the axis
	length  int64 // of that unit, of sound
}

// NewAligner is of a session with these tracks.
func NewAligner(formats []media.Format) *Aligner {
	return &Aligner{formats: formats, tracks: make([]aligned, len(formats))}
}

// Align returns u with its time on the axis; jumped, and the unit's Moved, is set
// where its time stamp was beyond belief: it had jumped, and the track has been
// placed anew, by its arrival; or it stood still, and the unit alone is placed by
// how long after the one before it came, or that one lasted.
func (a *Aligner) Align(u media.Unit) (moved media.Unit, jumped bool) {
	if a.begin.IsZero() {
		a.begin = u.Arrival
	}
	t, f := &a.tracks[u.Track], a.formats[u.Track]
	arrived := f.Ticks(u.Arrival.Sub(a.begin)) // by the monotonic clock
	at := u.Time + t.offset
	drift, back := at-arrived, t.latest-at
	still := int64(0) // how much later than its stamp
	switch {
	case !t.known:
		t.offset, t.known = arrived-u.Time, true
	case max(drift, -drift) > f.Ticks(Tolerance), back > f.Ticks(backward):
		t.offset, jumped = max(arrived, t.latest+1)-u.Time, true
	case u.Time == t.stamp:
		step := t.length
		if f.Codec.Video() {
			step = arrived - t.arrived
		}
		still, jumped = t.latest+max(step, 1)-at, true
	}
	t.stamp, t.arrived, t.length = u.Time, arrived, u.Length
	u.Time += t.offset + still
	t.latest, u.Moved = max(t.latest, u.Time), jumped
	return u, jumped
}

// Anchor accepts the drift that a track has gathered so far: clocks that run at
// slightly different speeds are no jump.
func (a *Aligner) Anchor(at time.Time) {
	// The axis itself is moved, by the drift of the track that leads.
	for i := range a.tracks {
		if t := a.tracks[i]; t.known && a.formats[i].Codec.Video() {
			passed := a.formats[i].Duration(t.latest)
			if drift := at.Sub(a.begin) - passed; max(drift, -drift) < Tolerance {
				a.begin = a.begin.Add(drift)
			}
			return
		}
	}
}
