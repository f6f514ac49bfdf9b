package clip_test

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"github.com/donhk/istream/cmd/camsim/clip"
)

func TestStampSurvivesLoops(t *testing.T) {
	for _, name := range clip.Names() {
		t.Run(name, func(t *testing.T) {
			c := open(t, name)
			sequence := clip.NewSequence(c, "front-door")
			for want := range uint64(2*len(c.Video.Units) + 3) {
				sample := nextVideo(sequence)
				stamp, ok := clip.ParseStamp(sample.Video)
				if !ok || stamp.Number != want || stamp.Camera != "front-door" || sample.Number != want {
					t.Fatalf("frame %d: got %+v, %v, sample %d", want, stamp, ok, sample.Number)
				}
			}
		})
	}
}

func nextVideo(s *clip.Sequence) clip.Sample {
	for {
		if sample := s.Next(); sample.Video != nil {
			return sample
		}
	}
}

func TestStampNeedsNoEmulationPrevention(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.String().Draw(t, "name")
		c, err := clip.Open(rapid.SampledFrom(clip.Names()).Draw(t, "clip"))
		if err != nil {
			t.Fatal(err)
		}
		au := nextVideo(clip.NewSequence(c, name)).Video
		stamp, ok := clip.ParseStamp(au)
		if !ok || stamp.Number != 0 {
			t.Fatalf("got %+v, %v", stamp, ok)
		}
		for _, nalu := range au {
			for _, forbidden := range [][]byte{{0, 0, 0}, {0, 0, 1}, {0, 0, 2}} {
				if bytes.Contains(nalu, forbidden) {
					t.Fatalf("a start code inside % x", nalu)
				}
			}
		}
	})
}

func TestPictureNumber(t *testing.T) {
	blocks := func(number, inverted uint8) []byte {
		var row []byte
		for _, bits := range []uint8{number, inverted} {
			for bit := 7; bit >= 0; bit-- {
				row = append(row, 16+200*(bits>>bit&1))
			}
		}
		return row
	}
	for number := range 256 {
		got, ok := clip.PictureNumber(blocks(uint8(number), ^uint8(number)))
		if !ok || int(got) != number {
			t.Errorf("%d: got %d, %v", number, got, ok)
		}
	}
	for name, row := range map[string][]byte{
		"black": make([]byte, 16), "short": blocks(1, 254)[:15], "damaged": blocks(1, 255), "none": nil,
	} {
		if _, ok := clip.PictureNumber(row); ok {
			t.Errorf("%s: read a number", name)
		}
	}
}

func FuzzParseStamp(f *testing.F) {
	for _, name := range clip.Names() {
		for _, nalu := range nextVideo(clip.NewSequence(open(f, name), "cam")).Video {
			f.Add(nalu)
			f.Add(nalu[:len(nalu)/2])
		}
	}
	f.Add([]byte{})
	f.Add([]byte{6})
	f.Add([]byte{6, 5, 255})
	f.Fuzz(func(_ *testing.T, nalu []byte) {
		clip.ParseStamp([][]byte{nalu})
	})
}
