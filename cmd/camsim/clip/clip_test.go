package clip_test

import (
	"io/fs"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h264"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h265"
	"go.uber.org/goleak"

	"github.com/donhk/istream/cmd/camsim/clip"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t testing.TB, name string) *clip.Clip {
	t.Helper()
	found, err := clip.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestEmbeddedClips(t *testing.T) {
	for _, want := range []struct {
		name          string
		codec         clip.Codec
		width, height int
		gop           int
		parameters    int
		reordered     bool
	}{
		{"h264", clip.H264, 640, 360, 15, 2, false},
		{"h264b", clip.H264, 640, 360, 15, 2, true},
		{"h265", clip.H265, 640, 360, 15, 3, false},
		{"sub", clip.H264, 320, 180, 30, 2, false},
	} {
		t.Run(want.name, func(t *testing.T) {
			c := open(t, want.name)
			v := c.Video
			if v.Codec != want.codec || v.Width != want.width || v.Height != want.height {
				t.Errorf("got %s %dx%d", v.Codec, v.Width, v.Height)
			}
			if len(v.Units) != 240 || c.Ticks != 16*clip.VideoRate || c.FrameRate() != 15 {
				t.Errorf("got %d frames in %d ticks", len(v.Units), c.Ticks)
			}
			if c.GOP() != want.gop || len(v.Parameters) != want.parameters {
				t.Errorf("got GOP %d, %d parameter sets", c.GOP(), len(v.Parameters))
			}
			if c.Audio == nil || c.Audio.Codec != clip.AAC || len(c.Audio.Packets) != 250 || c.Audio.Rate != 16000 {
				t.Errorf("got audio %+v", c.Audio)
			}
			reordered := slices.ContainsFunc(v.Units, func(u clip.Unit) bool { return u.PTS != u.DTS })
			if reordered != want.reordered {
				t.Errorf("reordered: %v", reordered)
			}
			for i, unit := range v.Units {
				if unit.Key != randomAccess(v.Codec, unit.NALUs) {
					t.Fatalf("frame %d: key flag %v differs from its NAL units", i, unit.Key)
				}
			}
		})
	}
}

func TestRareKeyframes(t *testing.T) {
	c := open(t, clip.Rare)
	if c.GOP() != len(c.Video.Units) || c.Duration() != 64*time.Second || c.FrameRate() != 15 || c.Audio != nil {
		t.Errorf("a GOP of %d in %d frames, %v, sound %v", c.GOP(), len(c.Video.Units), c.Duration(), c.Audio)
	}
}

func randomAccess(codec clip.Codec, nalus [][]byte) bool {
	if codec == clip.H265 {
		return h265.IsRandomAccess(nalus)
	}
	return h264.IsRandomAccess(nalus)
}

func TestEmbeddedClipsAreSmall(t *testing.T) {
	var total int64
	for _, name := range clip.Names() {
		info, err := fs.Stat(os.DirFS("."), name+".mp4")
		if err != nil {
			t.Fatal(err)
		}
		total += info.Size()
	}
	if total > 1_000_000 {
		t.Errorf("the clips take %d bytes, over 1 MB", total)
	}
}

func TestOpenIsShared(t *testing.T) {
	first := open(t, clip.Main)
	if second := open(t, clip.Main); second != first {
		t.Error("two copies of one clip")
	}
}

func TestOpenUnknown(t *testing.T) {
	if _, err := clip.Open("vhs"); err == nil {
		t.Error("an unknown clip was opened")
	}
}

func TestLoad(t *testing.T) {
	loaded, err := clip.Load("h265.mp4")
	if err != nil {
		t.Fatal(err)
	}
	if len(loaded.Video.Units) != 240 {
		t.Errorf("got %d frames", len(loaded.Video.Units))
	}
	for _, path := range []string{"missing.mp4", "generate.sh"} {
		if _, err := clip.Load(path); err == nil {
			t.Errorf("%s was loaded", path)
		}
	}
}

func TestWithAudio(t *testing.T) {
	c := open(t, clip.Main)
	for _, want := range []struct {
		codec   clip.Codec
		packets int
		rate    int
	}{
		{clip.AAC, 250, 16000},
		{clip.PCMU, 400, 8000},
		{clip.PCMA, 400, 8000},
		{"none", 0, 0},
	} {
		other, err := c.WithAudio(want.codec)
		if err != nil {
			t.Fatal(err)
		}
		if want.packets == 0 {
			if other.Audio != nil {
				t.Errorf("%s: there is sound", want.codec)
			}
			continue
		}
		if len(other.Audio.Packets) != want.packets || other.Audio.Rate != want.rate {
			t.Errorf("%s: %d packets at %d", want.codec, len(other.Audio.Packets), other.Audio.Rate)
		}
	}
	if _, err := c.WithAudio("mp3"); err == nil {
		t.Error("unknown audio accepted")
	}
}
