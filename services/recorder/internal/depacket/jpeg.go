package depacket

import (
	"bytes"
	"encoding/binary"

	"github.com/donhk/istream/services/recorder/internal/media"
)

// JPEG collects images (RFC 2435). What their packets leave out, since it is the
// same for all, is put in front of each, so that each is a whole JPEG file.
type JPEG struct {
	track  int
	clock  counter
	sets   *media.Sets
	tables map[byte][]byte // quantisation tables that were sent once, by number

	unit  media.Unit
	stamp uint32
	head  int // bytes of the unit that stand before the image's own data
	size  int // of the latest unit: what to reserve
}

// NewJPEG collects a track.
func NewJPEG(track int) *JPEG { return &JPEG{track: track, tables: map[byte][]byte{}} }

// scan is what a packet's headers tell (RFC 2435, 3.1).
type scan struct {
	offset        int // of the data within the image's
	kind, quality byte
	width, height int
	restart       uint16 // interval of restart markers, 0: there are none
}

// Push implements Track.
func (j *JPEG) Push(p Packet, emit func(media.Unit)) error {
	s, data, err := readScan(p.Payload)
	if err != nil {
		j.unit = media.Unit{}
		return err
	}
	var fault error
	if s.offset == 0 {
		fault = j.finish(emit)
		if data, err = j.begin(s, data); err != nil {
			return err
		}
		j.unit.Arrival, j.stamp = p.Arrival, p.Timestamp
	}
	switch {
	case j.unit.Data == nil, s.offset != len(j.unit.Data)-j.head, p.Timestamp != j.stamp:
		j.unit = media.Unit{}
		return errLost
	case len(j.unit.Data)+len(data) > maxUnit:
		j.unit = media.Unit{}
		return errTooLong
	}
	j.unit.Data = append(j.unit.Data, data...)
	if p.Marker {
		if !bytes.HasSuffix(j.unit.Data, endOfImage) {
			j.unit.Data = append(j.unit.Data, endOfImage...)
		}
		return j.finish(emit)
	}
	return fault
}

// Rest implements Track: a unit comes out with its marker.
func (j *JPEG) Rest(func(media.Unit)) {}

// Flush implements Track.
func (j *JPEG) Flush(emit func(media.Unit)) {
	_ = j.finish(emit) // half an image at the end is nothing to tell of
}

// finish emits the image, if it is whole.
func (j *JPEG) finish(emit func(media.Unit)) error {
	u := j.unit
	j.unit = media.Unit{}
	if u.Data == nil {
		return nil
	}
	if !bytes.HasSuffix(u.Data, endOfImage) {
		return errLost
	}
	u.Track, u.Time, u.Sets, u.Sync = j.track, j.clock.unfold(j.stamp), j.sets, true
	j.size = len(u.Data)
	emit(u)
	return nil
}

func readScan(b []byte) (s scan, data []byte, err error) {
	if len(b) < 8 {
		return s, nil, errShort
	}
	s.offset = int(binary.BigEndian.Uint32(b) & 0xffffff)
	s.kind, s.quality = b[4], b[5]
	s.width, s.height = int(b[6])*8, int(b[7])*8
	b = b[8:]
	if s.kind&0xc0 == 0x40 {
		if len(b) < 4 {
			return s, nil, errShort
		}
		s.restart = binary.BigEndian.Uint16(b)
		b = b[4:]
	}
	if s.kind&0x3f > 1 || s.kind >= 0x80 || s.width == 0 || s.height == 0 {
		return s, nil, errUnknown
	}
	return s, b, nil
}

// begin starts an image with its headers and returns the data after the tables.
func (j *JPEG) begin(s scan, b []byte) (data []byte, err error) {
	tables, data, err := j.quantisation(s.quality, b)
	if err != nil {
		return nil, err
	}
	j.sets = j.sets.Sized(s.width, s.height)
	j.unit.Data = appendHead(make([]byte, 0, max(j.size*5/4, 2048)), s, tables)
	j.head = len(j.unit.Data)
	return data, nil
}

// quantisation finds the image's tables: computed, sent along, or sent before.
func (j *JPEG) quantisation(quality byte, b []byte) (tables, data []byte, err error) {
	if quality < 128 {
		if quality == 0 || quality > 99 {
			return nil, nil, errUnknown
		}
		return usualTables(quality), b, nil
	}
	if len(b) < 4 {
		return nil, nil, errShort
	}
	precision, n := b[1], int(binary.BigEndian.Uint16(b[2:]))
	if b = b[4:]; n > len(b) {
		return nil, nil, errShort
	}
	tables, data = b[:n], b[n:]
	switch {
	case n == 0 && quality < 255 && j.tables[quality] != nil:
		return j.tables[quality], data, nil
	case precision != 0 || n != 64 && n != 128:
		return nil, nil, errUnknown
	}
	if quality < 255 {
		j.tables[quality] = bytes.Clone(tables)
	}
	return tables, data, nil
}
