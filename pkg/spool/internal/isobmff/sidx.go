package isobmff

import (
	"encoding/binary"
	"math"
	"slices"
)

// Sizes in bytes of a segment index (ISO/IEC 14496-12, 8.16.3, version 1).
const (
	sidxHead  = 40
	sidxEntry = 12
)

// Sidx is the indexes that a file may carry in front of its fragments, in at most
// room bytes that end at end: one of the picture's track, by which a player finds
// any time without having seen the fragments before it, and one with a single part
// of each other track, which tells how long that is. The last fragment ends at
// last. What does not fit, or is beyond what such an index can tell, is left out.
//
// Each part of the picture's index begins with a keyframe, apart from the first of
// a file that begins with none. Its times are those of decoding, as those of the
// fragments themselves; presentation differs by the few pictures that were put in
// another order.
func (x *Index) Sidx(end, room, last int64) []byte {
	var sound [][]byte
	video := x.movie.video().ID
	ahead := x.first.offset - end // of what is being placed
	for i, t := range x.movie.Tracks {
		if t.ID == video || !x.seen[i] || room < 2*(sidxHead+sidxEntry) {
			continue
		}
		whole := []entry{{offset: x.first.offset, time: x.starts[i], sync: 1}}
		if b := x.sidx(t.ID, whole, ahead, last); b != nil {
			sound, ahead, room = append(sound, b), ahead+int64(len(b)), room-int64(len(b))
		}
	}
	// Players take the first index they find: it has to be the picture's.
	all := x.sidx(video, x.points((room-sidxHead)/sidxEntry), ahead, last)
	if all == nil {
		return nil
	}
	for _, b := range slices.Backward(sound) {
		all = append(all, b...)
	}
	return all
}

// points are the fragments that begin with a sync sample, and the first, thinned
// to at most so many.
func (x *Index) points(most int64) []entry {
	if x.count == 0 || most < 1 {
		return nil
	}
	all := []entry{x.first}
	for _, e := range x.entries {
		switch {
		case e.trun != 1 || e.sync != 1:
		case e.offset == x.first.offset:
			all[0] = e
		default:
			all = append(all, e)
		}
	}
	step := (int64(len(all)) + most - 1) / most
	kept := all[:0]
	for i := int64(0); i < int64(len(all)); i += step {
		kept = append(kept, all[i])
	}
	return kept
}

// sidx is a track's index, which lies so many bytes ahead of the first fragment;
// nil where sizes or durations are out of its range.
func (x *Index) sidx(track uint32, points []entry, ahead, last int64) []byte {
	size := sidxHead + sidxEntry*len(points)
	if ahead < 0 || len(points) == 0 || len(points) > math.MaxUint16 {
		return nil
	}
	b := append(binary.BigEndian.AppendUint32(make([]byte, 0, size), uint32(size)), "sidx"...)
	b = binary.BigEndian.AppendUint32(b, 1<<24) // version
	b = binary.BigEndian.AppendUint32(b, track)
	b = binary.BigEndian.AppendUint32(b, x.movie.track(track).Timescale)
	b = binary.BigEndian.AppendUint64(b, points[0].time)
	b = binary.BigEndian.AppendUint64(b, uint64(ahead))
	b = binary.BigEndian.AppendUint32(b, uint32(len(points))) // 16 bits are reserved
	for i, p := range points {
		next := entry{offset: last, time: x.end(track)}
		if i+1 < len(points) {
			next = points[i+1]
		}
		bytes, ticks := next.offset-p.offset, next.time-p.time
		if bytes <= 0 || bytes > math.MaxInt32 || next.time < p.time || ticks > math.MaxUint32 {
			return nil
		}
		b = binary.BigEndian.AppendUint32(b, uint32(bytes))
		b = binary.BigEndian.AppendUint32(b, uint32(ticks))
		access := uint32(0)
		if p.sync == 1 {
			access = 1<<31 | 1<<28 // begins with a stream access point of type 1
		}
		b = binary.BigEndian.AppendUint32(b, access)
	}
	return b
}

// end of a track, in its units.
func (x *Index) end(id uint32) uint64 {
	for i, t := range x.movie.Tracks {
		if t.ID == id {
			return x.ends[i]
		}
	}
	return 0
}
