package rtsptest

import (
	"encoding/binary"

	"github.com/donhk/istream/services/recorder/internal/media"
)

// soundRate and soundLength are of one frame of each kind of sound.
func (s Scene) soundRate() int {
	if s.Sound == media.Opus {
		return 48000
	}
	if s.Sound == media.AAC {
		return 16000
	}
	return 8000
}

func (s Scene) soundLength() int {
	if s.Sound == media.AAC {
		return 1024
	}
	return s.soundRate() / 50
}

// frame is the number-th of the sound; of PCM the size tells the length.
func (s Scene) frame(number int) []byte {
	size := 60
	if bytes := s.Sound.SampleSize(); bytes > 0 {
		size = bytes * s.soundLength()
	}
	b := make([]byte, size)
	if s.Sound == media.Opus {
		b[0] = 0x08 // 20 ms, one frame
	}
	binary.BigEndian.PutUint32(b[4:], uint32(number))
	return b
}
