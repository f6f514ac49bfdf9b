package depacket_test

import (
	"bytes"
	"testing"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/av1"
	"github.com/google/go-cmp/cmp"

	"github.com/donhk/istream/services/recorder/internal/depacket"
	"github.com/donhk/istream/services/recorder/internal/media"
	"github.com/donhk/istream/services/recorder/internal/rtsptest"
)

var (
	header    = rtsptest.Scene{Codec: media.AV1}.Sets(0)[0] // tells its size
	bare      = join([]byte{header[0] &^ 2}, header[2:])    // does not, as it should be sent
	delimiter = []byte{0x10}                                // a temporal delimiter
	keyFrame  = []byte{0x30, 0x10, 1, 2, 3, 4}              // shown
	frame     = []byte{0x30, 0x30, 5, 6}                    // another
	hidden    = []byte{0x30, 0x00, 7, 7}                    // a keyframe that is not shown
	layered   = []byte{0x34, 0x08, 0x30, 9}                 // with an extension in its header
	padding   = []byte{0x78, 0, 0, 0}                       // of no use
)

func sized(obu []byte) []byte { return join([]byte{byte(len(obu))}, obu) }

// av1Quirks are packets, and the OBUs meant, without their sizes.
var av1Quirks = map[string]struct {
	packets []packet
	want    [][][]byte
	sync    []bool
	errors  int
	lost    int
}{
	"plain": {
		packets: []packet{{0, true, join([]byte{0x20}, sized(bare), keyFrame)}, {9, true, join([]byte{0x10}, frame)}},
		want:    [][][]byte{{bare, keyFrame}, {frame}}, sync: []bool{true, false},
	},
	"all sizes told": {
		packets: []packet{{0, true, join([]byte{0}, sized(delimiter), sized(bare), sized(keyFrame), sized(padding))}},
		want:    [][][]byte{{bare, keyFrame}}, sync: []bool{true},
	},
	"sizes within": {
		packets: []packet{{0, true, join([]byte{0x20}, sized(header), []byte{keyFrame[0] | 2, byte(len(keyFrame) - 1)}, keyFrame[1:])}},
		want:    [][][]byte{{bare, keyFrame}}, sync: []bool{true},
	},
	"over three packets": {
		packets: []packet{{0, false, join([]byte{0x60}, sized(bare), keyFrame[:2])}, {0, false, join([]byte{0xd0}, keyFrame[2:3])}, {0, true, join([]byte{0x90}, keyFrame[3:])}},
		want:    [][][]byte{{bare, keyFrame}}, sync: []bool{true},
	},
	"no marker": {
		packets: []packet{{0, false, join([]byte{0x10}, frame)}, {9, false, join([]byte{0x10}, layered)}, {18, true, join([]byte{0x10}, frame)}},
		want:    [][][]byte{{frame}, {layered}, {frame}}, sync: []bool{false, false, false},
	},
	"a marker on every packet": {
		packets: []packet{{0, true, join([]byte{0x10}, bare)}, {0, true, join([]byte{0x50}, keyFrame[:3])}, {0, true, join([]byte{0x90}, keyFrame[3:])}},
		want:    [][][]byte{{bare, keyFrame}}, sync: []bool{true},
	},
	"a keyframe that is not shown": {
		packets: []packet{{0, true, join([]byte{0x20}, sized(bare), hidden)}},
		want:    [][][]byte{{bare, hidden}}, sync: []bool{false},
	},
	"without its middle": {
		packets: []packet{{0, true, join([]byte{0x10}, frame)}, {9, false, join([]byte{0x50}, keyFrame[:2])}, {9, true, join([]byte{0x90}, keyFrame[4:])}, {18, true, join([]byte{0x10}, frame)}},
		want:    [][][]byte{{frame}, {frame}}, sync: []bool{false, false}, errors: 1, lost: 2,
	},
	"without its end": {
		packets: []packet{{0, false, join([]byte{0x50}, keyFrame[:2])}, {9, true, join([]byte{0x10}, frame)}},
		want:    [][][]byte{{frame}}, sync: []bool{false}, errors: 1,
	},
	"cut short": {
		packets: []packet{{0, true, nil}, {0, true, []byte{0x20}}, {0, true, []byte{0x20, 99, 1}}, {0, true, []byte{0x10, 0x34}}, {0, true, []byte{0x10, 0x32, 9, 1}}, {9, true, join([]byte{0x10}, frame)}},
		want:    [][][]byte{{frame}}, sync: []bool{false}, errors: 5,
	},
}

func TestAV1Quirks(t *testing.T) {
	for name, c := range av1Quirks {
		t.Run(name, func(t *testing.T) {
			var packets []depacket.Packet
			for i, p := range c.packets {
				n := uint16(65534 + i)
				if c.lost > 0 && i >= c.lost {
					n++
				}
				packets = append(packets, depacket.Packet{Sequence: n, Timestamp: p.stamp, Marker: p.marker, Payload: p.payload})
			}
			var got [][][]byte
			var sync []bool
			for _, u := range push(t, depacket.NewAV1(0), packets, c.errors) {
				got, sync = append(got, obus(t, u.Data)), append(sync, u.Sync)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Fatal(diff)
			}
			if diff := cmp.Diff(c.sync, sync); diff != "" {
				t.Fatal(diff)
			}
		})
	}
}

// obus takes a sample apart; those with an extension by hand, since the library
// refuses them.
func obus(t testing.TB, b []byte) [][]byte {
	t.Helper()
	var all [][]byte
	for len(b) > 0 {
		head := 1 + int(b[0]>>2&1)
		var size av1.LEB128
		if len(b) <= head || b[0]&2 == 0 {
			t.Fatalf("an OBU without its size: % x", b[:min(len(b), 16)])
		}
		n, err := size.Unmarshal(b[head:])
		if err != nil || head+n+int(size) > len(b) {
			t.Fatalf("a broken OBU: % x, %v", b[:min(len(b), 16)], err)
		}
		body := b[head+n : head+n+int(size)]
		all = append(all, join([]byte{b[0] &^ 2}, b[1:head], body))
		b = b[head+n+int(size):]
	}
	return all
}

// FuzzAV1: whatever packets hold, samples are well formed and bounded.
func FuzzAV1(f *testing.F) {
	for _, c := range av1Quirks {
		f.Add(seed(c.packets))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, u := range push(t, depacket.NewAV1(0), fuzzed(b), -1) {
			if len(obus(t, u.Data)) == 0 {
				t.Fatal("an empty unit")
			}
			u.Sets.Complete()
		}
	})
}

// seed writes packets as fuzzed reads them.
func seed(packets []packet) []byte {
	var b []byte
	for _, p := range packets {
		b = append(b, byte(p.stamp), map[bool]byte{true: 1}[p.marker], byte(len(p.payload)))
		b = append(b, p.payload...)
	}
	return b
}

// fuzzed reads packets: stamp, marker and loss, length, payload.
func fuzzed(b []byte) []depacket.Packet {
	var packets []depacket.Packet
	for sequence := uint16(0); len(b) >= 3; sequence++ {
		n := min(int(b[2]), len(b)-3)
		packets = append(packets, depacket.Packet{Sequence: sequence + uint16(b[1]>>7), Timestamp: uint32(b[0]), Marker: b[1]&1 != 0, Payload: bytes.Clone(b[3 : 3+n])})
		b = b[3+n:]
	}
	return packets
}
