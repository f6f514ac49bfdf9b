package rtsp

import (
	"time"

	"github.com/donhk/istream/services/recorder/internal/media"
)

// arrivals tells when the packets of a track came, though many are read at one
// time: by their time stamps, from the newest of the read before, which had just
// come then. No packet came before that read, and none after it was read itself.
type arrivals struct {
	known  bool
	stamp  uint32 // came at
	at     time.Time
	newest uint32
	fresh  bool      // newest is of the present read
	last   time.Time // when the latest packet came

	next uint16 // sequence number expected
}

// astray is how far from the reads a packet may seem to have come before its
// time stamp is taken to have jumped.
const astray = 2 * time.Second

// of is when the packet came.
func (a *arrivals) of(stamp uint32, f media.Format, before, read time.Time) time.Time {
	if !a.known {
		a.known, a.stamp, a.at, a.newest, a.last = true, stamp, read, stamp, read
	}
	came := a.at.Add(f.Duration(int64(int32(stamp - a.stamp))))
	if before.Sub(came) > astray || came.Sub(read) > astray {
		a.stamp, a.at, a.fresh, came = stamp, a.last, false, a.last
	}
	if !a.fresh || int32(stamp-a.newest) > 0 {
		a.newest, a.fresh = stamp, true
	}
	switch {
	case came.Before(before):
		came = before
	case came.After(read):
		came = read
	}
	a.last = came
	return came
}

// settle ends a read.
func (a *arrivals) settle(read time.Time) {
	if a.fresh {
		a.stamp, a.at, a.fresh = a.newest, read, false
	}
}

// skipped is how many packets are missing before this one.
func (a *arrivals) skipped(sequence uint16) uint16 {
	missing := sequence - a.next
	if a.next = sequence + 1; !a.known || missing >= 1<<15 {
		return 0 // the first, or the numbers stepped back
	}
	return missing
}
