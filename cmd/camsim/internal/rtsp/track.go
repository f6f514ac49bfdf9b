package rtsp

import (
	"fmt"
	"math/rand/v2"

	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/pion/rtp"

	"github.com/donhk/istream/cmd/camsim/clip"
)

// track is one medium of a stream.
type track struct {
	media     *description.Media
	base      uint32 // RTP time of the start (RFC 3550, 5.1: random)
	packetize func(clip.Sample) ([]*rtp.Packet, error)
}

const (
	videoPayload = 96
	audioPayload = 97
	pcmuPayload  = 0 // RFC 3551, table 4
	pcmaPayload  = 8
)

func newTrack(kind description.MediaType, form format.Format) *track {
	return &track{
		media: &description.Media{Type: kind, Formats: []format.Format{form}},
		base:  rand.Uint32(),
	}
}

// videoTrack leaves the parameter sets out of the SDP unless told.
func videoTrack(video *clip.Video, describe bool) (*track, error) {
	if video.Codec == clip.H265 {
		return h265Track(video, describe)
	}
	form := &format.H264{PayloadTyp: videoPayload, PacketizationMode: 1}
	if describe {
		form.SPS, form.PPS = video.Parameters[0], video.Parameters[1]
	}
	encoder, err := form.CreateEncoder()
	if err != nil {
		return nil, fmt.Errorf("making the H.264 packetizer: %w", err)
	}
	t := newTrack(description.MediaTypeVideo, form)
	t.packetize = func(s clip.Sample) ([]*rtp.Packet, error) { return encoder.Encode(s.Video) }
	return t, nil
}

func h265Track(video *clip.Video, describe bool) (*track, error) {
	form := &format.H265{PayloadTyp: videoPayload}
	if describe {
		form.VPS, form.SPS, form.PPS = video.Parameters[0], video.Parameters[1], video.Parameters[2]
	}
	encoder, err := form.CreateEncoder()
	if err != nil {
		return nil, fmt.Errorf("making the H.265 packetizer: %w", err)
	}
	t := newTrack(description.MediaTypeVideo, form)
	t.packetize = func(s clip.Sample) ([]*rtp.Packet, error) { return encoder.Encode(s.Video) }
	return t, nil
}

func audioTrack(audio *clip.Audio) (*track, error) {
	if audio.Codec == clip.AAC {
		return aacTrack(audio)
	}
	form := &format.G711{PayloadTyp: pcmaPayload, SampleRate: audio.Rate, ChannelCount: 1}
	if audio.Codec == clip.PCMU {
		form.PayloadTyp, form.MULaw = pcmuPayload, true
	}
	encoder, err := form.CreateEncoder()
	if err != nil {
		return nil, fmt.Errorf("making the G.711 packetizer: %w", err)
	}
	t := newTrack(description.MediaTypeAudio, form)
	t.packetize = func(s clip.Sample) ([]*rtp.Packet, error) { return encoder.Encode(s.Audio) }
	return t, nil
}

// aacTrack sends AAC-hbr (RFC 3640, 3.3.6).
func aacTrack(audio *clip.Audio) (*track, error) {
	form := &format.MPEG4Audio{
		PayloadTyp: audioPayload, Config: audio.Config,
		SizeLength: 13, IndexLength: 3, IndexDeltaLength: 3,
	}
	encoder, err := form.CreateEncoder()
	if err != nil {
		return nil, fmt.Errorf("making the AAC packetizer: %w", err)
	}
	t := newTrack(description.MediaTypeAudio, form)
	t.packetize = func(s clip.Sample) ([]*rtp.Packet, error) { return encoder.Encode([][]byte{s.Audio}) }
	return t, nil
}
