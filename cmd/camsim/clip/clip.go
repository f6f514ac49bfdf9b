package clip

import (
	"fmt"
	"time"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg4audio"
)

// VideoRate is the clock of video times, in ticks a second (RFC 6184, 8.2.1).
const VideoRate = 90000

// Codec is the name of a codec as iStream writes it.
type Codec string

// The codecs a clip can hold.
const (
	H264 Codec = "h264"
	H265 Codec = "h265"
	AAC  Codec = "aac"
	PCMU Codec = "pcmu"
	PCMA Codec = "pcma"
)

// Clip is footage in memory. It is never changed once made, so that any number
// of cameras may play the same one.
type Clip struct {
	Video Video
	Audio *Audio // nil: the clip is silent
	Ticks int64  // length of the loop, in ticks of VideoRate
}

// Video is a clip's picture.
type Video struct {
	Codec      Codec
	Parameters [][]byte // VPS (H.265 alone), SPS, PPS
	Width      int
	Height     int
	Units      []Unit // in decoding order
}

// Unit is one access unit.
type Unit struct {
	NALUs [][]byte // without parameter sets and delimiters
	DTS   int64    // ticks of VideoRate, from 0
	PTS   int64
	Key   bool // an IDR picture
}

// Audio is a clip's sound.
type Audio struct {
	Codec   Codec
	Config  *mpeg4audio.AudioSpecificConfig // AAC alone
	Rate    int                             // samples a second, and the clock of its times
	Packets []Packet
}

// Packet is one AAC frame, or one run of G.711 samples.
type Packet struct {
	Data []byte
	PTS  int64 // ticks of Audio.Rate, from 0
}

// Duration is the length of the loop.
func (c *Clip) Duration() time.Duration {
	return time.Duration(c.Ticks) * time.Second / VideoRate
}

// FrameRate is the mean number of frames a second.
func (c *Clip) FrameRate() float64 {
	return float64(len(c.Video.Units)) * VideoRate / float64(c.Ticks)
}

// BitRate is the mean number of video bits a second, without stamps.
func (c *Clip) BitRate() int64 {
	var size int64
	for _, unit := range c.Video.Units {
		for _, nalu := range unit.NALUs {
			size += int64(len(nalu))
		}
	}
	return size * 8 * VideoRate / c.Ticks
}

// GOP is the number of frames from the first keyframe to the second, or of the
// whole clip where there is but one.
func (c *Clip) GOP() int {
	for i, unit := range c.Video.Units {
		if i > 0 && unit.Key {
			return i
		}
	}
	return len(c.Video.Units)
}

// WithAudio is the same picture with other sound: AAC (the clip's own), PCMU or
// PCMA (a beep a second), or "none".
func (c *Clip) WithAudio(codec Codec) (*Clip, error) {
	other := *c
	switch codec {
	case "none":
		other.Audio = nil
	case AAC:
		if c.Audio == nil || c.Audio.Codec != AAC {
			return nil, fmt.Errorf("the clip has no AAC sound: choose pcmu, pcma or none")
		}
	case PCMU, PCMA:
		audio, err := tone(codec, c.Ticks)
		if err != nil {
			return nil, err
		}
		other.Audio = audio
	default:
		return nil, fmt.Errorf("unknown audio codec %q: choose aac, pcmu, pcma or none", codec)
	}
	return &other, nil
}
