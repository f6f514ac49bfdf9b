package depacket_test

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/format/rtpav1"
	"github.com/bluenviron/gortsplib/v5/pkg/format/rtph264"
	"github.com/bluenviron/gortsplib/v5/pkg/format/rtph265"
	"github.com/bluenviron/gortsplib/v5/pkg/format/rtpmpeg4audio"
	"github.com/google/go-cmp/cmp"
	"github.com/pion/rtp"

	"github.com/donhk/istream/services/recorder/internal/depacket"
	"github.com/donhk/istream/services/recorder/internal/media"
	"github.com/donhk/istream/services/recorder/internal/rtsptest"
)

// push numbers the packets and gathers the units.
func push(t testing.TB, track depacket.Track, packets []depacket.Packet, errors int) []media.Unit {
	t.Helper()
	var units []media.Unit
	emit := func(u media.Unit) { units = append(units, u) }
	failed := 0
	for _, p := range packets {
		if err := track.Push(p, emit); err != nil {
			failed++
		}
	}
	track.Flush(emit)
	if errors >= 0 && failed != errors {
		t.Errorf("%d packets were refused, not %d", failed, errors)
	}
	return units
}

// nals takes a sample apart.
func nals(t testing.TB, b []byte) [][]byte {
	t.Helper()
	var all [][]byte
	for len(b) > 0 {
		if len(b) < 4 || int(binary.BigEndian.Uint32(b)) > len(b)-4 || binary.BigEndian.Uint32(b) == 0 {
			t.Fatalf("a broken sample: % x", b[:min(len(b), 16)])
		}
		n := int(binary.BigEndian.Uint32(b))
		all = append(all, b[4:4+n])
		b = b[4+n:]
	}
	return all
}

func fromRTP(packets []*rtp.Packet, stamp uint32, to *[]depacket.Packet) {
	for _, p := range packets {
		*to = append(*to, depacket.Packet{Sequence: p.SequenceNumber, Timestamp: stamp, Marker: p.Marker, Payload: p.Payload, Arrival: time.Now()})
	}
}

func TestPicturesComeOutAsTheyWentIn(t *testing.T) {
	for name, scene := range map[string]rtsptest.Scene{
		"H.264":       {Codec: media.H264, FPS: 25, GOP: 10},
		"H.264 large": {Codec: media.H264, FPS: 25, GOP: 10, Size: 9000},
		"H.265":       {Codec: media.H265, FPS: 25, GOP: 10},
		"H.265 large": {Codec: media.H265, FPS: 25, GOP: 10, Size: 9000},
		"AV1":         {Codec: media.AV1, FPS: 25, GOP: 10},
		"AV1 large":   {Codec: media.AV1, FPS: 25, GOP: 10, Size: 9000},
	} {
		t.Run(name, func(t *testing.T) {
			var packets []depacket.Packet
			encode, track := encoder(t, scene.Codec)
			for n := range 40 {
				fromRTP(encode(scene.Picture(n).NALs), uint32(int64(n-20)*3600), &packets)
			}
			units := push(t, track, packets, 0)
			if len(units) != 40 {
				t.Fatalf("%d units", len(units))
			}
			for n, u := range units {
				p := scene.Picture(n)
				if want := scene.Unit(n, nil).Data; !bytes.Equal(want, u.Data) {
					t.Fatalf("picture %d: % x, not % x", n, u.Data[:32], want[:32])
				}
				if u.Sync != p.Key || u.Time != int64(n)*3600 || !u.Sets.Complete() || u.Arrival.IsZero() {
					t.Fatalf("picture %d: %+v", n, u)
				}
				if u.Sets != units[0].Sets || u.Sets.Width != 1920 || u.Sets.Height != 1080 {
					t.Fatalf("picture %d: the parameter sets changed or are not understood: %+v", n, u.Sets)
				}
			}
		})
	}
}

func encoder(t testing.TB, codec media.Codec) (func([][]byte) []*rtp.Packet, depacket.Track) {
	t.Helper()
	switch codec {
	case media.AV1:
		e := &rtpav1.Encoder{PayloadType: 96}
		if err := e.Init(); err != nil {
			t.Fatal(err)
		}
		return func(tu [][]byte) []*rtp.Packet { p, _ := e.Encode(tu); return p }, depacket.NewAV1(0)
	case media.H265:
		e := &rtph265.Encoder{PayloadType: 96}
		if err := e.Init(); err != nil {
			t.Fatal(err)
		}
		return func(au [][]byte) []*rtp.Packet { p, _ := e.Encode(au); return p }, depacket.NewH265(0, 0, nil)
	}
	e := &rtph264.Encoder{PayloadType: 96, PacketizationMode: 1}
	if err := e.Init(); err != nil {
		t.Fatal(err)
	}
	return func(au [][]byte) []*rtp.Packet { p, _ := e.Encode(au); return p }, depacket.NewH264(0, nil)
}

var (
	sps   = rtsptest.Scene{}.Sets(0)[0]
	pps   = rtsptest.Scene{}.Sets(0)[1]
	idr   = []byte{0x65, 0x88, 1, 1}
	part2 = []byte{0x65, 0x40, 2, 2} // a second slice of the same picture
	p1    = []byte{0x41, 0x9a, 3, 3}
	p2    = []byte{0x41, 0x9a, 4, 4}
	sei   = []byte{0x06, 0x05, 0x01, 0x80}
	aud   = []byte{0x09, 0xf0}
)

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

var start4 = []byte{0, 0, 0, 1}

// packet is one of a case: its stamp, marker, and payload.
type packet struct {
	stamp   uint32
	marker  bool
	payload []byte
}

// quirks are what cameras send, and what access units are meant.
var quirks = map[string]struct {
	packets []packet
	want    [][][]byte
	errors  int
	lost    int // sequence number left out before this packet
}{
	"plain": {
		packets: []packet{{0, false, sps}, {0, false, pps}, {0, true, idr}, {9, true, p1}},
		want:    [][][]byte{{sps, pps, idr}, {p1}},
	},
	"a marker on every NAL unit": {
		packets: []packet{{0, true, sps}, {0, true, pps}, {0, true, idr}, {0, true, part2}, {9, true, p1}},
		want:    [][][]byte{{sps, pps, idr, part2}, {p1}},
	},
	"no marker at all": {
		packets: []packet{{0, false, sps}, {0, false, pps}, {0, false, idr}, {9, false, p1}, {18, false, p2}, {27, true, p1}},
		want:    [][][]byte{{sps, pps, idr}, {p1}, {p2}, {p1}},
	},
	"parameter sets with a stamp of their own": {
		packets: []packet{{0, true, p1}, {5, true, sps}, {5, true, pps}, {9, true, idr}, {18, true, p1}},
		want:    [][][]byte{{p1}, {sps, pps, idr}, {p1}},
	},
	"stamps that stand still": {
		packets: []packet{{7, true, idr}, {7, true, p1}, {7, true, p2}},
		want:    [][][]byte{{idr}, {p1}, {p2}},
	},
	"delimiters and SEI": {
		packets: []packet{{0, false, aud}, {0, false, sei}, {0, true, idr}, {0, false, aud}, {0, true, p1}},
		want:    [][][]byte{{aud, sei, idr}, {aud, p1}},
	},
	"everything in one NAL unit": {
		packets: []packet{{0, true, join(sps, start4, pps, start4, sei, start4[1:], idr)}, {9, true, p1}},
		want:    [][][]byte{{sps, pps, sei, idr}, {p1}},
	},
	"start codes in front": {
		packets: []packet{{0, true, join(start4, sps, start4, pps, start4, idr)}, {9, true, join(start4, p1)}},
		want:    [][][]byte{{sps, pps, idr}, {p1}},
	},
	"STAP-A": {
		packets: []packet{{0, false, join([]byte{24, 0, byte(len(sps))}, sps, []byte{0, byte(len(pps))}, pps)}, {0, true, idr}},
		want:    [][][]byte{{sps, pps, idr}},
	},
	"FU-A": {
		packets: []packet{{0, false, join([]byte{0x7c, 0x85}, idr[1:3])}, {0, true, join([]byte{0x7c, 0x45}, idr[3:])}},
		want:    [][][]byte{{idr}},
	},
	"FU-A of one packet": {
		packets: []packet{{0, true, join([]byte{0x7c, 0xc5}, idr[1:])}},
		want:    [][][]byte{{idr}},
	},
	"FU-A without its middle": {
		packets: []packet{{0, true, p1}, {9, false, []byte{0x7c, 0x85, 0x88}}, {9, true, []byte{0x7c, 0x45, 1}}, {18, true, p2}},
		want:    [][][]byte{{p1}, {p2}}, errors: 1, lost: 2,
	},
	"FU-A without its end": {
		packets: []packet{{9, false, []byte{0x7c, 0x85, 0x88}}, {18, true, p2}},
		want:    [][][]byte{{p2}}, errors: 1,
	},
	"cut short": {
		packets: []packet{{0, true, nil}, {0, true, []byte{0x7c}}, {0, false, []byte{24, 0, 9, 1}}, {9, true, p1}},
		want:    [][][]byte{{p1}}, errors: 3,
	},
	"unknown kinds": {
		packets: []packet{{0, true, []byte{26, 1, 2, 3}}, {0, true, []byte{0x1f, 1}}, {9, true, p1}},
		want:    [][][]byte{{p1}}, errors: 1,
	},
	"the last without its marker": {
		packets: []packet{{0, true, p1}, {9, false, p2}},
		want:    [][][]byte{{p1}},
	},
}

func TestQuirks(t *testing.T) {
	for name, c := range quirks {
		t.Run(name, func(t *testing.T) {
			var packets []depacket.Packet
			sequence := uint16(65534)
			for i, p := range c.packets {
				if c.lost > 0 && i == c.lost {
					sequence++
				}
				packets = append(packets, depacket.Packet{Sequence: sequence, Timestamp: p.stamp, Marker: p.marker, Payload: p.payload})
				sequence++
			}
			var got [][][]byte
			for _, u := range push(t, depacket.NewH264(0, nil), packets, c.errors) {
				got = append(got, nals(t, u.Data))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Fatal(diff)
			}
		})
	}
}

func TestH265WithOrderNumbers(t *testing.T) {
	slice, other := []byte{0x26, 0x01, 0xaf, 1}, []byte{0x02, 0x01, 0xd0, 2}
	packets := []depacket.Packet{
		{Sequence: 0, Marker: true, Payload: join(slice[:2], []byte{0, 1}, slice[2:])},
		{Sequence: 1, Timestamp: 9, Payload: join([]byte{98, 1, 0x93}, []byte{0, 2}, slice[2:3])},
		{Sequence: 2, Timestamp: 9, Marker: true, Payload: join([]byte{98, 1, 0x53}, slice[3:])},
		{Sequence: 3, Timestamp: 18, Marker: true, Payload: join([]byte{96, 1}, []byte{0, 3, 0, 4}, other, []byte{0, 0, 4}, other)},
	}
	var got [][][]byte
	for _, u := range push(t, depacket.NewH265(0, 1, nil), packets, 0) {
		got = append(got, nals(t, u.Data))
	}
	// The last two each begin a picture, and have the marker in common.
	want := [][][]byte{{slice}, {slice}, {other}, {other}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
}

func TestParameterSetsAreReplacedByNumber(t *testing.T) {
	changed := append(bytes.Clone(pps[:len(pps)-1]), 0x28)
	var packets []depacket.Packet
	for i, nal := range [][]byte{sps, pps, idr, p1, sps, pps, idr, changed, idr} {
		stamp := map[int]uint32{0: 0, 1: 0, 2: 0, 3: 1, 4: 2, 5: 2, 6: 2, 7: 3, 8: 3}[i]
		packets = append(packets, depacket.Packet{Sequence: uint16(i), Timestamp: stamp, Marker: nal[0]&0x1f == 5 || nal[0]&0x1f == 1, Payload: nal})
	}
	units := push(t, depacket.NewH264(0, nil), packets, 0)
	if len(units) != 4 {
		t.Fatalf("%d units", len(units))
	}
	if units[2].Sets != units[0].Sets {
		t.Error("the same parameter sets again count as a change")
	}
	if units[3].Sets == units[0].Sets || !bytes.Equal(units[3].Sets.Of(media.PPS)[0], changed) || len(units[3].Sets.Of(media.PPS)) != 1 {
		t.Error("a changed parameter set is not noticed")
	}
	if !bytes.Equal(units[0].Sets.Of(media.PPS)[0], pps) {
		t.Error("a change altered what was told before")
	}
}

func TestSound(t *testing.T) {
	aac := depacket.NewAAC(1, &rtpmpeg4audio.Decoder{SizeLength: 13, IndexLength: 3, IndexDeltaLength: 3}, 1024)
	packets := []depacket.Packet{
		{Sequence: 0, Timestamp: 100, Marker: true, Payload: []byte{0, 32, 0, 2 << 3, 0, 1 << 3, 1, 2, 3}},
		{Sequence: 1, Timestamp: 100 + 2048, Marker: true, Payload: []byte{0, 16, 0, 9 << 3, 1}},
		{Sequence: 2, Timestamp: 100 + 2048, Marker: true, Payload: []byte{0, 16, 0, 1 << 3, 4}},
	}
	var got [][2]int64
	for _, u := range push(t, aac, packets, 1) {
		got = append(got, [2]int64{u.Time, int64(len(u.Data))})
	}
	if diff := cmp.Diff([][2]int64{{0, 2}, {1024, 1}, {2048, 1}}, got); diff != "" {
		t.Error(diff)
	}
	units := push(t, depacket.NewPCM(1, 2), []depacket.Packet{{Payload: make([]byte, 320)}, {Payload: nil}}, 1)
	if len(units) != 1 || units[0].Length != 160 {
		t.Errorf("G.711: %+v", units)
	}
	units = push(t, depacket.NewOpus(1), []depacket.Packet{{Payload: []byte{0x08, 1}}, {Payload: []byte{3}}}, 1)
	if len(units) != 1 || units[0].Length != 960 {
		t.Errorf("Opus: %+v", units)
	}
}

// FuzzVideo: whatever packets hold, samples are well formed and bounded.
func FuzzVideo(f *testing.F) {
	for _, c := range quirks {
		f.Add(seed(c.packets), false)
		f.Add(seed(c.packets), true)
	}
	f.Fuzz(func(t *testing.T, b []byte, h265 bool) {
		var track depacket.Track = depacket.NewH264(0, nil)
		if h265 {
			track = depacket.NewH265(0, len(b)%2, nil)
		}
		for _, u := range push(t, track, fuzzed(b), -1) {
			if len(nals(t, u.Data)) == 0 {
				t.Fatal("an empty unit")
			}
			u.Sets.Complete()
		}
	})
}

// TestRestKnowsAUnitByItsMarker once the camera's markers have proven good.
func TestRestKnowsAUnitByItsMarker(t *testing.T) {
	type rest struct {
		packets []packet
		after   int // units that came out at the end, before and after a rest
		rest    int
	}
	good := []packet{{0, false, sps}, {0, false, pps}, {0, true, idr}, {9, true, p1}, {18, false, idr}, {18, true, part2}, {27, true, p1}}
	for name, c := range map[string]rest{
		"good markers":            {packets: good, after: 3, rest: 4},
		"too few to tell":         {packets: good[:4], after: 1, rest: 1},
		"no marker yet":           {packets: append(slices.Clone(good), packet{36, false, p2}), after: 4, rest: 4},
		"no marker once":          {packets: append(slices.Clone(good), packet{36, false, p2}, packet{45, true, p1}), after: 5, rest: 5},
		"a marker too early once": {packets: append(slices.Clone(good), packet{36, true, idr}, packet{36, true, part2}), after: 4, rest: 4},
		"a picture in pieces": {packets: append(slices.Clone(good),
			packet{36, false, []byte{0x7c, 0x85, 0x88, 1}}, packet{36, false, []byte{0x7c, 0x05, 2}}), after: 4, rest: 4},
	} {
		t.Run(name, func(t *testing.T) {
			track, units := depacket.NewH264(0, nil), 0
			emit := func(media.Unit) { units++ }
			for i, p := range c.packets {
				if err := track.Push(depacket.Packet{Sequence: uint16(i), Timestamp: p.stamp, Marker: p.marker, Payload: p.payload}, emit); err != nil {
					t.Fatal(err)
				}
			}
			if units != c.after {
				t.Fatalf("%d units came out", units)
			}
			track.Rest(emit)
			if units != c.rest {
				t.Fatalf("%d units came out after a rest", units)
			}
			track.Rest(emit)
			if units != c.rest {
				t.Fatal("a second rest gave another")
			}
		})
	}
}

// TestRestEndsNoPictureTwice: a camera whose marker lies after it was believed
// tears one picture apart, and is believed no more.
func TestRestEndsNoPictureTwice(t *testing.T) {
	track, units := depacket.NewH264(0, nil), []media.Unit{}
	emit := func(u media.Unit) { units = append(units, u) }
	stamp, sequence := uint32(0), uint16(0)
	push := func(marker bool, payload []byte) {
		if err := track.Push(depacket.Packet{Sequence: sequence, Timestamp: stamp, Marker: marker, Payload: payload}, emit); err != nil {
			t.Fatal(err)
		}
		sequence++
		track.Rest(emit)
	}
	for range 4 {
		push(true, idr)
		stamp += 9
	}
	for range 10 {
		push(true, idr)
		push(true, part2)
		stamp += 9
	}
	track.Flush(emit)
	torn := 0
	for _, u := range units {
		if n := len(nals(t, u.Data)); u.Time >= 4*9 && n != 2 {
			torn++
		}
	}
	if torn != 2 {
		t.Errorf("%d units are no whole picture", torn)
	}
}
