package rtsp

import (
	"bytes"
	"slices"

	"github.com/donhk/istream/cmd/camsim/clip"
	"github.com/donhk/istream/cmd/camsim/faults"
)

var startCode = []byte{0, 0, 0, 1} // H.264, annex B

// picture gives a sample's NAL units as the faults want them.
func (s *stream) picture(sample clip.Sample) [][]byte {
	bad, units := &s.server.config.Faults, sample.Video
	if !sample.Key {
		return units
	}
	if s.player.Sequence.InBand && odd(sample, bad.NewParams) {
		units = slices.Concat(s.other, units[len(s.other):])
	}
	if bad.OneNAL {
		units = [][]byte{bytes.Join(units, startCode)}
	}
	return units
}

// odd tells the frames of every second run of that many; none where it is 0.
func odd(sample clip.Sample, run int) bool {
	return run > 0 && sample.Number/uint64(run)%2 == 1
}

// anHour is in ticks of clip.VideoRate.
const anHour = 3600 * clip.VideoRate

// stamps gives the picture's times as the faults want them.
type stamps struct {
	bad     *faults.Faults
	stopped bool
	at      int64
}

// of is a sample's time; sound is always right.
func (s *stamps) of(sample clip.Sample) int64 {
	if sample.Video == nil {
		return sample.PTS
	}
	if stops := s.bad.TimeStops; stops == 0 || odd(sample, stops) {
		s.stopped = false
	} else if !s.stopped {
		s.stopped, s.at = true, sample.PTS
	}
	at := sample.PTS
	if s.stopped {
		at = s.at
	}
	if jumps := s.bad.TimeJumps; jumps > 0 && !odd(sample, jumps) {
		at += anHour
	}
	return at
}
