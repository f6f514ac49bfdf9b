package media_test

import (
	"testing"

	"github.com/donhk/istream/services/recorder/internal/media"
	"github.com/donhk/istream/services/recorder/internal/rtsptest"
)

// codecs are those with parameter sets, by number for the fuzzer.
var codecs = []media.Codec{media.H264, media.H265, media.AV1}

func TestSetsDescribeThePicture(t *testing.T) {
	for _, codec := range append(codecs, media.MJPEG) {
		scene := rtsptest.Scene{Codec: codec, Changes: 1}
		sets := rtsptest.Sets(codec, nil, scene.Sets(0))
		if !sets.Complete() || sets.Width != 1920 || sets.Height != 1080 {
			t.Errorf("%s: %+v", codec, sets)
		}
		if again := rtsptest.Sets(codec, sets, scene.Sets(0)); again != sets {
			t.Errorf("%s: the same again counts as a change", codec)
		}
		if codec == media.MJPEG {
			if sets.Sized(640, 360) == sets {
				t.Error("another size is no change")
			}
			continue
		}
		changed := rtsptest.Sets(codec, sets, scene.Sets(1))
		if changed == sets || len(changed.Of(media.SPS)) != 1 {
			t.Errorf("%s: a change is not noticed", codec)
		}
		var none *media.Sets
		if none.Complete() || none.With(codec, media.SPS, scene.Sets(0)[0]).Complete() != (codec == media.AV1) {
			t.Errorf("%s: complete with too little", codec)
		}
	}
}

// FuzzSets: parameter sets of any content (SPS, PPS, VPS, sequence headers) are
// kept or refused, and described.
func FuzzSets(f *testing.F) {
	for n, codec := range codecs {
		for _, b := range []bool{false, true} {
			scene := rtsptest.Scene{Codec: codec, B: b, Changes: 1}
			for picture := range 2 {
				for i, nal := range scene.Sets(picture) {
					f.Add(nal, i, n)
				}
			}
		}
	}
	f.Fuzz(func(t *testing.T, nal []byte, kind, number int) {
		codec := codecs[uint(number)%uint(len(codecs))]
		k := media.Kind(uint(kind) % 3)
		var s *media.Sets
		s = s.With(codec, k, nal)
		if again := s.With(codec, k, nal); again != s {
			t.Fatal("the same again counts as a change")
		}
		if s != nil && (s.Reorder < -1 || s.Reorder > 16 || s.Width < 0 || s.Height < 0) {
			t.Fatalf("%+v", s)
		}
		s.Complete()
	})
}
