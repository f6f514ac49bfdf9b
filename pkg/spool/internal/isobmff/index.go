package isobmff

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"time"
)

// maxEntries bounds an index; when it is full every second entry goes, so a
// file of any length can be sought, if more coarsely.
const maxEntries = 1 << 14

// Index gathers what the fragments of a file tell: how long it is, and where
// a player can begin.
type Index struct {
	movie   *Movie
	ends    []uint64 // a track's end in its units, as in movie.Tracks
	starts  []uint64 // a track's first decode time
	seen    []bool
	entries []entry
	skip    int // fragments with a sync sample between two entries
	skipped int
	count   int // fragments
}

type entry struct {
	time             uint64
	offset           int64
	traf, trun, sync uint32
}

// NewIndex is empty.
func NewIndex(m *Movie) *Index {
	n := len(m.Tracks)
	return &Index{movie: m, ends: make([]uint64, n), starts: make([]uint64, n), seen: make([]bool, n)}
}

// Fragments is how many were added.
func (x *Index) Fragments() int { return x.count }

// Fragment is what one moof tells; see Index.Read.
type Fragment struct {
	offset int64
	runs   []run
}

// Read reads a fragment: its whole moof, which begins at offset in the file,
// and the size of the moof and the mdat together. The data that the moof speaks
// of must lie within it. The index is not changed.
func (x *Index) Read(moof []byte, offset, size int64) (Fragment, error) {
	runs, err := x.movie.parseMoof(moof)
	if err != nil {
		return Fragment{}, err
	}
	for _, r := range runs {
		if r.offset > size {
			return Fragment{}, fmt.Errorf("the fragment at %d speaks of data beyond it", offset)
		}
	}
	return Fragment{offset: offset, runs: runs}, nil
}

// Add takes in a fragment that follows those before.
func (x *Index) Add(f Fragment) {
	x.count++
	video := x.movie.video().ID
	for _, r := range f.runs {
		x.extend(r)
		if r.track == video && r.trun != 0 {
			x.point(entry{time: r.syncAt, offset: f.offset, traf: r.traf, trun: r.trun, sync: r.sync})
		}
	}
}

func (x *Index) extend(r run) {
	for i, t := range x.movie.Tracks {
		if t.ID != r.track || r.samples == 0 {
			continue
		}
		if !x.seen[i] {
			x.seen[i], x.starts[i] = true, r.base
		}
		x.ends[i] = max(x.ends[i], r.base+r.duration)
	}
}

func (x *Index) point(e entry) {
	if x.skipped < x.skip {
		x.skipped++
		return
	}
	x.skipped = 0
	if len(x.entries) == maxEntries {
		for i := range maxEntries / 2 {
			x.entries[i] = x.entries[2*i]
		}
		x.entries = x.entries[:maxEntries/2]
		x.skip = 2*x.skip + 1
	}
	x.entries = append(x.entries, e)
}

// Duration is how long the picture lasts (or the first track, where there is
// none).
func (x *Index) Duration() time.Duration {
	video := x.movie.video()
	return time.Duration(min(rescale(x.length(video.ID), video.Timescale, uint32(time.Second)), math.MaxInt64))
}

// length of a track, from its first sample to its end, in its units.
func (x *Index) length(id uint32) uint64 {
	for i, t := range x.movie.Tracks {
		if t.ID == id && x.seen[i] {
			return x.ends[i] - min(x.starts[i], x.ends[i])
		}
	}
	return 0
}

// shown is when a track ends, in the movie's units.
func (x *Index) shown(id uint32) uint64 {
	for i, t := range x.movie.Tracks {
		if t.ID == id {
			end := rescale(x.ends[i], t.Timescale, x.movie.Timescale)
			return end + min(t.late, math.MaxUint64-end)
		}
	}
	return 0
}

// longest is the end of the track that ends last, in the movie's units.
func (x *Index) longest() uint64 {
	var last uint64
	for _, t := range x.movie.Tracks {
		last = max(last, x.shown(t.ID))
	}
	return last
}

// PatchMoov writes the measured durations into the moov that the movie was
// read from.
func (x *Index) PatchMoov(moov []byte) { x.movie.patch(moov, x) }

// Mfra is the random access box (ISO/IEC 14496-12, 8.8.9) that ends a file.
// Players seek by it without reading every fragment's header.
func (x *Index) Mfra() []byte {
	tfra := 8 + 4 + 4 + 4 + 4 + len(x.entries)*(8+8+3*4)
	size := 8 + tfra + 16
	b := make([]byte, 0, size)
	b = append(binary.BigEndian.AppendUint32(b, uint32(size)), "mfra"...)
	b = append(binary.BigEndian.AppendUint32(b, uint32(tfra)), "tfra"...)
	b = binary.BigEndian.AppendUint32(b, 1<<24) // version 1: 64-bit times and offsets
	b = binary.BigEndian.AppendUint32(b, x.movie.video().ID)
	b = binary.BigEndian.AppendUint32(b, 3<<4|3<<2|3) // the three numbers take 4 bytes each
	b = binary.BigEndian.AppendUint32(b, uint32(len(x.entries)))
	for _, e := range x.entries {
		b = binary.BigEndian.AppendUint64(b, e.time)
		b = binary.BigEndian.AppendUint64(b, uint64(e.offset))
		b = binary.BigEndian.AppendUint32(b, e.traf)
		b = binary.BigEndian.AppendUint32(b, e.trun)
		b = binary.BigEndian.AppendUint32(b, e.sync)
	}
	b = append(binary.BigEndian.AppendUint32(b, 16), "mfro"...)
	b = binary.BigEndian.AppendUint32(b, 0)
	return binary.BigEndian.AppendUint32(b, uint32(size))
}

// rescale turns a time in units of 1/from s into units of 1/to s, rounded
// down; it saturates.
func rescale(t uint64, from, to uint32) uint64 {
	hi, lo := bits.Mul64(t, uint64(to))
	if from == 0 || hi >= uint64(from) {
		return math.MaxUint64
	}
	q, _ := bits.Div64(hi, lo, uint64(from))
	return q
}
