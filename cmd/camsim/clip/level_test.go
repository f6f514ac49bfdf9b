package clip_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h264"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h265"

	"github.com/donhk/istream/cmd/camsim/clip"
)

// TestOtherParameters: they differ in the level and in nothing else.
func TestOtherParameters(t *testing.T) {
	for _, name := range clip.Names() {
		video := open(t, name).Video
		other := video.OtherParameters()
		if len(other) != len(video.Parameters) {
			t.Fatalf("%s: %d parameter sets, not %d", name, len(other), len(video.Parameters))
		}
		for i, nalu := range other {
			if differing := differences(nalu, video.Parameters[i]); differing > 1 {
				t.Errorf("%s: %d bytes of set %d differ", name, differing, i)
			}
		}
		if bytes.Equal(bytes.Join(other, nil), bytes.Join(video.Parameters, nil)) {
			t.Errorf("%s: nothing differs", name)
		}
		levels(t, name, video.Codec, other, video.Parameters)
	}
}

func differences(a, b []byte) int {
	n := max(len(a), len(b)) - min(len(a), len(b))
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			n++
		}
	}
	return n
}

func levels(t *testing.T, name string, codec clip.Codec, other, own [][]byte) {
	t.Helper()
	if codec == clip.H265 {
		var a, b h265.SPS
		if err := errors.Join(a.Unmarshal(other[1]), b.Unmarshal(own[1])); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if a.ProfileTierLevel.GeneralLevelIdc != 186 || a.Width() != b.Width() {
			t.Errorf("%s: level %d", name, a.ProfileTierLevel.GeneralLevelIdc)
		}
		return
	}
	var a, b h264.SPS
	if err := errors.Join(a.Unmarshal(other[0]), b.Unmarshal(own[0])); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if a.LevelIdc != 62 || a.Width() != b.Width() {
		t.Errorf("%s: level %d", name, a.LevelIdc)
	}
}
