package depacket

import (
	"bytes"
	"encoding/binary"
	"math"
	"time"

	"github.com/donhk/istream/services/recorder/internal/media"
	"github.com/donhk/istream/services/recorder/internal/slab"
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

	memory  slab.Writer
	begun   bool // there is a unit
	arrival time.Time
	sync    bool
	stamp   uint32
	nals    int
	start   int  // where the NAL unit begins that is being put together
	open    bool // there is one
	picture bool // the unit has a slice
	marked  bool // its last packet had the marker
	proven  int  // keyframes in a row that the marker ended, as all units between
	early   bool // the unit before was taken to be whole by its marker

	goesOn bool   // the packet adds to a unit that had its marker
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
	v.next, v.synced, v.goesOn = p.Sequence+1, true, v.marked && v.picture
	if err := v.split(p.Payload, v); err != nil {
		v.drop(err)
	}
	if v.goesOn {
		v.proven = min(v.proven, 0) // more came after the marker
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

// sure is how many keyframes have to end with the marker, and all units between
// them, before it is believed: they are what comes in several slices.
const sure = 2

// Rest implements Track. A marker is as good as the camera's markers were so far.
func (v *Video) Rest(emit func(media.Unit)) {
	if !v.marked || !v.picture || v.open || v.proven < sure || v.sets != nil && v.sets.Interlaced {
		return
	}
	v.emit = emit
	v.finishUnit()
	v.emit, v.early = nil, true
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
	if v.early && v.packet.Timestamp == v.stamp && (r == picture || r == keyframe) && !first {
		v.proven = never // a picture was torn apart
	}
	v.early = false
	if !v.begun {
		v.begun, v.arrival = true, v.packet.Arrival
		v.memory.Begin(v.reserve(r))
	}
	if !v.picture {
		// Parameter sets may carry another stamp than the picture they lead.
		v.stamp, v.marked = v.packet.Timestamp, false
	}
	v.start, v.open = len(v.memory.Unit()), true
	v.memory.Append(0, 0, 0, 0)
}

// never is how far a camera's markers are from being believed once they lied.
const never = math.MinInt

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
	if len(v.memory.Unit())+len(b) > maxUnit {
		v.reset()
		v.faults = errTooLong
		return
	}
	v.memory.Append(b...)
}

// end completes the NAL unit.
func (v *Video) end() {
	if !v.open {
		return
	}
	v.open = false
	nal := v.memory.Unit()[v.start+lengthSize:]
	r, k, _ := v.classify(nal)
	if r != picture && r != keyframe && bytes.Contains(nal, startCode) {
		v.unpack(bytes.Clone(nal))
		return
	}
	if r == foreign || len(nal) == 0 {
		v.memory.Cut(v.start)
		return
	}
	binary.BigEndian.PutUint32(v.memory.Unit()[v.start:], uint32(len(nal)))
	v.count(r, k, nal)
}

func (v *Video) count(r role, k media.Kind, nal []byte) {
	v.nals++
	switch r {
	case parameter:
		v.sets = v.sets.With(v.codec(), k, nal)
	case keyframe:
		v.sync, v.picture = true, true
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
	v.memory.Cut(v.start)
	for nal := range bytes.SplitSeq(nals, startCode) {
		nal = bytes.TrimRight(nal, "\x00")
		if len(nal) == 0 {
			continue
		}
		r, k, _ := v.classify(nal)
		if r == foreign {
			continue
		}
		v.memory.Append(binary.BigEndian.AppendUint32(nil, uint32(len(nal)))...)
		v.memory.Append(nal...)
		v.count(r, k, nal)
	}
}

// drop gives up the NAL unit being put together.
func (v *Video) drop(why error) {
	if v.open {
		v.memory.Cut(v.start)
		v.open = false
	}
	v.faults = why
}

func (v *Video) finishUnit() {
	v.goesOn = false
	if !v.picture {
		v.reset()
		return
	}
	u := media.Unit{Track: v.track, Time: v.clock.unfold(v.stamp), Arrival: v.arrival, Sync: v.sync, Sets: v.sets}
	u.Data, u.Block = v.memory.End()
	if u.Sync {
		v.sizes[1] = len(u.Data)
	} else {
		v.sizes[0] = len(u.Data)
	}
	switch {
	case !v.marked:
		v.proven = min(v.proven, 0)
	case u.Sync:
		v.proven++
	}
	v.reset()
	v.emit(u)
}

func (v *Video) reset() {
	v.begun, v.nals, v.open, v.picture, v.marked, v.sync = false, 0, false, false, false, false
}
