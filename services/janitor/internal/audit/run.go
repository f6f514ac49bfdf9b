package audit

import (
	"context"
	"math/rand/v2"
	"time"
)

// The waits after listings that failed, and the least wait between any two:
// whoever hastens over and over does not keep the store busy.
const (
	firstRetry = time.Second
	lastRetry  = time.Minute
	rest       = time.Second
)

// Run lists at once, then each interval, and whenever it is hastened, until
// ctx ends.
func (a *Auditor) Run(ctx context.Context) error {
	retry := firstRetry
	for {
		err := a.Once(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		wait := a.Interval
		if err != nil {
			a.fault.Failed(err)
			wait, retry = retry, min(2*retry, lastRetry)
		} else {
			a.fault.Recovered()
			retry = firstRetry
			a.Done()
		}
		if err := a.pause(ctx, wait); err != nil {
			return err
		}
	}
}

// pause waits a little less than wait, so that many janitors don't ask their
// store in step.
func (a *Auditor) pause(ctx context.Context, wait time.Duration) error {
	wait -= rand.N(wait/10 + 1)
	if err := sleep(ctx, min(rest, wait), nil); err != nil {
		return err
	}
	return sleep(ctx, wait-min(rest, wait), a.hasten)
}

func sleep(ctx context.Context, wait time.Duration, wake <-chan struct{}) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-wake:
	case <-timer.C:
	}
	return nil
}
