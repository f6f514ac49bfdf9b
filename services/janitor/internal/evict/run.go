package evict

import (
	"context"
	"math/rand/v2"
	"time"
)

const (
	firstRetry = time.Second
	lastRetry  = time.Minute
)

// Kick has a Pass begin as soon as the one under way has ended.
func (e *Evictor) Kick() {
	select {
	case e.kick <- struct{}{}:
	default:
	}
}

// Run makes a Pass at each Kick, and again after one that failed, until ctx
// ends.
func (e *Evictor) Run(ctx context.Context) error {
	retry := firstRetry
	var again <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-e.kick:
		case <-again:
		}
		err := e.Pass(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		e.err.Store(&err)
		if err == nil {
			if len(e.held) == 0 {
				e.fault.Recovered() // not yet where some objects are only held back
			}
			retry, again = firstRetry, nil
			continue
		}
		e.fault.Failed(err)
		again = time.After(retry - rand.N(retry/10))
		retry = min(2*retry, lastRetry)
	}
}
