package depacket_test

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"slices"
	"testing"

	"github.com/donhk/istream/services/recorder/internal/depacket"
	"github.com/donhk/istream/services/recorder/internal/media"
)

const quality = 75

// photo is a picture of 64x48, whole, and its data alone.
func photo(t testing.TB) (whole, data []byte) {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 64, 48))
	for i := range m.Pix {
		m.Pix[i] = byte(i*7 ^ i>>5)
	}
	m.Set(3, 3, color.White)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	whole = b.Bytes()
	scan := bytes.Index(whole, []byte{0xff, 0xda})
	return whole, whole[scan+2+int(binary.BigEndian.Uint16(whole[scan+2:])):]
}

// tablesOf are the quantisation tables of an image.
func tablesOf(t testing.TB, whole []byte) []byte {
	t.Helper()
	at := bytes.Index(whole, []byte{0xff, 0xdb}) + 4
	return join(whole[at+1:at+65], whole[at+66:at+130])
}

// jpegHeader is the main one (RFC 2435, 3.1).
func jpegHeader(offset int, kind, quality byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(offset)), kind, quality, 64/8, 48/8)
}

func TestImagesComeOutWhole(t *testing.T) {
	whole, data := photo(t)
	want, err := jpeg.Decode(bytes.NewReader(whole))
	if err != nil {
		t.Fatal(err)
	}
	tables := tablesOf(t, whole)
	half := len(data) / 2
	first := func(kind, quality byte, more ...[]byte) []byte {
		return join(jpegHeader(0, kind, quality), join(more...), data[:half])
	}
	second := func(kind, quality byte, more ...[]byte) []byte {
		return join(jpegHeader(half, kind, quality), join(more...), data[half:])
	}
	restarts := []byte{0, 3, 0xff, 0xff} // each third block
	for name, c := range map[string]struct {
		packets []packet
		images  int
		errors  int
	}{
		"usual tables":       {[]packet{{0, false, first(1, quality)}, {0, true, second(1, quality)}}, 1, 0},
		"tables sent along":  {[]packet{{0, false, first(1, 255, []byte{0, 0, 0, 128}, tables)}, {0, true, second(1, 255)}}, 1, 0},
		"tables sent before": {[]packet{{0, false, first(1, 128, []byte{0, 0, 0, 128}, tables)}, {0, true, second(1, 128)}, {9, false, first(1, 128, []byte{0, 0, 0, 0})}, {9, true, second(1, 128)}}, 2, 0},
		"tables never sent":  {[]packet{{0, false, first(1, 200, []byte{0, 0, 0, 0})}, {0, true, second(1, 200)}}, 0, 2},
		"no marker":          {[]packet{{0, false, first(1, quality)}, {0, false, second(1, quality)}, {9, false, first(1, quality)}, {9, false, second(1, quality)}}, 2, 0},
		"no end of image":    {[]packet{{0, false, first(1, quality)}, {0, true, bytes.TrimSuffix(second(1, quality), []byte{0xff, 0xd9})}}, 1, 0},
		"a piece is lost":    {[]packet{{0, false, first(1, quality)}, {9, true, second(1, quality)}, {18, false, first(1, quality)}, {18, true, second(1, quality)}}, 1, 1},
		"the end is lost":    {[]packet{{0, false, first(1, quality)}, {9, false, first(1, quality)}, {9, true, second(1, quality)}}, 1, 1},
		"cut short":          {[]packet{{0, true, nil}, {0, true, jpegHeader(0, 65, quality)}, {0, true, jpegHeader(0, 1, 255)}, {0, true, append(jpegHeader(0, 1, 255), 0, 0, 0, 64)}}, 0, 4},
		"unknown kinds":      {[]packet{{0, true, first(2, quality)}, {0, true, first(129, quality)}, {0, true, first(1, 0)}, {0, true, first(1, 100)}, {0, true, first(1, 255, []byte{0, 1, 0, 128}, tables)}}, 0, 5},
	} {
		t.Run(name, func(t *testing.T) {
			var packets []depacket.Packet
			for i, p := range c.packets {
				packets = append(packets, depacket.Packet{Sequence: uint16(i), Timestamp: p.stamp, Marker: p.marker, Payload: p.payload})
			}
			units := push(t, depacket.NewJPEG(0), packets, c.errors)
			if len(units) != c.images {
				t.Fatalf("%d images", len(units))
			}
			for _, u := range units {
				if !u.Sync || u.Sets != units[0].Sets || u.Sets.Codec != media.MJPEG || u.Sets.Width != 64 || u.Sets.Height != 48 {
					t.Fatalf("%+v", u)
				}
				same(t, want, u.Data)
			}
		})
	}
	t.Run("restarts", func(t *testing.T) {
		units := push(t, depacket.NewJPEG(0), []depacket.Packet{{Payload: first(65, quality, restarts)}, {Sequence: 1, Marker: true, Payload: second(65, quality, restarts)}}, 0)
		if len(units) != 1 || !bytes.Contains(units[0].Data, []byte{0xff, 0xdd, 0, 4, 0, 3}) {
			t.Fatalf("%d images, or none that tells of its restarts", len(units))
		}
	})
}

func same(t *testing.T, want image.Image, data []byte) {
	t.Helper()
	got, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(want.(*image.YCbCr).Y, got.(*image.YCbCr).Y) || !slices.Equal(want.(*image.YCbCr).Cb, got.(*image.YCbCr).Cb) {
		t.Fatal("another picture")
	}
}

// FuzzJPEG: whatever packets hold, images begin and end, and are bounded.
func FuzzJPEG(f *testing.F) {
	_, data := photo(f)
	f.Add(seed([]packet{{0, false, join(jpegHeader(0, 1, 50), data[:100])}, {0, true, join(jpegHeader(100, 1, 50), data[100:200])}}))
	f.Add(seed([]packet{{0, true, join(jpegHeader(0, 65, 255), []byte{0, 1, 0, 0, 0, 0, 0, 64}, data[:100])}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, u := range push(t, depacket.NewJPEG(0), fuzzed(b), -1) {
			if !bytes.HasPrefix(u.Data, []byte{0xff, 0xd8}) || !bytes.HasSuffix(u.Data, []byte{0xff, 0xd9}) || !u.Sets.Complete() {
				t.Fatalf("no image: % x", u.Data)
			}
		}
	})
}
