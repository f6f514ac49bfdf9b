// Package rtsptest is a camera for tests: an RTSP server on loopback that sends
// pictures which carry their number, in real time, and a reader that finds the
// numbers again in recorded files. What it sends looks like H.264 or H.265 to
// everything that does not decode.
package rtsptest

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/donhk/istream/services/recorder/internal/media"
)

// Rate is the clock of the picture's time stamps.
const Rate = 90000

// Scene is what a camera sends.
type Scene struct {
	Codec   media.Codec
	FPS     int
	GOP     int         // pictures
	B       bool        // every other picture is shown before the one sent ahead of it
	Size    int         // bytes of a picture, about; 0: 400
	Sound   media.Codec // "": none
	InBand  bool        // the description has no parameter sets
	Changes int         // from this picture on the parameter sets differ; 0: never
	Mute    func(picture int) bool
}

// Picture is one as it is sent.
type Picture struct {
	Number int
	Key    bool
	Time   time.Duration // of presentation
	NALs   [][]byte
}

// Parameter sets of real encoders, 1920x1080.
var (
	spsBaseline = []byte{0x67, 0x42, 0xc0, 0x28, 0xd9, 0x00, 0x78, 0x02, 0x27, 0xe5, 0x84, 0x00, 0x00, 0x03, 0x00, 0x04, 0x00, 0x00, 0x03, 0x00, 0xf0, 0x3c, 0x60, 0xc9, 0x20}
	spsHigh     = []byte{0x67, 0x64, 0x00, 0x28, 0xac, 0xd9, 0x40, 0x78, 0x02, 0x27, 0xe5, 0x84, 0x00, 0x00, 0x03, 0x00, 0x04, 0x00, 0x00, 0x03, 0x00, 0xf0, 0x3c, 0x60, 0xc6, 0x58}
	pps264      = []byte{0x68, 0xcb, 0x83, 0xcb, 0x20}
	pps264Other = []byte{0x68, 0xee, 0x3c, 0x80}
	vps265      = []byte{0x40, 0x01, 0x0c, 0x01, 0xff, 0xff, 0x01, 0x60, 0x00, 0x00, 0x03, 0x00, 0x90, 0x00, 0x00, 0x03, 0x00, 0x00, 0x03, 0x00, 0x78, 0x99, 0x98, 0x09}
	sps265      = []byte{0x42, 0x01, 0x01, 0x01, 0x60, 0x00, 0x00, 0x03, 0x00, 0x90, 0x00, 0x00, 0x03, 0x00, 0x00, 0x03, 0x00, 0x78, 0xa0, 0x03, 0xc0, 0x80, 0x10, 0xe5, 0x96, 0x66, 0x69, 0x24, 0xca, 0xe0, 0x10, 0x00, 0x00, 0x03, 0x00, 0x10, 0x00, 0x00, 0x03, 0x01, 0xe0, 0x80}
	pps265      = []byte{0x44, 0x01, 0xc1, 0x72, 0xb4, 0x62, 0x40}
	pps265Other = []byte{0x44, 0x01, 0xc0, 0xf3, 0xc0, 0x02, 0x10, 0x00}
)

// Sets are the parameter sets in force at a picture, in the order sent.
func (s Scene) Sets(number int) [][]byte {
	changed := s.Changes > 0 && number >= s.Changes
	if s.Codec == media.H265 {
		if changed {
			return [][]byte{vps265, sps265, pps265Other}
		}
		return [][]byte{vps265, sps265, pps265}
	}
	sps, pps := spsBaseline, pps264
	if s.B {
		sps = spsHigh
	}
	if changed {
		pps = pps264Other
	}
	return [][]byte{sps, pps}
}

// Picture is the picture sent as the number-th.
func (s Scene) Picture(number int) Picture {
	in := number % s.GOP
	shown := number
	if s.B && in > 0 {
		// Sent 0, 2, 1, 4, 3, ...; a last one without a partner stays.
		if in%2 == 1 && in+1 < s.GOP {
			shown++
		} else if in%2 == 0 {
			shown--
		}
	}
	p := Picture{Number: number, Key: in == 0, Time: time.Duration(shown) * time.Second / time.Duration(s.FPS)}
	if p.Key {
		p.NALs = append(p.NALs, s.Sets(number)...)
	}
	p.NALs = append(p.NALs, s.slice(p))
	return p
}

// slice is a NAL unit with the number in it, and no start code.
func (s Scene) slice(p Picture) []byte {
	header := []byte{0x41, 0x9a}
	switch {
	case s.Codec == media.H265 && p.Key:
		header = []byte{0x26, 0x01, 0xaf}
	case s.Codec == media.H265:
		header = []byte{0x02, 0x01, 0xd0}
	case p.Key:
		header = []byte{0x65, 0x88}
	}
	size := s.Size
	if size == 0 {
		size = 400
	}
	if p.Key {
		size *= 6
	}
	nal := fmt.Appendf(header, "picture%08d", p.Number)
	for len(nal) < size {
		nal = append(nal, 0x80|byte(len(nal)*7+p.Number))
	}
	return nal
}

// soundRate and soundLength are of one frame of each kind of sound.
func (s Scene) soundRate() int {
	if s.Sound == media.Opus {
		return 48000
	}
	if s.Sound == media.AAC {
		return 16000
	}
	return 8000
}

func (s Scene) soundLength() int {
	if s.Sound == media.AAC {
		return 1024
	}
	return s.soundRate() / 50
}

// frame is the number-th of the sound; G.711's size tells its length.
func (s Scene) frame(number int) []byte {
	size := 60
	if s.Sound == media.PCMA || s.Sound == media.PCMU {
		size = s.soundLength()
	}
	b := make([]byte, size)
	if s.Sound == media.Opus {
		b[0] = 0x08 // 20 ms, one frame
	}
	binary.BigEndian.PutUint32(b[4:], uint32(number))
	return b
}
