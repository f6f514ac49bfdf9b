package interleaved

import "encoding/binary"

// RTP is what matters of a packet (RFC 3550, 5.1).
type RTP struct {
	Marker    bool
	Type      uint8 // of the payload
	Sequence  uint16
	Timestamp uint32
	Payload   []byte
}

// ReadRTP reads a packet; false where its parts do not fit into it.
func ReadRTP(b []byte) (RTP, bool) {
	if len(b) < leastRTP || b[0]>>6 != 2 {
		return RTP{}, false
	}
	padded, extended, sources := b[0]&0x20 != 0, b[0]&0x10 != 0, int(b[0]&0x0f)
	begin, end := leastRTP+4*sources, len(b)
	if extended {
		if len(b) < begin+4 {
			return RTP{}, false
		}
		begin += 4 + 4*int(binary.BigEndian.Uint16(b[begin+2:]))
	}
	if padded {
		end -= int(b[len(b)-1])
	}
	if begin > end {
		return RTP{}, false
	}
	return RTP{
		Marker: b[1]&0x80 != 0, Type: b[1] & 0x7f,
		Sequence: binary.BigEndian.Uint16(b[2:]), Timestamp: binary.BigEndian.Uint32(b[4:]),
		Payload: b[begin:end],
	}, true
}
