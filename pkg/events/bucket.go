package events

import "time"

// BucketChange is what happened to an object.
type BucketChange string

// The changes.
const (
	BucketCreated BucketChange = "created"
	BucketRemoved BucketChange = "removed"
)

// Bucket is a bucket event, normalised. Bytes of a removal come from the
// janitor's ledger, as stores tell 0.
type Bucket struct {
	V      int          `json:"v"`
	Change BucketChange `json:"change"`
	Site   string       `json:"site"`
	Key    string       `json:"key"`
	Bytes  int64        `json:"bytes"`
	SHA256 string       `json:"sha256,omitempty"`
	Origin string       `json:"origin,omitempty"` // the store's own id for this event
	At     time.Time    `json:"at"`
}

// Subject implements Event.
func (b Bucket) Subject() string { return BucketSubject(b.Site, b.Change) }

// MsgID implements Event.
func (b Bucket) MsgID() string { return "bucket:" + string(b.Change) + ":" + b.Key + ":" + b.Origin }
