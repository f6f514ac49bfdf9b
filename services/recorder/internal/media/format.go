// Package media is what flows from a camera to the disk: units of coded
// picture or sound, untouched, with their times.
package media

import (
	"time"

	"github.com/donhk/istream/services/recorder/internal/slab"
)

// Codec names what a track is coded in, as people call it.
type Codec string

// The codecs that can be stored by copy.
const (
	H264  Codec = "H.264"
	H265  Codec = "H.265"
	AV1   Codec = "AV1"
	MJPEG Codec = "MJPEG"
	AAC   Codec = "AAC"
	PCMA  Codec = "G.711 A-law"
	PCMU  Codec = "G.711 µ-law"
	Opus  Codec = "Opus"
	L8    Codec = "L8"  // LPCM, 8 bits a sample, unsigned
	L16   Codec = "L16" // LPCM, 16 bits, big-endian
	L24   Codec = "L24" // LPCM, 24 bits, big-endian
)

// Video tells picture from sound.
func (c Codec) Video() bool { return c == H264 || c == H265 || c == AV1 || c == MJPEG }

// SampleSize is the bytes of one sample of one channel, where the codec stores
// each by itself; else 0.
func (c Codec) SampleSize() int {
	return map[Codec]int{PCMA: 1, PCMU: 1, L8: 1, L16: 2, L24: 3}[c]
}

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

// Unit is one sample: an access unit of video as MP4 stores it (NAL units each
// led by their length in 4 bytes, OBUs that tell their size, a JPEG image), or a
// frame of sound.
type Unit struct {
	Track   int
	Time    int64     // of presentation, in the format's units since the session began
	Moved   bool      // its time stamp could not be true: Time follows its arrival
	Arrival time.Time // of its first packet
	Data    []byte
	Sync    bool  // a decoder can begin here
	Sets    *Sets // of video: the parameter sets in force
	Length  int64 // of sound: how long it lasts, in the format's units

	Block *slab.Block // where Data lies, to be released; nil: in ordinary memory
}
