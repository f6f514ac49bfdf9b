package depacket

import (
	"errors"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/format/rtpmpeg4audio"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/opus"
	"github.com/pion/rtp"

	"github.com/donhk/istream/services/recorder/internal/media"
)

// maxPacketFrames bounds the frames that one packet of sound may hold.
const maxPacketFrames = 256

// AAC collects MPEG-4 audio.
type AAC struct {
	track   int
	clock   counter
	decoder *rtpmpeg4audio.Decoder
	length  int64
}

// NewAAC collects frames of length samples (1024, or 960 where the stream's
// configuration says so).
func NewAAC(track int, decoder *rtpmpeg4audio.Decoder, length int64) *AAC {
	return &AAC{track: track, decoder: decoder, length: length}
}

// Push implements Track.
func (a *AAC) Push(p Packet, emit func(media.Unit)) error {
	if len(p.Payload) < 2 {
		return errShort
	}
	frames, err := a.decoder.Decode(&rtp.Packet{
		Header:  rtp.Header{Version: 2, SequenceNumber: p.Sequence, Timestamp: p.Timestamp, Marker: p.Marker},
		Payload: p.Payload,
	})
	if errors.Is(err, rtpmpeg4audio.ErrMorePacketsNeeded) {
		return nil
	}
	if err != nil {
		return err
	}
	at := a.clock.unfold(p.Timestamp)
	for i, frame := range frames[:min(len(frames), maxPacketFrames)] {
		if len(frame) > 0 {
			emit(sound(a.track, at+int64(i)*a.length, a.length, frame, p.Arrival))
		}
	}
	return nil
}

// Rest implements Track.
func (a *AAC) Rest(func(media.Unit)) {}

// Flush implements Track.
func (a *AAC) Flush(func(media.Unit)) {}

// Simple collects what comes as one frame a packet: G.711, LPCM and Opus.
type Simple struct {
	track  int
	clock  counter
	size   int // bytes of a sample of all channels; 0: there are none
	length func(payload []byte) int64
}

// NewPCM collects samples of size bytes, all channels together.
func NewPCM(track, size int) *Simple {
	return &Simple{track: track, size: size, length: func(b []byte) int64 { return int64(len(b) / size) }}
}

// NewOpus collects Opus packets, which tell their length themselves.
func NewOpus(track int) *Simple {
	return &Simple{track: track, length: opus.PacketDuration2}
}

// Push implements Track.
func (s *Simple) Push(p Packet, emit func(media.Unit)) error {
	if len(p.Payload) == 0 {
		return errShort
	}
	length := s.length(p.Payload)
	if length <= 0 {
		return errUnknown
	}
	whole := p.Payload
	if s.size > 0 {
		whole = whole[:int(length)*s.size]
	}
	emit(sound(s.track, s.clock.unfold(p.Timestamp), length, whole, p.Arrival))
	return nil
}

// Rest implements Track.
func (s *Simple) Rest(func(media.Unit)) {}

// Flush implements Track.
func (s *Simple) Flush(func(media.Unit)) {}

func sound(track int, at, length int64, frame []byte, arrival time.Time) media.Unit {
	return media.Unit{Track: track, Time: at, Arrival: arrival, Data: append([]byte(nil), frame...), Sync: true, Length: length}
}
