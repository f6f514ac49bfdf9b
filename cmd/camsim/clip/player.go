package clip

import (
	"context"
	"time"
)

// Player plays a sequence in real time.
type Player struct {
	Sequence *Sequence
	// Speed is how much faster than real time the samples are sent; their
	// timestamps stay those of the clip. Zero means 1.
	Speed float64
}

// Play hands each sample to send when it is due, until the context ends or send
// fails; it returns send's error, or nil. A player that falls behind sends what
// is overdue at once, and drops nothing.
func (p *Player) Play(ctx context.Context, send func(Sample) error) error {
	speed := p.Speed
	if speed <= 0 {
		speed = 1
	}
	start := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	<-timer.C
	for {
		sample := p.Sequence.Next()
		due := start.Add(time.Duration(float64(sample.Due) / speed))
		if wait := time.Until(due); wait > 0 {
			timer.Reset(wait)
			select {
			case <-ctx.Done():
				return nil
			case <-timer.C:
			}
		} else if ctx.Err() != nil {
			return nil
		}
		if err := send(sample); err != nil {
			return err
		}
	}
}
