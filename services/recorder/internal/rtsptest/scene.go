// Package rtsptest is a camera for tests: an RTSP server on loopback that sends
// pictures which carry their number, in real time, and a reader that finds the
// numbers again in recorded files. What it sends looks like H.264 or H.265 to
// everything that does not decode.
package rtsptest

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/av1"

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
	av1Header   = []byte{0x0a, 0x0b, 0x00, 0x00, 0x00, 0x42, 0xab, 0xbf, 0xc3, 0x73, 0x2b, 0xe4, 0x01}
	av1Other    = []byte{0x0a, 0x0b, 0x00, 0x00, 0x00, 0x2d, 0x4c, 0xff, 0xb3, 0xcc, 0xaf, 0x90, 0x04}
	pps265Other = []byte{0x44, 0x01, 0xc0, 0xf3, 0xc0, 0x02, 0x10, 0x00}
)

// Sets are the parameter sets in force at a picture, in the order sent.
func (s Scene) Sets(number int) [][]byte {
	changed := s.Changes > 0 && number >= s.Changes
	switch {
	case s.Codec == media.MJPEG:
		return nil
	case s.Codec == media.AV1 && changed:
		return [][]byte{av1Other}
	case s.Codec == media.AV1:
		return [][]byte{av1Header}
	case s.Codec == media.H265 && changed:
		return [][]byte{vps265, sps265, pps265Other}
	case s.Codec == media.H265:
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
	p := Picture{Number: number, Key: in == 0 || s.Codec == media.MJPEG, Time: time.Duration(shown) * time.Second / time.Duration(s.FPS)}
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
	case s.Codec == media.MJPEG:
		return s.image(p)
	case s.Codec == media.AV1 && p.Key:
		header = []byte{0x30, 0x10}
	case s.Codec == media.AV1:
		header = []byte{0x30, 0x30}
	case s.Codec == media.H265 && p.Key:
		header = []byte{0x26, 0x01, 0xaf}
	case s.Codec == media.H265:
		header = []byte{0x02, 0x01, 0xd0}
	case p.Key:
		header = []byte{0x65, 0x88}
	}
	size := s.size()
	if p.Key {
		size *= 6
	}
	return fill(header, p.Number, size)
}

func (s Scene) size() int {
	if s.Size == 0 {
		return 400
	}
	return s.Size
}

func fill(header []byte, number, size int) []byte {
	nal := fmt.Appendf(header, "picture%08d", number)
	for len(nal) < size {
		nal = append(nal, 0x80|byte(len(nal)*7+number)&0xfe)
	}
	return nal
}

// Sets gathers parameter sets as a depacketiser does.
func Sets(codec media.Codec, known *media.Sets, nals [][]byte) *media.Sets {
	kinds := map[media.Codec][]media.Kind{
		media.H264: {media.SPS, media.PPS}, media.H265: {media.VPS, media.SPS, media.PPS}, media.AV1: {media.SequenceHeader},
	}[codec]
	for i, nal := range nals {
		known = known.With(codec, kinds[i], nal)
	}
	if codec == media.MJPEG {
		known = known.Sized(width, height)
	}
	return known
}

// Unit is a picture as it is stored, with its parameter sets added to those
// known.
func (s Scene) Unit(number int, known *media.Sets) media.Unit {
	p := s.Picture(number)
	u := media.Unit{Time: int64(p.Time) * Rate / int64(time.Second), Sync: p.Key, Sets: known}
	if p.Key {
		u.Sets = Sets(s.Codec, known, s.Sets(number))
	}
	for _, nal := range p.NALs {
		u.Data = append(u.Data, s.stored(nal)...)
	}
	return u
}

// stored is a NAL unit behind its length, an OBU with its size, or an image.
func (s Scene) stored(nal []byte) []byte {
	switch s.Codec {
	case media.MJPEG:
		return nal
	case media.AV1:
		b, err := av1.Bitstream{nal}.Marshal()
		if err != nil {
			panic(err)
		}
		return b
	}
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(nal))), nal...)
}
