package depacket

import (
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/av1"

	"github.com/donhk/istream/services/recorder/internal/media"
)

// AV1 collects temporal units ("RTP Payload Format For AV1"). They come out as
// MP4 stores them: OBUs that tell their size, without delimiters and padding.
type AV1 struct {
	track int
	clock counter
	sets  *media.Sets

	unit    media.Unit
	stamp   uint32
	obu     []byte // being put together
	open    bool   // there is one
	count   int    // OBUs of the unit
	picture bool   // the unit has a frame

	next   uint16 // sequence number expected
	synced bool   // next is known
	size   int    // of the latest unit: what to reserve
}

// NewAV1 collects a track, whose sequence header comes in the stream.
func NewAV1(track int) *AV1 { return &AV1{track: track} }

// Bits of the aggregation header, with which each payload begins.
const (
	continues = 0x80 // the first OBU began in the packet before
	unended   = 0x40 // the last OBU goes on in the next packet
)

// Push implements Track.
func (a *AV1) Push(p Packet, emit func(media.Unit)) error {
	var fault error
	if a.synced && p.Sequence != a.next {
		fault = a.drop(errLost)
	}
	a.next, a.synced = p.Sequence+1, true
	if a.count > 0 && p.Timestamp != a.stamp {
		a.finish(emit)
	}
	if a.count == 0 {
		a.unit.Arrival = p.Arrival
	}
	a.stamp = p.Timestamp
	if err := a.read(p.Payload); err != nil {
		fault = a.drop(err)
	}
	// Some mark every packet, also within an OBU.
	if p.Marker && !a.open {
		a.finish(emit)
	}
	return fault
}

// Rest implements Track: a unit comes out with its marker.
func (a *AV1) Rest(func(media.Unit)) {}

// Flush implements Track. What has no marker may lack more.
func (a *AV1) Flush(func(media.Unit)) {}

// read takes a payload apart: OBUs, led by their size where the header does not
// tell their number, the last always without where it does.
func (a *AV1) read(b []byte) (fault error) {
	if len(b) < 2 {
		return errShort
	}
	head, told := b[0], int(b[0]>>4&3)
	if head&continues == 0 && a.open {
		fault = a.drop(errLost)
	}
	b = b[1:]
	for n := 1; len(b) > 0; n++ {
		element := b
		if n != told {
			var size av1.LEB128
			lead, err := size.Unmarshal(b)
			if err != nil || int64(size) > int64(len(b)-lead) {
				return errShort
			}
			element = b[lead : lead+int(size)]
			b = b[lead+int(size):]
		} else {
			b = nil
		}
		if n > 1 || head&continues == 0 {
			a.obu, a.open = a.obu[:0], true
		} else if !a.open {
			fault = errLost // its beginning never came
			continue
		}
		if len(a.obu)+len(element) > maxUnit {
			return errTooLong
		}
		a.obu = append(a.obu, element...)
		if len(b) > 0 || head&unended == 0 {
			if err := a.end(); err != nil {
				fault = err
			}
		}
	}
	return fault
}

// The types of OBUs that matter (AV1, 6.2.2).
const (
	obuSequenceHeader = 1
	obuDelimiter      = 2
	obuFrameHeader    = 3
	obuTileGroup      = 4
	obuFrame          = 6
	obuTileList       = 8
	obuPadding        = 15

	obuExtension = 0x04
	obuHasSize   = 0x02
)

// end adds the OBU that is whole now to the unit.
func (a *AV1) end() error {
	a.open = false
	obu := a.obu
	if len(obu) == 0 {
		return nil
	}
	length := 1 // of the header
	if obu[0]&obuExtension != 0 {
		length = 2
	}
	if len(obu) < length || obu[0]&0x80 != 0 {
		return errUnknown
	}
	head, body := obu[:length], obu[length:]
	if obu[0]&obuHasSize != 0 {
		var size av1.LEB128
		n, err := size.Unmarshal(body)
		if err != nil || int64(size) > int64(len(body)-n) {
			return errShort
		}
		body = body[n : n+int(size)]
	}
	return a.add(head, body)
}

func (a *AV1) add(head, body []byte) error {
	kind := head[0] >> 3 & 15
	if kind == obuDelimiter || kind == obuTileList || kind == obuPadding {
		return nil
	}
	if a.count++; !a.picture && a.count > maxLeaders || len(a.unit.Data)+len(body) > maxUnit {
		a.reset()
		return errTooLong
	}
	if a.unit.Data == nil {
		a.unit.Data = make([]byte, 0, max(a.size*5/4, len(body)+16))
	}
	start := len(a.unit.Data)
	a.unit.Data = append(append(a.unit.Data, head[0]|obuHasSize), head[1:]...)
	var size [8]byte
	n := av1.LEB128(len(body)).MarshalTo(size[:])
	a.unit.Data = append(append(a.unit.Data, size[:n]...), body...)
	switch kind {
	case obuSequenceHeader:
		a.sets = a.sets.With(media.AV1, media.SequenceHeader, a.unit.Data[start:])
	case obuFrame, obuFrameHeader:
		if !a.picture {
			// A new frame (bit 7), of the type KEY_FRAME (6 and 5), that is shown (4).
			a.unit.Sync = len(body) > 0 && body[0]>>4 == 1
		}
		a.picture = true
	case obuTileGroup:
		a.picture = true
	}
	return nil
}

// drop gives up the OBU being put together.
func (a *AV1) drop(why error) error {
	a.obu, a.open = a.obu[:0], false
	return why
}

// finish emits the unit. One without a frame leads the next.
func (a *AV1) finish(emit func(media.Unit)) {
	if !a.picture {
		return
	}
	u := a.unit
	u.Track, u.Time, u.Sets = a.track, a.clock.unfold(a.stamp), a.sets
	a.size = len(u.Data)
	a.reset()
	emit(u)
}

func (a *AV1) reset() { a.unit, a.count, a.picture = media.Unit{}, 0, false }
