package spool

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/spool/internal/isobmff"
)

// ClockTolerance is how far two clocks may be apart before one of them counts
// as wrong.
const ClockTolerance = 500 * time.Millisecond

// Stamp is what the clocks of the machine showed when a segment's first picture
// arrived. It stands in the segment's file, so that who has nothing but the file
// can tell how far to trust its name; and where the wall clock was wrong, the
// same boot can still work out the true time from the uptime.
type Stamp struct {
	Boot   string            // of the kernel's life, 32 hex digits; "": not known
	Uptime time.Duration     // of the machine, in milliseconds
	Wall   time.Time         // UTC, in milliseconds
	State  events.ClockState // whether something disciplined the wall clock
	Step   time.Duration     // of the wall clock just before the segment, in milliseconds
}

// Clock is the state of a segment whose name says start.
func (s Stamp) Clock(start time.Time) events.ClockState {
	if s.State == events.ClockUnsynced && start.Sub(s.Wall).Abs() > ClockTolerance {
		return events.ClockRestamped
	}
	return s.State
}

// stampType names the box (ISO/IEC 14496-12, 11.1: uuid).
var stampType = [16]byte{0x9a, 0x5c, 0x1f, 0x70, 0x3b, 0x0e, 0x4d, 0x52, 0xb1, 0x6a, 0x0e, 0x83, 0x57, 0xd4, 0x2c, 0x91}

const (
	stampBody = 16 + 4 + 16 + 8 + 8 + 8 + 4
	stampSize = 8 + stampBody
)

// states are the clock's, as the box counts them.
func states() []events.ClockState {
	return []events.ClockState{events.ClockUnknown, events.ClockUnsynced, events.ClockSynced}
}

// Box is the stamp as it stands in a file, between the moov and the first moof.
func (s Stamp) Box() []byte {
	b := binary.BigEndian.AppendUint32(make([]byte, 0, stampSize), stampSize)
	b = append(b, "uuid"...)
	b = append(b, stampType[:]...)
	b = append(b, 0, 0, 0, 0) // version and flags
	var boot [16]byte
	if id, err := hex.DecodeString(s.Boot); err == nil {
		copy(boot[:], id)
	}
	b = append(b, boot[:]...)
	for _, ms := range []int64{s.Uptime.Milliseconds(), s.Wall.UnixMilli(), s.Step.Milliseconds()} {
		b = binary.BigEndian.AppendUint64(b, uint64(ms)) //nolint:gosec // two's complement, read back as such
	}
	var state uint32
	for i, known := range states() {
		if s.State == known {
			state = uint32(i) //nolint:gosec // one of three
		}
	}
	return binary.BigEndian.AppendUint32(b, state)
}

// years that a stamp may speak of; a name can hold no others.
var (
	firstTime = time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)
	lastTime  = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
)

// parseStamp reads the content of a uuid box; false where it is another's, or
// makes no sense.
func parseStamp(body []byte) (Stamp, bool) {
	if len(body) < stampBody || [16]byte(body[:16]) != stampType || body[16] != 0 {
		return Stamp{}, false
	}
	body = body[20:]
	number := func(at int) int64 { return int64(binary.BigEndian.Uint64(body[at:])) } //nolint:gosec // as Box wrote it
	s := Stamp{State: events.ClockUnknown}
	if boot := hex.EncodeToString(body[:16]); strings.Trim(boot, "0") != "" {
		s.Boot = boot
	}
	uptime, wall, step := number(16), number(24), number(32)
	const most = int64(1<<63-1) / int64(time.Millisecond)
	if uptime < 0 || uptime > most || step < -most || step > most || wall < firstTime.UnixMilli() || wall > lastTime.UnixMilli() {
		return Stamp{}, false
	}
	s.Uptime, s.Wall, s.Step = time.Duration(uptime)*time.Millisecond, time.UnixMilli(wall).UTC(), time.Duration(step)*time.Millisecond
	if state := binary.BigEndian.Uint32(body[40:]); state < uint32(len(states())) { //nolint:gosec // three
		s.State = states()[state]
	}
	return s, true
}

// ErrNoStamp says that a file has none, as one that another program wrote.
var ErrNoStamp = errors.New("the file does not tell of the clock")

// ReadStamp reads the stamp of a segment, open or closed, without reading its
// footage.
func (s *Spool) ReadStamp(f File) (Stamp, error) {
	file, err := os.Open(s.Path(f))
	if err != nil {
		return Stamp{}, fmt.Errorf("reading a segment's clock: %w", err)
	}
	defer func() { _ = file.Close() }() // read only
	stat, err := file.Stat()
	if err != nil {
		return Stamp{}, fmt.Errorf("reading a segment's clock: %w", err)
	}
	stamp, err := findStamp(file, stat.Size())
	if err != nil {
		return Stamp{}, fmt.Errorf("reading the clock of %s: %w", f.Rel(), err)
	}
	return stamp, nil
}

// findStamp looks before the first fragment.
func findStamp(r io.ReaderAt, size int64) (Stamp, error) {
	const headers = 16 // of boxes before it; there are two
	for at, boxes := int64(0), 0; at < size && boxes < headers; boxes++ {
		h, err := isobmff.ReadHeader(r, at, size)
		if err != nil {
			return Stamp{}, errors.Join(ErrNoStamp, onlyReads(err))
		}
		if h.Type == "moof" {
			break
		}
		if s, ok, err := readStamp(r, h); ok || err != nil {
			return s, err
		}
		at = h.End()
	}
	return Stamp{}, ErrNoStamp
}

// readStamp reads a box that may be a stamp; only failing reads are errors.
func readStamp(r io.ReaderAt, h isobmff.Header) (Stamp, bool, error) {
	if h.Type != "uuid" || h.Size-h.Body < stampBody {
		return Stamp{}, false, nil
	}
	var body [stampBody]byte
	if _, err := r.ReadAt(body[:], h.Offset+h.Body); err != nil {
		return Stamp{}, false, onlyReads(err)
	}
	s, ok := parseStamp(body[:])
	return s, ok, nil
}
