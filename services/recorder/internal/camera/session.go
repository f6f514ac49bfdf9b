package camera

import (
	"context"
	"errors"
	"time"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/services/recorder/internal/rtsp"
	"github.com/donhk/istream/services/recorder/internal/segment"
)

const (
	fragment = time.Second
	// drain is how long fragments may still wait for the disk once recording
	// has to end.
	drain = 10 * time.Second
	// keyless is how long a camera may send pictures before the first keyframe.
	keyless = 90 * time.Second
)

// sessions holds one session after the other, never two at once.
func (c *Camera) sessions(ctx context.Context, chunks chan<- segment.Chunk) error {
	backoff := Backoff{First: c.Reconnect}
	for {
		recorded, err := c.session(ctx, chunks)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if c.FirstFault != nil && c.counters.Frame.Load() == 0 && !c.FirstFault(err) {
			return err
		}
		c.fault.Failed(err)
		cause := events.CauseCamera
		if f, ok := errors.AsType[*rtsp.Fault](err); ok {
			cause = f.Cause()
		}
		c.ledger.Lost(cause, err.Error(), time.Now())
		c.say(waiting, cause, err)
		if recorded > settled {
			backoff.Reset()
		}
		wait := backoff.Wait()
		if cause == events.CauseAuth {
			wait = authWait
		}
		if err := c.wait(ctx, wait); err != nil {
			return err
		}
	}
}

// wait ends early where the camera is somewhere else now.
func (c *Camera) wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.wake:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// session records until the session with the camera ends; the error says why.
// recorded is for how long there were pictures.
func (c *Camera) session(ctx context.Context, chunks chan<- segment.Chunk) (recorded time.Duration, err error) {
	c.say(connecting, "", nil)
	target := c.Target()
	s, err := rtsp.Connect(ctx, rtsp.Options{URL: target.URI, Credentials: c.Credentials(target), Patience: c.Patience, Log: c.Log})
	if err != nil {
		return 0, err
	}
	emit, stop := c.emit(ctx, chunks)
	defer stop()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	begun := time.AfterFunc(keyless, func() {
		cancel(rtsp.NewSilent("%s sends pictures, but within %v none that a recording can begin with: a keyframe with its parameter sets", target.Host(), keyless))
	})
	defer begun.Stop()
	var first, last time.Time
	cut := segment.New(s.Formats(), c.Segment, fragment, func(chunk segment.Chunk) {
		if first.IsZero() {
			begun.Stop()
			first = chunk.First
			c.fault.Recovered()
			c.say(recording, "", nil)
		}
		last = chunk.Last
		emit(chunk)
	})
	c.segments.Store(cut)
	defer c.segments.Store(nil)
	err = s.Run(ctx, cut.Push)
	cut.Close(segment.CauseSession)
	if f, ok := errors.AsType[*rtsp.Fault](context.Cause(ctx)); ok {
		err = f
	}
	if lost := s.Lost(); lost > 0 {
		c.Log.Warn("packets of the session were lost or unreadable", "packets", lost)
	}
	return last.Sub(first), err
}

// emit hands chunks to the disk, which may make the camera wait; but not for
// ever once recording has to end.
func (c *Camera) emit(ctx context.Context, chunks chan<- segment.Chunk) (emit func(segment.Chunk), stop func()) {
	late := make(chan struct{})
	var timer *time.Timer
	armed := make(chan struct{})
	unhook := context.AfterFunc(ctx, func() {
		timer = time.AfterFunc(drain, func() { close(late) })
		close(armed)
	})
	emit = func(chunk segment.Chunk) {
		select {
		case chunks <- chunk:
		case <-late:
		}
	}
	return emit, func() {
		if !unhook() {
			<-armed
			timer.Stop()
		}
	}
}
