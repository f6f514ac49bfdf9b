package camera

import (
	"context"
	"errors"
	"time"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/pause"
	"github.com/donhk/istream/services/recorder/internal/disk"
	"github.com/donhk/istream/services/recorder/internal/rtsp"
	"github.com/donhk/istream/services/recorder/internal/segment"
)

const (
	// fragment leaves room in a second for the picture that ends it, so that a
	// kill costs no more than a second.
	fragment = 900 * time.Millisecond
	// keyless is how long a camera may send pictures before the first keyframe.
	keyless = 90 * time.Second
)

// sessions holds one session after the other, never two at once.
func (c *Camera) sessions(ctx context.Context, queue *disk.Queue) error {
	if !c.ended.IsZero() {
		if err := pause.For(ctx, c.Reconnect-time.Since(c.ended)); err != nil {
			return err
		}
	}
	backoff := Backoff{First: c.Reconnect}
	for {
		enough, err := c.session(ctx, queue)
		c.ended = time.Now()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if c.FirstFault != nil && !c.begun && !c.FirstFault(err) {
			return err
		}
		c.fault.Failed(err)
		cause := events.CauseCamera
		if f, ok := errors.AsType[*rtsp.Fault](err); ok {
			cause = f.Cause()
		}
		c.ledger.Lost(cause, err.Error(), c.Clock.Now())
		c.say(waiting, cause, err)
		if enough {
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

// wait ends early where the camera is somewhere else now, though not before the
// first wait is over: who comes back at once may be banned.
func (c *Camera) wait(ctx context.Context, d time.Duration) error {
	if err := pause.For(ctx, min(d, c.Reconnect)); err != nil {
		return err
	}
	timer := time.NewTimer(d - c.Reconnect)
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
// It was enough where there were pictures for a minute, or for as long as the
// camera lets a session live that it hears nothing of.
func (c *Camera) session(ctx context.Context, queue *disk.Queue) (enough bool, err error) {
	c.say(connecting, "", nil)
	target := c.Target()
	s, err := rtsp.Connect(ctx, rtsp.Options{
		URL: target.URI, Credentials: c.Credentials(target), Transport: target.Transport, Authorities: c.Authorities,
		Habits: &c.habits, Patience: c.Patience, Log: c.Log,
	})
	if err != nil {
		return false, err
	}
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
			first, c.begun = chunk.First, true
			c.fault.Recovered()
			c.say(recording, "", nil)
		}
		last = chunk.Last
		queue.Push(chunk)
	})
	c.segments.Store(cut)
	defer c.segments.Store(nil)
	defer c.countLosses(s)()
	err = s.Run(ctx, cut.Push, cut.Rest)
	cut.Close(segment.CauseSession)
	if f, ok := errors.AsType[*rtsp.Fault](context.Cause(ctx)); ok {
		err = f
	}
	return last.Sub(first) >= min(settled, s.Lifetime()*3/4), err
}

// errLost is of packets that left a hole in the footage.
var errLost = errors.New("packets were lost or unreadable")

// countLosses tells of packets that a session lost, until stop is called: once,
// and again only after a minute without any.
func (c *Camera) countLosses(s *rtsp.Session) (stop func()) {
	var told int64
	more := func() bool {
		lost := s.Lost()
		if lost > told {
			c.losses.Failed(errLost, "packets", lost)
		}
		before := told
		told = lost
		return lost > before
	}
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(time.Minute)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				if !more() {
					c.losses.Recovered()
				}
			case <-end:
				more()
				return
			}
		}
	}()
	return func() { close(end); <-ended }
}
