package evict

import "time"

// How long an object is left alone that the store won't delete, and how many
// may be: more are tried again by each Pass, which bounds that.
const (
	firstHold = 10 * time.Second
	lastHold  = 10 * time.Minute
	maxHolds  = 10_000
)

// holds are the objects held back, by key.
type holds map[string]hold

type hold struct {
	until time.Time
	wait  time.Duration
}

// hold holds keys back, each twice as long as the last time.
func (h holds) hold(keys map[string]bool, now time.Time) {
	for key := range keys {
		wait := firstHold
		if was, ok := h[key]; ok {
			wait = min(2*was.wait, lastHold)
		} else if len(h) == maxHolds {
			continue
		}
		h[key] = hold{until: now.Add(wait), wait: wait}
	}
}

// has reports whether key is held back now.
func (h holds) has(key string, now time.Time) bool {
	is, ok := h[key]
	return ok && now.Before(is.until)
}

// prune forgets those that nobody has tried to delete for long: they are gone.
func (h holds) prune(now time.Time) {
	for key, is := range h {
		if now.Sub(is.until) > 2*lastHold {
			delete(h, key)
		}
	}
}

func (h holds) release(key string) { delete(h, key) }
