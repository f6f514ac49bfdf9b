package depacket

import (
	"encoding/binary"
	"slices"

	"github.com/donhk/istream/services/recorder/internal/media"
)

// avc is H.264 in RTP (RFC 6184).
type avc struct{}

func (avc) codec() media.Codec { return media.H264 }

func (avc) classify(nal []byte) (role, media.Kind, bool) {
	if len(nal) == 0 {
		return foreign, 0, false
	}
	first := len(nal) > 1 && nal[1]&0x80 != 0 // first_mb_in_slice is 0
	switch nal[0] & 0x1f {
	case 1, 2:
		return picture, 0, first
	case 3, 4:
		return picture, 0, false
	case 5:
		return keyframe, 0, first
	case 6, 9, 14, 15:
		return leader, 0, false
	case 7:
		return parameter, media.SPS, false
	case 8:
		return parameter, media.PPS, false
	case 10, 11, 12, 13, 16, 17, 18, 19, 20, 21:
		return other, 0, false
	}
	return foreign, 0, false
}

func (avc) split(b []byte, v *Video) error {
	if len(b) == 0 {
		return errShort
	}
	switch b[0] & 0x1f {
	case 24: // STAP-A
		return aggregate(b[1:], v)
	case 28: // FU-A
		if len(b) < 2 {
			return errShort
		}
		return fragment(b[1], []byte{b[0]&0xe0 | b[1]&0x1f}, b[2:], v)
	case 25, 26, 27, 29:
		return errUnknown
	}
	v.whole(b)
	return nil
}

// aggregate takes apart NAL units that are each led by their size.
func aggregate(b []byte, v *Video) error {
	for len(b) > 0 {
		if len(b) < 2 {
			return errShort
		}
		size := int(binary.BigEndian.Uint16(b))
		b = b[2:]
		if size > len(b) {
			return errShort
		}
		v.whole(b[:size]) // of size 0 is padding
		b = b[size:]
	}
	return nil
}

// fragment adds a piece of a NAL unit; flags are those of the FU header, which
// is alike in both codecs.
func fragment(flags byte, header, b []byte, v *Video) error {
	if flags&0x80 != 0 {
		v.begin(slices.Concat(header, b[:min(len(b), 4)]))
		v.more(header)
	} else if !v.open {
		return errLost
	}
	v.more(b)
	if flags&0x40 != 0 {
		v.end()
	}
	return nil
}
