package depacket

import (
	"errors"
	"time"

	"github.com/donhk/istream/services/recorder/internal/media"
)

// Packet is what matters of an RTP packet. The payload is only read.
type Packet struct {
	Sequence  uint16
	Timestamp uint32
	Marker    bool
	Payload   []byte
	Arrival   time.Time
}

// Track turns a track's packets into units.
type Track interface {
	// Push takes the next packet. The error tells of a packet or unit that was
	// beyond use; the track goes on all the same.
	Push(p Packet, emit func(media.Unit)) error
	// Rest emits what is surely whole, since nothing may follow for a while.
	Rest(emit func(media.Unit))
	// Flush emits what is whole though nothing followed it.
	Flush(emit func(media.Unit))
}

// maxUnit bounds an access unit, in bytes, against a stream that never ends one.
const maxUnit = 16 << 20

var (
	errLost    = errors.New("a packet was lost")
	errShort   = errors.New("a packet ends too early")
	errTooLong = errors.New("an access unit is too long")
	errUnknown = errors.New("a packet of an unknown type")
)

// counter unfolds 32-bit time stamps, which wrap: at 90 kHz after 13 hours.
type counter struct {
	last    uint32
	total   int64
	started bool
}

func (c *counter) unfold(stamp uint32) int64 {
	if !c.started {
		c.last, c.started = stamp, true
	}
	c.total += int64(int32(stamp - c.last))
	c.last = stamp
	return c.total
}
