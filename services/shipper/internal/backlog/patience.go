package backlog

import "time"

// Patience is how long to wait after failures in a row: First, doubled for
// each more, up to Last; a half of it by chance.
type Patience struct {
	First, Last time.Duration
	// Chance gives a number in [0, 1).
	Chance func() float64
}

// After is the wait after n failures in a row, n from 1.
func (p Patience) After(n int) time.Duration {
	full := p.First
	for ; n > 1 && full < p.Last; n-- {
		full *= 2
	}
	full = min(full, p.Last)
	return full/2 + time.Duration(p.Chance()*float64(full/2))
}
