package clip

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h264"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h265"
	"github.com/bluenviron/mediacommon/v2/pkg/formats/mp4/codecs"
	"github.com/bluenviron/mediacommon/v2/pkg/formats/pmp4"
)

// Parse reads a clip from a plain MP4 (ISO/IEC 14496-12, 14496-15); see [Load].
func Parse(r io.ReadSeeker) (*Clip, error) {
	var file pmp4.Presentation
	if err := file.Unmarshal(r); err != nil {
		return nil, fmt.Errorf("reading the MP4 structure: %w", err)
	}
	var clip Clip
	for _, track := range file.Tracks {
		if err := clip.addTrack(track); err != nil {
			return nil, err
		}
	}
	if len(clip.Video.Units) == 0 {
		return nil, errors.New("no H.264 or H.265 track")
	}
	if !clip.Video.Units[0].Key {
		return nil, errors.New("the first frame is no keyframe")
	}
	clip.cutAudio()
	return &clip, nil
}

func (c *Clip) addTrack(track *pmp4.Track) error {
	switch codec := track.Codec.(type) {
	case *codecs.H264:
		var sps h264.SPS
		if err := sps.Unmarshal(codec.SPS); err != nil {
			return fmt.Errorf("reading the SPS: %w", err)
		}
		c.Video.Width, c.Video.Height = sps.Width(), sps.Height()
		return c.addVideo(track, H264, codec.SPS, codec.PPS)
	case *codecs.H265:
		var sps h265.SPS
		if err := sps.Unmarshal(codec.SPS); err != nil {
			return fmt.Errorf("reading the SPS: %w", err)
		}
		c.Video.Width, c.Video.Height = sps.Width(), sps.Height()
		return c.addVideo(track, H265, codec.VPS, codec.SPS, codec.PPS)
	case *codecs.MPEG4Audio:
		return c.addAudio(track, codec)
	}
	return nil
}

func (c *Clip) addVideo(track *pmp4.Track, codec Codec, parameters ...[]byte) error {
	if len(c.Video.Units) > 0 {
		return errors.New("more than one video track")
	}
	c.Video.Codec, c.Video.Parameters = codec, parameters
	var dts int64
	for i, sample := range track.Samples {
		payload, err := sample.GetPayload()
		if err != nil {
			return fmt.Errorf("reading frame %d: %w", i, err)
		}
		var nalus h264.AVCC // H.265 is stored the same way
		if err := nalus.Unmarshal(payload); err != nil {
			return fmt.Errorf("splitting frame %d: %w", i, err)
		}
		c.Video.Units = append(c.Video.Units, Unit{
			NALUs: slices.DeleteFunc(nalus, codec.isHeader),
			DTS:   rescale(dts, int64(track.TimeScale), VideoRate),
			PTS:   rescale(dts+int64(sample.PTSOffset), int64(track.TimeScale), VideoRate),
			Key:   !sample.IsNonSyncSample,
		})
		dts += int64(sample.Duration)
	}
	c.Ticks = rescale(dts, int64(track.TimeScale), VideoRate)
	if c.Ticks <= 0 {
		return errors.New("the video track has no duration")
	}
	return nil
}

func (c *Clip) addAudio(track *pmp4.Track, codec *codecs.MPEG4Audio) error {
	if c.Audio != nil {
		return errors.New("more than one audio track")
	}
	c.Audio = &Audio{Codec: AAC, Config: &codec.Config, Rate: codec.Config.SampleRate}
	if c.Audio.Rate <= 0 {
		return errors.New("the audio track has no sample rate")
	}
	var pts int64
	for i, sample := range track.Samples {
		payload, err := sample.GetPayload()
		if err != nil {
			return fmt.Errorf("reading audio frame %d: %w", i, err)
		}
		c.Audio.Packets = append(c.Audio.Packets, Packet{
			Data: payload,
			PTS:  rescale(pts, int64(track.TimeScale), int64(c.Audio.Rate)),
		})
		pts += int64(sample.Duration)
	}
	return nil
}

// cutAudio drops what begins after the picture's end: an encoder adds a frame
// of delay, which would shift the sound at each loop.
func (c *Clip) cutAudio() {
	if c.Audio == nil {
		return
	}
	end := rescale(c.Ticks, VideoRate, int64(c.Audio.Rate))
	c.Audio.Packets = slices.DeleteFunc(c.Audio.Packets, func(p Packet) bool { return p.PTS >= end })
}

// rescale turns ticks of one clock into ticks of another, rounded to the nearest.
func rescale(ticks, from, to int64) int64 {
	whole, rest := ticks/from, ticks%from
	return whole*to + (rest*to+from/2)/from
}
