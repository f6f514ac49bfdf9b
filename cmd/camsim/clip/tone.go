package clip

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/g711"
)

const (
	toneRate   = 8000
	tonePacket = 320 // 40 ms, as many cameras send
	toneHertz  = 1000
	toneLevel  = 10000
)

// tone makes a beep of a tenth of a second in each second, in G.711
// (ITU-T G.711), for a loop of that many ticks of VideoRate.
func tone(codec Codec, ticks int64) (*Audio, error) {
	second, err := encodeTone(codec, beep())
	if err != nil {
		return nil, fmt.Errorf("encoding the tone: %w", err)
	}
	audio := &Audio{Codec: codec, Rate: toneRate}
	end := rescale(ticks, VideoRate, toneRate)
	for pts := int64(0); pts < end; pts += tonePacket {
		at := pts % toneRate
		size := min(tonePacket, end-pts)
		audio.Packets = append(audio.Packets, Packet{Data: second[at : at+size], PTS: pts})
	}
	return audio, nil
}

// beep is one second of sound, 16-bit big-endian samples.
func beep() []byte {
	pcm := make([]byte, 0, 2*toneRate)
	for i := range toneRate {
		level := 0.0
		if i < toneRate/10 {
			level = toneLevel * math.Sin(2*math.Pi*toneHertz*float64(i)/toneRate)
		}
		pcm = binary.BigEndian.AppendUint16(pcm, uint16(int16(level)))
	}
	return pcm
}

func encodeTone(codec Codec, pcm []byte) ([]byte, error) {
	if codec == PCMA {
		return g711.Alaw(pcm).Marshal()
	}
	return g711.Mulaw(pcm).Marshal()
}
