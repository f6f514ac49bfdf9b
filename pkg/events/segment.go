package events

import "time"

// SegmentState is a step in a segment's life.
type SegmentState string

// The states, in the order in which a segment may go through them.
const (
	Opened    SegmentState = "opened"    // its file exists and grows
	Closed    SegmentState = "closed"    // complete, synced, immutable
	Recovered SegmentState = "recovered" // cut short, mended and closed at a later start
	Uploaded  SegmentState = "uploaded"  // the store confirmed size and checksum
	Dropped   SegmentState = "dropped"   // removed before it was uploaded: the spool's bound
	Deleted   SegmentState = "deleted"   // removed from the bucket: the quota
)

// ClockState says how far a start time may be trusted.
type ClockState string

// The clock states.
const (
	ClockSynced    ClockState = "synced"    // the kernel said that the clock was disciplined
	ClockUnsynced  ClockState = "unsynced"  // it said that it was not (no NTP yet)
	ClockRestamped ClockState = "restamped" // it was not, and the start was put right once it was
	ClockUnknown   ClockState = "unknown"   // nobody could tell
)

// Segment tells of a step in a segment's life.
type Segment struct {
	V        int          `json:"v"`
	State    SegmentState `json:"state"`
	Site     string       `json:"site"`
	Camera   string       `json:"camera"`
	Key      string       `json:"key"`            // object key in the bucket
	File     string       `json:"file,omitempty"` // path below the spool
	Start    time.Time    `json:"start"`          // arrival of the first frame
	Duration Seconds      `json:"duration"`       // of the media
	Bytes    int64        `json:"bytes"`
	SHA256   string       `json:"sha256,omitempty"` // hex, of the whole file
	Codec    string       `json:"codec,omitempty"`  // RFC 6381, comma-separated a track
	Clock    ClockState   `json:"clock,omitempty"`
	Step     Seconds      `json:"step,omitempty"`  // of the wall clock, just before this segment
	Was      time.Time    `json:"was,omitzero"`    // the start it had before it was restamped
	Cause    string       `json:"cause,omitempty"` // why it ended here, was dropped or deleted
	At       time.Time    `json:"at"`
}

// NewSegment starts an event for the segment n; the caller adds what it knows.
func NewSegment(state SegmentState, n Name, at time.Time) Segment {
	s := Segment{V: Version, State: state, Site: n.Site, Camera: n.Camera, Key: n.Key(), Start: n.Start.UTC(), At: at.UTC()}
	if state == Opened || state == Closed || state == Recovered {
		s.File = n.File()
	}
	return s
}

// Name is the segment's identity.
func (s Segment) Name() Name { return Name{Site: s.Site, Camera: s.Camera, Start: s.Start.UTC()} }

// Subject implements Event.
func (s Segment) Subject() string { return SegmentSubject(s.Site, s.Camera, s.State) }

// MsgID implements Event: a segment goes through each state once.
func (s Segment) MsgID() string { return string(s.State) + ":" + s.Key }

// Fragment tells that a part of an open segment's file can be read. The first
// fragment's bytes [0, Offset) are the init (ftyp, moov).
type Fragment struct {
	V        int       `json:"v"`
	Site     string    `json:"site"`
	Camera   string    `json:"camera"`
	File     string    `json:"file"`     // path below the spool, still a .part
	Start    time.Time `json:"start"`    // of the segment
	Sequence int       `json:"sequence"` // from 1 within the segment
	Offset   int64     `json:"offset"`   // in bytes
	Length   int64     `json:"length"`   // in bytes
	First    time.Time `json:"first"`    // arrival of the fragment's first frame
	Last     time.Time `json:"last"`     // arrival of its last
}

// Subject implements Event.
func (f Fragment) Subject() string { return FragmentSubject(f.Site, f.Camera) }

// MsgID implements Event: fragments are never persisted.
func (f Fragment) MsgID() string { return "" }
