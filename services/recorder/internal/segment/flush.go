package segment

import (
	"math"
	"time"

	"github.com/donhk/istream/services/recorder/internal/fmp4"
	"github.com/donhk/istream/services/recorder/internal/media"
	"github.com/donhk/istream/services/recorder/internal/slab"
)

// flush writes the fragment, whose last picture lasts until end. With a cause
// it is the segment's last, and next is the first picture of the segment after
// it, nil where there is none.
func (s *Segmenter) flush(end int64, next *sample, cause string) {
	c := s.current
	sound := make([][]media.Unit, len(s.formats))
	for i := range s.formats {
		if i != s.video {
			sound[i] = s.take(i, next, cause != "")
		}
	}
	chunk := Chunk{Pictures: len(c.pictures), First: c.pictures[0].Arrival, Last: c.pictures[len(c.pictures)-1].Arrival, Closes: cause != "", Cause: cause, Note: s.note}
	s.note = ""
	if c.sequence == 0 {
		chunk.Opens, chunk.Start = true, c.start
		chunk.Header = fmp4.Init(s.zero(sound), c.start)
		chunk.Init = len(chunk.Header)
	}
	c.sequence++
	chunk.Sequence = c.sequence

	runs := []fmp4.Run{s.pictures(end)}
	chunk.Data, chunk.blocks = make([][]byte, 0, s.pieces()), make([]*slab.Block, 0, len(c.pictures))
	for _, p := range c.pictures {
		chunk.Data, chunk.blocks = append(chunk.Data, p.Data), append(chunk.blocks, p.Block)
	}
	for i, units := range sound {
		if len(units) == 0 {
			continue
		}
		runs = append(runs, s.sounds(i, units))
		for _, u := range units {
			chunk.Data = append(chunk.Data, u.Data)
		}
	}
	chunk.Header = fmp4.AppendHeader(chunk.Header, uint32(c.sequence), runs)
	clear(c.pictures)
	c.pictures, c.bytes = c.pictures[:0], 0
	s.emit(chunk)
}

// take removes the units of a sound track that go into this fragment. The last
// stays, unless the segment ends, since the one after it tells how long it lasts.
func (s *Segmenter) take(track int, next *sample, ends bool) []media.Unit {
	waiting := s.sound[track]
	n := len(waiting)
	switch {
	case n == 0:
		return nil
	case next != nil:
		cut := s.onTrack(track, next.Time)
		for n = 0; n < len(waiting) && waiting[n].Time < cut; n++ {
		}
	case !ends:
		n--
	}
	if n > 0 && n < len(waiting) {
		waiting[n-1].Length = waiting[n].Time - waiting[n-1].Time
	}
	taken := waiting[:n:n]
	s.sound[track] = append([]media.Unit(nil), waiting[n:]...)
	if s.current.first && s.current.sequence == 0 {
		// Sound from before the first picture of a session.
		begin := s.onTrack(track, s.shown())
		for len(taken) > 0 && taken[0].Time < begin {
			taken = taken[1:]
		}
	}
	return taken
}

// shown is when the first picture is presented, of those in the fragment.
func (s *Segmenter) shown() int64 {
	first := int64(math.MaxInt64)
	for _, p := range s.current.pictures {
		first = min(first, p.Time)
	}
	return first
}

// zero decides what is time zero in the file: the first picture's presentation,
// or sound that came too late for the segment before. It returns what the file
// tells of each track: how long after that it begins.
func (s *Segmenter) zero(sound [][]media.Unit) []fmp4.Track {
	c := s.current
	shown := s.shown()
	zero := shown // in units of the picture's track
	for i, units := range sound {
		if len(units) > 0 {
			early := s.formats[i].Duration(s.onTrack(i, shown) - units[0].Time)
			zero = min(zero, shown-s.formats[s.video].Ticks(early))
		}
	}
	c.bases = make([]int64, len(s.formats))
	tracks := make([]fmp4.Track, len(s.formats))
	for i, f := range s.formats {
		begins := s.onTrack(i, zero)
		late := time.Duration(0)
		switch {
		case i == s.video:
			late = f.Duration(shown - zero)
		case len(sound[i]) > 0:
			late = max(f.Duration(sound[i][0].Time-begins), 0)
		}
		tracks[i] = fmp4.Track{Format: f, Late: late.Truncate(time.Millisecond)}
		c.bases[i] = begins + f.Ticks(tracks[i].Late)
	}
	// A picture may be decoded before it is shown.
	tracks[s.video].Sets, tracks[s.video].Delay = c.sets, max(shown-c.begin, 0)
	c.bases[s.video] -= tracks[s.video].Delay
	return tracks
}

// onTrack turns a time of the picture's track into one of another track.
func (s *Segmenter) onTrack(track int, t int64) int64 {
	if track == s.video {
		return t
	}
	return s.formats[track].Ticks(s.formats[s.video].Duration(t))
}

func (s *Segmenter) pictures(end int64) fmp4.Run {
	c := s.current
	r := fmp4.Run{Track: s.video + 1, Base: positive(c.pictures[0].decode - c.bases[s.video]), Samples: make([]fmp4.Sample, 0, len(c.pictures))}
	for i, p := range c.pictures {
		until := end
		if i+1 < len(c.pictures) {
			until = c.pictures[i+1].decode
		}
		r.Samples = append(r.Samples, fmp4.Sample{
			Size: uint32(len(p.Data)), Duration: uint32(min(positive(until-p.decode), math.MaxUint32)), Sync: p.Sync,
			Offset: int32(min(max(p.Time-p.decode, math.MinInt32), math.MaxInt32)),
		})
	}
	return r
}

func (s *Segmenter) sounds(track int, units []media.Unit) fmp4.Run {
	r := fmp4.Run{Track: track + 1, Base: positive(units[0].Time - s.current.bases[track])}
	for i, u := range units {
		length := u.Length
		if i+1 < len(units) {
			length = units[i+1].Time - u.Time
		}
		r.Samples = append(r.Samples, fmp4.Sample{Size: uint32(len(u.Data)), Duration: uint32(min(positive(length), math.MaxUint32)), Sync: true})
	}
	return r
}

func positive(v int64) uint64 { return uint64(max(v, 0)) }
