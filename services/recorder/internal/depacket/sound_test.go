package depacket_test

import (
	"testing"

	"github.com/bluenviron/gortsplib/v5/pkg/format/rtpmpeg4audio"

	"github.com/donhk/istream/services/recorder/internal/depacket"
)

// sounds are tracks of each kind of sound, and a packet of theirs.
var sounds = []struct {
	track  func() depacket.Track
	packet []byte
}{
	{aac(13, 3), []byte{0, 32, 0, 2 << 3, 0, 1 << 3, 1, 2, 3}},
	{aac(6, 2), []byte{0, 8, 2 << 2, 1, 2}}, // AAC-lbr (RFC 3640, 3.3.5)
	{aac(16, 8), []byte{0, 24, 0, 1, 0, 1}},
	{aac(1, 0), []byte{0, 1, 0x80, 1}},
	{func() depacket.Track { return depacket.NewPCM(1, 1) }, []byte{1, 2, 3}},
	{func() depacket.Track { return depacket.NewPCM(1, 6) }, []byte{1, 2, 3, 4, 5, 6, 7}},
	{func() depacket.Track { return depacket.NewOpus(1) }, []byte{0x08, 1}},
}

func aac(size, index int) func() depacket.Track {
	return func() depacket.Track {
		return depacket.NewAAC(1, &rtpmpeg4audio.Decoder{SizeLength: size, IndexLength: index, IndexDeltaLength: index}, 1024)
	}
}

// FuzzSound: whatever packets hold, frames have content and last some time.
func FuzzSound(f *testing.F) {
	for kind, one := range sounds {
		for _, marker := range []byte{0, 1} {
			packet := append([]byte{7, marker, byte(len(one.packet))}, one.packet...)
			f.Add(uint8(kind), append(packet, packet...))
		}
	}
	f.Fuzz(func(t *testing.T, kind uint8, b []byte) {
		var packets []depacket.Packet
		for sequence := uint16(0); len(b) >= 3; sequence++ {
			n := min(int(b[2]), len(b)-3)
			packets = append(packets, depacket.Packet{Sequence: sequence + uint16(b[1]>>7), Timestamp: uint32(b[0]), Marker: b[1]&1 != 0, Payload: b[3 : 3+n]})
			b = b[3+n:]
		}
		for _, u := range push(t, sounds[int(kind)%len(sounds)].track(), packets, -1) {
			if len(u.Data) == 0 || u.Length <= 0 || !u.Sync {
				t.Fatalf("%+v", u)
			}
		}
	})
}
