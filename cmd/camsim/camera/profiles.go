package camera

import (
	"math"
	"strings"

	"github.com/donhk/istream/cmd/camsim/clip"
	"github.com/donhk/istream/cmd/camsim/internal/onvif"
)

// The paths of the two streams.
const (
	mainPath = "/stream1"
	subPath  = "/stream2"
)

func (c Config) profiles() []onvif.Profile {
	return []onvif.Profile{
		profile("Profile_1", "mainStream", mainPath, c.Main),
		profile("Profile_2", "subStream", subPath, c.Sub),
	}
}

func profile(token, name, path string, of *clip.Clip) onvif.Profile {
	return onvif.Profile{
		Token: token, Name: name, Source: "VideoSource_1",
		Encoding: strings.ToUpper(string(of.Video.Codec)),
		Width:    of.Video.Width, Height: of.Video.Height,
		FrameRate: int(math.Round(of.FrameRate())), GOP: of.GOP(),
		KiloBits: (of.BitRate() + 999) / 1000,
		Path:     path,
	}
}
