// Package media is what flows from a camera to the disk: units of coded
// picture or sound, untouched, with their times.
package media

import "time"

// Codec names what a track is coded in, as people call it.
type Codec string

// The codecs that can be stored by copy.
const (
	H264 Codec = "H.264"
	H265 Codec = "H.265"
	AAC  Codec = "AAC"
	PCMA Codec = "G.711 A-law"
	PCMU Codec = "G.711 µ-law"
	Opus Codec = "Opus"
)

// Video tells picture from sound.
func (c Codec) Video() bool { return c == H264 || c == H265 }

// Format is a track's.
type Format struct {
	Codec    Codec
	Rate     int    // time stamps count 1/Rate s
	Channels int    // of sound
	Config   []byte // of AAC: AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1)
}

// Ticks turns a duration into units of the format's time stamps.
func (f Format) Ticks(d time.Duration) int64 {
	whole, rest := d/time.Second, d%time.Second
	return int64(whole)*int64(f.Rate) + int64(rest)*int64(f.Rate)/int64(time.Second)
}

// Duration is the other way round.
func (f Format) Duration(ticks int64) time.Duration {
	whole, rest := ticks/int64(f.Rate), ticks%int64(f.Rate)
	return time.Duration(whole)*time.Second + time.Duration(rest)*time.Second/time.Duration(f.Rate)
}

// Unit is one sample: an access unit of video, whose NAL units are each led by
// their length in 4 bytes, or a frame of sound.
type Unit struct {
	Track   int
	Time    int64     // of presentation, in the format's units since the session began
	Arrival time.Time // of its first packet
	Data    []byte
	Sync    bool  // a decoder can begin here
	Sets    *Sets // of video: the parameter sets in force
	Length  int64 // of sound: how long it lasts, in the format's units
}
