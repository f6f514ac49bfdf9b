package rtsp

import (
	"time"

	"github.com/pion/rtp"

	"github.com/donhk/istream/services/recorder/internal/depacket"
	"github.com/donhk/istream/services/recorder/internal/media"
	"github.com/donhk/istream/services/recorder/internal/timeline"
)

// receiver turns packets into units on the session's time axis. It is called by
// one goroutine at a time.
type receiver struct {
	s        *Session
	aligner  *timeline.Aligner
	push     func(media.Unit)
	anchored time.Time
	jumped   bool // and was told
}

func newReceiver(s *Session, push func(media.Unit)) *receiver {
	return &receiver{s: s, aligner: timeline.NewAligner(s.Formats()), push: push, anchored: time.Now()}
}

func (r *receiver) packet(number int, p *rtp.Packet) {
	now, t := time.Now(), r.s.tracks[number]
	err := t.units.Push(depacket.Packet{Sequence: p.SequenceNumber, Timestamp: p.Timestamp, Marker: p.Marker, Payload: p.Payload, Arrival: now}, r.unit)
	if err != nil {
		r.s.lost.Add(1)
	}
}

func (r *receiver) unit(u media.Unit) {
	u, jumped := r.aligner.Align(u)
	if jumped && !r.jumped {
		r.jumped = true
		r.s.log.Warn("the camera's time stamps jumped", "track", r.s.tracks[u.Track].format.Codec)
	}
	if u.Sync && r.s.tracks[u.Track].format.Codec.Video() && u.Arrival.Sub(r.anchored) > anchorEvery {
		r.aligner.Anchor(u.Arrival)
		r.anchored = u.Arrival
	}
	r.push(u)
}

// flush pushes what the tracks still hold.
func (r *receiver) flush() {
	for _, t := range r.s.tracks {
		t.units.Flush(r.unit)
	}
}
