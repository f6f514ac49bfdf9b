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

// Wait is for the next try.
func (b *Backoff) Wait() time.Duration {
	b.next = min(max(b.next, b.First), maxWait)
	wait := b.next
	b.next *= 2
	return min(wait*3/4+rand.N(wait/2+1), maxWait)
}

// Reset begins anew.
func (b *Backoff) Reset() { b.next = 0 }
