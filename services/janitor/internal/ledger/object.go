package ledger

import (
	"math"
	"time"

	"github.com/donhk/istream/pkg/events"
)

// Object is one object of iStream's in the bucket: a segment, or a piece of a
// segment's live tail.
type Object struct {
	events.Name
	Tail bool  // a piece of the tail
	Seq  int   // of the piece; 0 is the init
	Size int64 // bytes
}

// Key is the object's key.
func (o Object) Key() string {
	if o.Tail {
		return o.TailKey(o.Seq)
	}
	return o.Name.Key()
}

// maxSize keeps the sum of false sizes from overflowing; no store has an
// object that large.
const maxSize = 1 << 46

// Scope says which keys of a bucket are counted, and may be deleted.
type Scope struct{ Site string }

// Prefixes are those under which all keys of the scope are.
func (s Scope) Prefixes() []string {
	return []string{s.Site + "/", events.LivePrefix + s.Site + "/"}
}

// Parse reads a key; false means that it is not ours to touch.
func (s Scope) Parse(key string, size int64) (Object, bool) {
	size = min(max(size, 0), maxSize)
	if n, ok := events.ParseKey(key); ok {
		return Object{Name: n, Size: size}, n.Site == s.Site
	}
	// The bound is that of a 32-bit machine, so that all count alike.
	if n, seq, ok := events.ParseTailKey(key); ok && seq <= math.MaxInt32 {
		return Object{Name: n, Tail: true, Seq: seq, Size: size}, n.Site == s.Site
	}
	return Object{}, false
}

// position is where an object stands among its camera's.
type position struct {
	start int64  // milliseconds since 1970
	rank  uint32 // among the pieces of one tail
}

// The init ranks last (0-1 wraps): a tail that goes piece by piece, the oldest
// first, plays as long as its init is there.
func (o Object) position() position {
	p := position{start: o.Start.UnixMilli()}
	if o.Tail {
		p.rank = uint32(o.Seq) - 1
	}
	return p
}

func (p position) before(q position) bool {
	return p.start < q.start || p.start == q.start && p.rank < q.rank
}

func (p position) time() time.Time { return time.UnixMilli(p.start).UTC() }

func (p position) seq() int { return int(p.rank + 1) }
