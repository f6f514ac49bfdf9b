package rtsp

import (
	"math"
	"slices"
	"strings"

	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/bluenviron/gortsplib/v5/pkg/format/rtpmpeg4audio"
	"github.com/bluenviron/gortsplib/v5/pkg/headers"

	"github.com/donhk/istream/services/recorder/internal/depacket"
	"github.com/donhk/istream/services/recorder/internal/media"
)

// track is one that is recorded.
type track struct {
	media  *description.Media
	rtp    format.Format
	format media.Format
	units  depacket.Track

	channel int // of its packets on the RTSP connection; -1: none is told
}

// choose takes the first picture that can be stored and every sound that can.
func (s *Session) choose(d *description.Session) ([]track, error) {
	var chosen []track
	var video, audio, left []string
	picture := false
	for _, m := range d.Medias {
		if m.IsBackChannel || m.Type == description.MediaTypeApplication {
			continue
		}
		isVideo := m.Type == description.MediaTypeVideo
		if isVideo && picture {
			continue
		}
		t, ok := storable(m, len(chosen))
		switch {
		case ok:
			chosen = append(chosen, t)
			picture = picture || t.format.Codec.Video()
		case isVideo:
			video = append(video, name(m))
		default:
			left = append(left, name(m))
		}
		if !isVideo {
			audio = append(audio, name(m))
		}
	}
	switch {
	case picture:
	case len(video) > 0:
		return nil, fault(KindCodec, nil, "%s sends its video as %s, which can't be stored: set the camera to H.264 or H.265", s.address, s.hide(strings.Join(video, ", ")))
	case len(audio) > 0:
		return nil, fault(KindNoVideo, nil, "%s offers no video, only sound (%s)", s.address, s.hide(strings.Join(audio, ", ")))
	default:
		return nil, fault(KindNoVideo, nil, "%s offers no video", s.address)
	}
	if len(left) > 0 {
		s.log.Warn("sound left out, since it can't be stored", "codec", s.hide(strings.Join(left, ", ")))
	}
	return chosen, nil
}

// storable finds the format of a media that can be stored by copy.
func storable(m *description.Media, number int) (track, bool) {
	for _, f := range m.Formats {
		t := track{media: m, rtp: f, format: media.Format{Rate: f.ClockRate()}}
		switch f := f.(type) {
		case *format.H264:
			var sets *media.Sets
			sets = sets.With(media.H264, media.SPS, f.SPS).With(media.H264, media.PPS, f.PPS)
			t.format.Codec, t.units = media.H264, depacket.NewH264(number, sets)
		case *format.H265:
			var sets *media.Sets
			sets = sets.With(media.H265, media.VPS, f.VPS).With(media.H265, media.SPS, f.SPS).With(media.H265, media.PPS, f.PPS)
			t.format.Codec, t.units = media.H265, depacket.NewH265(number, f.MaxDONDiff, sets)
		case *format.AV1:
			t.format.Codec, t.units = media.AV1, depacket.NewAV1(number)
		case *format.MJPEG:
			t.format.Codec, t.units = media.MJPEG, depacket.NewJPEG(number)
		case *format.MPEG4Audio:
			if !aac(f, &t, number) {
				continue
			}
		case *format.G711:
			codec := media.PCMA
			if f.MULaw {
				codec = media.PCMU
			}
			if !pcm(codec, f.ChannelCount, &t, number) {
				continue
			}
		case *format.LPCM:
			codec := map[int]media.Codec{8: media.L8, 16: media.L16, 24: media.L24}[f.BitDepth]
			if !pcm(codec, f.ChannelCount, &t, number) {
				continue
			}
		case *format.Opus:
			if f.ChannelCount > 2 {
				continue
			}
			t.format.Codec, t.format.Channels, t.units = media.Opus, f.ChannelCount, depacket.NewOpus(number)
		default:
			continue
		}
		if t.format.Rate > 0 {
			return t, true
		}
	}
	return track{}, false
}

// pcm takes what is one sample after the other; players know one or two channels
// of it.
func pcm(codec media.Codec, channels int, t *track, number int) bool {
	if codec.SampleSize() == 0 || channels < 1 || channels > 2 {
		return false
	}
	t.format.Codec, t.format.Channels = codec, channels
	t.units = depacket.NewPCM(number, channels*codec.SampleSize())
	return true
}

// aac refuses what gortsplib's decoder was not made for: sizes beyond RFC 3640.
func aac(f *format.MPEG4Audio, t *track, number int) bool {
	if f.Config == nil || f.SizeLength < 1 || f.SizeLength > 16 || f.IndexLength > 8 || f.IndexDeltaLength > 8 {
		return false
	}
	config, err := f.Config.Marshal()
	if err != nil || len(config) == 0 || len(config) > 64 {
		return false
	}
	length := int64(1024)
	if f.Config.FrameLengthFlag {
		length = 960
	}
	t.format.Codec, t.format.Config, t.format.Channels = media.AAC, config, max(int(f.Config.ChannelConfig), 1)
	t.units = depacket.NewAAC(number, &rtpmpeg4audio.Decoder{SizeLength: f.SizeLength, IndexLength: f.IndexLength, IndexDeltaLength: f.IndexDeltaLength}, length)
	return true
}

// name is what a media is coded in, as its description words it.
func name(m *description.Media) string {
	var all []string
	for _, f := range m.Formats {
		text, _, _ := strings.Cut(f.RTPMap(), "/")
		if text == "" {
			text = "an unknown format"
		}
		all = append(all, text)
	}
	return strings.Join(all, " or ")
}

// channel is where the packets come that were set up.
func channel(answer *base.Response) int {
	var t headers.Transport
	if err := t.Unmarshal(answer.Header["Transport"]); err != nil || t.InterleavedIDs == nil {
		return -1
	}
	return t.InterleavedIDs[0]
}

// channels lists those of the tracks' packets; nil where the RTSP connection does
// not carry them.
func (s *Session) channels() []uint8 {
	all := make([]uint8, len(s.tracks))
	for i, t := range s.tracks {
		if t.channel < 0 || t.channel > math.MaxUint8 {
			return nil
		}
		all[i] = uint8(t.channel)
	}
	return all
}

// video is the number of the picture's track.
func (s *Session) video() int {
	return slices.IndexFunc(s.tracks, func(t track) bool { return t.format.Codec.Video() })
}
