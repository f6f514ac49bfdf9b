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
	// Start is when the first frame is due; zero is the first call of Play.
	Start time.Time
}

// Play hands each sample to send when it is due, until the context ends or send
// fails; it returns send's error, or nil. A player that falls behind sends what
// is overdue at once, and drops nothing. Played again, it goes on where it would
// be had it never stopped.
func (p *Player) Play(ctx context.Context, send func(Sample) error) error {
	if p.Start.IsZero() {
		p.Start = time.Now()
	}
	p.Sequence.Skip(time.Duration(float64(time.Since(p.Start)) * p.speed()))
	timer := time.NewTimer(0)
	defer timer.Stop()
	<-timer.C
	for {
		sample := p.Sequence.Next()
		due := p.Start.Add(time.Duration(float64(sample.Due) / p.speed()))
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

func (p *Player) speed() float64 {
	if p.Speed <= 0 {
		return 1
	}
	return p.Speed
}
