package feed

import (
	"sync"
	"time"
)

// The answers of Pulse.Mode.
const (
	ModeNATS = "nats" // the store's events come
	ModePoll = "poll" // they don't: the listings find what changed
)

// Pulse tells whether the store's events come. It starts as ModePoll.
type Pulse struct {
	// Patience is how long changes may go untold before events are taken to
	// have stopped; they may be seconds late where all is well.
	Patience time.Duration

	mu     sync.Mutex
	beats  bool
	untold time.Time // since when there are untold changes; zero: there are none
}

// Mode is ModeNATS or ModePoll.
func (p *Pulse) Mode() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.beats {
		return ModeNATS
	}
	return ModePoll
}

// Heard records an event and reports whether it changes the mode.
func (p *Pulse) Heard() (changed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	changed = !p.beats
	p.beats, p.untold = true, time.Time{}
	return changed
}

// Missed records that a listing found at the time now what no event had told,
// and reports whether that changes the mode.
func (p *Pulse) Missed(now time.Time) (changed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case !p.beats:
	case p.untold.IsZero():
		p.untold = now
	case now.Sub(p.untold) > p.Patience:
		p.beats = false
		return true
	}
	return false
}
