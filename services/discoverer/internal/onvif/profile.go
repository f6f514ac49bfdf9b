package onvif

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/use-go/onvif/media"

	"github.com/donhk/istream/services/discoverer/internal/xmltree"
)

// The bounds of what is taken of a device.
const (
	maxProfiles = 256
	maxSources  = 64 // channels of a DVR
	maxStreams  = 3  // a channel: main, sub, one more
)

// profile is a picture that a device can send.
type profile struct {
	token, name   string
	source        string // token of the video source
	codec         string
	width, height int
	frameRate     float64
	video         bool
}

// profiles reads a GetProfilesResponse of either media service.
func profiles(body *xmltree.Node) []profile {
	var all []profile
	for n := range body.All("Profiles") {
		if len(all) == maxProfiles {
			break
		}
		if p := readProfile(n); p.token != "" {
			all = append(all, p)
		}
	}
	return all
}

func readProfile(n *xmltree.Node) profile {
	source, encoder := n.Child("VideoSourceConfiguration"), n.Child("VideoEncoderConfiguration")
	if configurations := n.Child("Configurations"); configurations != nil {
		source, encoder = configurations.Child("VideoSource"), configurations.Child("VideoEncoder")
	}
	p := profile{
		token: n.Attr("token"), name: Plain(n.Child("Name").Text(), maxName),
		source: Plain(source.Child("SourceToken").Text(), maxName),
		codec:  codec(encoder.Child("Encoding").Text()),
		video:  encoder != nil,
	}
	p.width = size(encoder.First("Width"))
	p.height = size(encoder.First("Height"))
	if rate, err := strconv.ParseFloat(encoder.First("FrameRateLimit").Text(), 64); err == nil && rate > 0 && rate <= 1000 {
		p.frameRate = rate
	}
	return p
}

func size(n *xmltree.Node) int {
	if v, ok := n.Int(); ok && v > 0 && v <= 1<<16 {
		return v
	}
	return 0
}

// codec names the encodings of both media services alike.
func codec(text string) string {
	switch upper := strings.ToUpper(strings.NewReplacer(".", "", "-", "", " ", "").Replace(text)); upper {
	case "H264", "AVC":
		return "H264"
	case "H265", "HEVC":
		return "H265"
	case "JPEG", "MJPEG":
		return "JPEG"
	case "MPEG4", "MPV4ES":
		return "MPEG4"
	default:
		return Plain(upper, 16)
	}
}

// Channel is a video source of a device, and the profiles that show it.
type channel struct {
	source   string
	profiles []profile
}

// channels groups profiles by video source, each best first: what can be
// recorded, then the largest picture; where the device gives no sizes, its own
// order. Profiles without video are left out where others have some.
func channels(all []profile) []channel {
	if slices.ContainsFunc(all, func(p profile) bool { return p.video }) {
		all = slices.DeleteFunc(slices.Clone(all), func(p profile) bool { return !p.video })
	}
	var grouped []channel
	for _, p := range all {
		i := slices.IndexFunc(grouped, func(c channel) bool { return c.source == p.source })
		if i < 0 {
			if len(grouped) == maxSources {
				continue
			}
			i, grouped = len(grouped), append(grouped, channel{source: p.source})
		}
		grouped[i].profiles = append(grouped[i].profiles, p)
	}
	for _, c := range grouped {
		slices.SortStableFunc(c.profiles, func(a, b profile) int {
			return cmp.Or(cmp.Compare(rank(a.codec), rank(b.codec)), cmp.Compare(b.width*b.height, a.width*a.height))
		})
	}
	return grouped
}

// rank puts still pictures and MPEG-4 Part 2 behind what a recorder can store.
func rank(codec string) int {
	if codec == "JPEG" || codec == "MPEG4" {
		return 1
	}
	return 0
}

// listProfiles asks either media service for its profiles.
func (s *session) listProfiles(ctx context.Context, at *[]*url.URL, second bool) ([]profile, error) {
	var request any = media.GetProfiles{}
	if second {
		request = media2Profiles{Type: []string{"VideoSource", "VideoEncoder"}}
	}
	body, err := s.callAny(ctx, at, request)
	if err != nil {
		return nil, err
	}
	return profiles(body), nil
}
