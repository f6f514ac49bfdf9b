package camera

import (
	"math/rand/v2"
	"time"
)

const (
	maxWait  = time.Minute
	authWait = 5 * time.Minute // cameras lock out who tries too often
	settled  = time.Minute     // of pictures, after which a fault counts as a new one
)

// Backoff is how long to wait before each further try: doubling, capped, and
// jittered, so that cameras on one switch are not all asked at once.
type Backoff struct {
	First time.Duration
	next  time.Duration
}

// Wait is for the next try: never less than First, since a camera that is asked
// too soon may ban us, and never more than a minute.
func (b *Backoff) Wait() time.Duration {
	from := min(max(b.next, b.First), maxWait)
	b.next = 2 * from
	// At the longest wait there is no room above.
	from = max(min(from, maxWait*4/5), min(b.First, maxWait))
	return from + rand.N(min(from/4, maxWait-from)+1)
}

// Reset begins anew.
func (b *Backoff) Reset() { b.next = 0 }
