package depacket

import (
	"github.com/donhk/istream/services/recorder/internal/media"
)

// hevc is H.265 in RTP (RFC 7798).
type hevc struct{ donl bool } // decoding order numbers are sent

func (hevc) codec() media.Codec { return media.H265 }

func (hevc) classify(nal []byte) (role, media.Kind, bool) {
	if len(nal) < 2 {
		return foreign, 0, false
	}
	first := len(nal) > 2 && nal[2]&0x80 != 0 // first_slice_segment_in_pic_flag
	switch t := nal[0] >> 1 & 0x3f; {
	case t <= 15:
		return picture, 0, first
	case t <= 23: // BLA, IDR, CRA and those reserved for the like
		return keyframe, 0, first
	case t == 32:
		return parameter, media.VPS, false
	case t == 33:
		return parameter, media.SPS, false
	case t == 34:
		return parameter, media.PPS, false
	case t == 35, t == 39, t >= 41 && t <= 44:
		return leader, 0, false
	case t <= 47:
		return other, 0, false
	}
	return foreign, 0, false
}

func (h hevc) split(b []byte, v *Video) error {
	if len(b) < 3 {
		return errShort
	}
	switch b[0] >> 1 & 0x3f {
	case 48: // AP
		return h.aggregate(b[2:], v)
	case 49: // FU
		header, flags, rest := [2]byte{b[0]&0x81 | b[2]&0x3f<<1, b[1]}, b[2], b[3:]
		if flags&0x80 != 0 {
			var err error
			if rest, err = h.skip(rest, 2); err != nil {
				return err
			}
		}
		return fragment(flags, header[:], rest, v)
	case 50: // PACI
		return errUnknown
	}
	if !h.donl {
		v.whole(b)
		return nil
	}
	if len(b) < 4 {
		return errShort
	}
	v.whole(append([]byte{b[0], b[1]}, b[4:]...))
	return nil
}

// aggregate leaves out the order numbers: two bytes before the first NAL unit,
// one before each other.
func (h hevc) aggregate(b []byte, v *Video) error {
	if !h.donl {
		return aggregate(b, v)
	}
	for before := 2; len(b) > 0; before = 1 {
		rest, err := h.skip(b, before)
		if err != nil {
			return err
		}
		if len(rest) < 2 {
			return errShort
		}
		size := 2 + int(rest[0])<<8 + int(rest[1])
		if size > len(rest) {
			return errShort
		}
		if err := aggregate(rest[:size], v); err != nil {
			return err
		}
		b = rest[size:]
	}
	return nil
}

func (h hevc) skip(b []byte, n int) ([]byte, error) {
	if !h.donl {
		return b, nil
	}
	if len(b) < n {
		return nil, errShort
	}
	return b[n:], nil
}
