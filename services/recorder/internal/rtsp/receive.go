package rtsp

import (
	"slices"
	"time"

	"github.com/pion/rtp"

	"github.com/donhk/istream/services/recorder/internal/depacket"
	"github.com/donhk/istream/services/recorder/internal/interleaved"
	"github.com/donhk/istream/services/recorder/internal/media"
	"github.com/donhk/istream/services/recorder/internal/timeline"
)

// Interval is how often a stream is read: what a kill may cost is what has come
// since, and the picture before it, and that has to stay within a second.
const Interval = 800 * time.Millisecond

// slow is the time between pictures from which on the picture before matters:
// such a camera is read twice as often.
const slow = 100 * time.Millisecond

// meeting is how long a track may take to begin after the picture did, for its
// first packet to be met when it comes: the track is placed by it.
const meeting = 3 * time.Second

// receiver turns packets into units on the session's time axis. It is called by
// one goroutine at a time.
type receiver struct {
	s        *Session
	aligner  *timeline.Aligner
	to       func(media.Unit)
	rest     func()
	anchored time.Time
	jumped   bool // and was told

	channels map[uint8]int // number of the track
	arrivals []arrivals    // a track each
	soon     bool          // packets are read as they come
	read     time.Time     // now
	before   time.Time     // all that had come was read then
	pictures int           // since
	pace     time.Duration // between pictures, of late
	begun    time.Time     // the picture
	latest   media.Unit    // picture
}

func newReceiver(s *Session, push func(media.Unit), rest func()) *receiver {
	return &receiver{
		s: s, aligner: timeline.NewAligner(s.Formats()), to: push, rest: rest, anchored: time.Now(),
		channels: map[uint8]int{}, arrivals: make([]arrivals, len(s.tracks)),
	}
}

// Read implements gather.Sink.
func (r *receiver) Read(at time.Time, soon bool) {
	if r.soon = soon; soon || r.before.IsZero() {
		r.before = at
	}
	r.read = at
}

// Packet implements gather.Sink.
func (r *receiver) Packet(channel uint8, b []byte) {
	number := r.channels[channel]
	p, ok := interleaved.ReadRTP(b)
	if !ok {
		r.s.lost.Add(1)
		return
	}
	t := &r.s.tracks[number]
	if p.Type != t.rtp.PayloadType() {
		return // of a format that was offered beside the one chosen
	}
	a := &r.arrivals[number]
	r.s.lost.Add(int64(a.skipped(p.Sequence)))
	r.push(number, depacket.Packet{
		Sequence: p.Sequence, Timestamp: p.Timestamp, Marker: p.Marker, Payload: p.Payload,
		Arrival: a.of(p.Timestamp, t.format, r.before, r.read),
	})
}

// Gathered implements gather.Sink.
func (r *receiver) Gathered() time.Duration {
	interval := min(Interval, r.s.patience/4)
	if r.soon {
		if !r.met() {
			return 0
		}
	} else {
		for _, t := range r.s.tracks {
			t.units.Rest(r.unit)
		}
		r.rest()
	}
	for i := range r.arrivals {
		r.arrivals[i].settle(r.read)
	}
	if r.pace = r.read.Sub(r.before) / time.Duration(max(r.pictures, 1)); r.pace > slow {
		interval /= 2
	}
	r.before, r.pictures = r.read, 0
	return interval
}

// met tells whether the picture has begun, and all else has that was to be met.
func (r *receiver) met() bool {
	if !r.arrivals[r.s.video()].known {
		return false
	}
	if r.begun.IsZero() {
		r.begun = r.read
	}
	unknown := func(a arrivals) bool { return !a.known }
	return r.read.Sub(r.begun) >= meeting || !slices.ContainsFunc(r.arrivals, unknown)
}

// packet takes what came by another way than our own reading.
func (r *receiver) packet(number int, p *rtp.Packet) {
	r.read = time.Now()
	r.push(number, depacket.Packet{Sequence: p.SequenceNumber, Timestamp: p.Timestamp, Marker: p.Marker, Payload: p.Payload, Arrival: r.read})
}

func (r *receiver) push(number int, p depacket.Packet) {
	if err := r.s.tracks[number].units.Push(p, r.unit); err != nil {
		r.s.lost.Add(1)
	}
}

func (r *receiver) unit(u media.Unit) {
	video := r.s.tracks[u.Track].format.Codec.Video()
	if video {
		if r.pictures > 0 && u.Time == r.latest.Time && r.pace > 0 {
			// Its time stamp tells nothing.
			u.Arrival = earlier(r.latest.Arrival.Add(r.pace), r.read)
		}
		r.latest = media.Unit{Time: u.Time, Arrival: u.Arrival}
		r.pictures++
	}
	u, jumped := r.aligner.Align(u)
	if jumped && !r.jumped {
		r.jumped = true
		r.s.log.Warn("the camera's time stamps jumped", "track", r.s.tracks[u.Track].format.Codec)
	}
	if video && u.Sync && u.Arrival.Sub(r.anchored) > anchorEvery {
		r.aligner.Anchor(u.Arrival)
		r.anchored = u.Arrival
	}
	r.to(u)
}

// flush pushes what the tracks still hold.
func (r *receiver) flush() {
	for _, t := range r.s.tracks {
		t.units.Flush(r.unit)
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
