package depacket

import (
	"bytes"
	"encoding/binary"
	"time"

	"github.com/donhk/istream/services/recorder/internal/media"
)

// role is what a NAL unit means for the access unit it is in.
type role int

const (
	other     role = iota // belongs to the picture before it
	leader                // begins an access unit: delimiter, SEI
	parameter             // begins an access unit too, and is kept
	picture               // a slice
	keyframe              // a slice at which decoding can begin
	foreign               // no NAL unit that may stand in a stream
)

// Sizes in bytes.
const (
	lengthSize = 4  // before each NAL unit in a sample
	maxLeaders = 64 // NAL units without a picture
)

// syntax is what differs between H.264 and H.265.
type syntax interface {
	// classify reads the first bytes of a NAL unit: its header, then slice data.
	classify(nal []byte) (r role, k media.Kind, first bool)
	// split takes a payload apart: whole NAL units, or a piece of one.
	split(payload []byte, v *Video) error
	codec() media.Codec
}

// Video collects access units.
type Video struct {
	syntax
	track int
	clock counter
	sets  *media.Sets

	unit    media.Unit
	stamp   uint32
	nals    int
	start   int  // where the NAL unit begins that is being put together
	open    bool // there is one
	picture bool // the unit has a slice
	marked  bool // its last packet had the marker

	next   uint16 // sequence number expected
	synced bool   // next is known
	faults error
	packet Packet
	emit   func(media.Unit)
	sizes  [2]int // of the latest unit without and with Sync: what to reserve
}

// NewH264 and NewH265 collect a track; sets are those told beforehand (nil
// where none were).
func NewH264(track int, sets *media.Sets) *Video {
	return &Video{syntax: avc{}, track: track, sets: sets}
}

// NewH265 is like NewH264.
func NewH265(track int, maxDONDiff int, sets *media.Sets) *Video {
	return &Video{syntax: hevc{donl: maxDONDiff > 0}, track: track, sets: sets}
}

// Push implements Track.
func (v *Video) Push(p Packet, emit func(media.Unit)) error {
	v.packet, v.emit, v.faults = p, emit, nil
	if v.synced && p.Sequence != v.next {
		v.drop(errLost)
	}
	v.next, v.synced = p.Sequence+1, true
	if err := v.split(p.Payload, v); err != nil {
		v.drop(err)
	}
	if p.Marker {
		v.marked = true
	}
	v.packet.Payload, v.emit = nil, nil
	return v.faults
}

// Flush implements Track. A unit whose last packet had no marker may lack more.
func (v *Video) Flush(emit func(media.Unit)) {
	v.emit = emit
	if v.marked && !v.open {
		v.finishUnit()
	}
	v.emit = nil
}

// whole adds a NAL unit that came in one piece.
func (v *Video) whole(nal []byte) {
	if len(nal) == 0 {
		return
	}
	v.begin(nal)
	v.more(nal)
	v.end()
}

// begin starts a NAL unit of which head are the first bytes; more adds to it.
func (v *Video) begin(head []byte) {
	if v.open {
		v.drop(errLost)
	}
	r, _, first := v.classify(head)
	if v.picture && v.isNext(r, first) {
		v.finishUnit()
	}
	if v.unit.Data == nil {
		v.unit.Arrival = v.packet.Arrival
		v.unit.Data = make([]byte, 0, v.reserve(r))
	}
	if !v.picture {
		// Parameter sets may carry another stamp than the picture they lead.
		v.stamp, v.marked = v.packet.Timestamp, false
	}
	v.start, v.open = len(v.unit.Data), true
	v.unit.Data = append(v.unit.Data, 0, 0, 0, 0)
}

func (v *Video) reserve(r role) int {
	if r == picture {
		return v.sizes[0] * 5 / 4
	}
	return v.sizes[1] * 9 / 8
}

// isNext tells whether a NAL unit begins the access unit after the present one.
func (v *Video) isNext(r role, first bool) bool {
	if v.packet.Timestamp != v.stamp {
		return true
	}
	switch r {
	case picture, keyframe:
		// Two fields of one picture may share a stamp; only the marker parts them.
		return first && (v.marked || v.sets == nil || !v.sets.Interlaced)
	case leader, parameter:
		return v.marked
	}
	return false
}

func (v *Video) more(b []byte) {
	if !v.open {
		return
	}
	if len(v.unit.Data)+len(b) > maxUnit {
		v.reset()
		v.faults = errTooLong
		return
	}
	v.unit.Data = append(v.unit.Data, b...)
}

// end completes the NAL unit.
func (v *Video) end() {
	if !v.open {
		return
	}
	v.open = false
	nal := v.unit.Data[v.start+lengthSize:]
	r, k, _ := v.classify(nal)
	if r != picture && r != keyframe && bytes.Contains(nal, startCode) {
		v.unpack(bytes.Clone(nal))
		return
	}
	if r == foreign || len(nal) == 0 {
		v.unit.Data = v.unit.Data[:v.start]
		return
	}
	binary.BigEndian.PutUint32(v.unit.Data[v.start:], uint32(len(nal)))
	v.count(r, k, nal)
}

func (v *Video) count(r role, k media.Kind, nal []byte) {
	v.nals++
	switch r {
	case parameter:
		v.sets = v.sets.With(v.codec(), k, nal)
	case keyframe:
		v.unit.Sync, v.picture = true, true
	case picture:
		v.picture = true
	}
	if !v.picture && v.nals > maxLeaders {
		v.reset()
		v.faults = errTooLong
	}
}

var startCode = []byte{0, 0, 1}

// unpack takes apart what some cameras send as one NAL unit: several, between
// start codes (Annex B).
func (v *Video) unpack(nals []byte) {
	v.unit.Data = v.unit.Data[:v.start]
	for nal := range bytes.SplitSeq(nals, startCode) {
		nal = bytes.TrimRight(nal, "\x00")
		if len(nal) == 0 {
			continue
		}
		r, k, _ := v.classify(nal)
		if r == foreign {
			continue
		}
		v.unit.Data = binary.BigEndian.AppendUint32(v.unit.Data, uint32(len(nal)))
		v.unit.Data = append(v.unit.Data, nal...)
		v.count(r, k, nal)
	}
}

// drop gives up the NAL unit being put together.
func (v *Video) drop(why error) {
	if v.open {
		v.unit.Data, v.open = v.unit.Data[:v.start], false
	}
	v.faults = why
}

func (v *Video) finishUnit() {
	u := v.unit
	if v.picture {
		u.Track, u.Time, u.Sets = v.track, v.clock.unfold(v.stamp), v.sets
		if u.Sync {
			v.sizes[1] = len(u.Data)
		} else {
			v.sizes[0] = len(u.Data)
		}
	}
	had := v.picture
	v.reset()
	if had {
		v.emit(u)
	}
}

func (v *Video) reset() {
	v.unit, v.nals, v.open, v.picture, v.marked = media.Unit{Arrival: time.Time{}}, 0, false, false, false
}
