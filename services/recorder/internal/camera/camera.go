// Package camera records one camera: it holds the camera's folder, connects,
// and connects again for as long as it is asked to. Nothing but the camera's own
// connection decides whether it is recorded.
package camera

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/fault"
	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/pkg/spool"
	"github.com/donhk/istream/services/recorder/internal/disk"
	"github.com/donhk/istream/services/recorder/internal/ledger"
	"github.com/donhk/istream/services/recorder/internal/rtsp"
	"github.com/donhk/istream/services/recorder/internal/segment"
	"github.com/donhk/istream/services/recorder/internal/wallclock"
)

// Options are a camera's.
type Options struct {
	ID, Site    string
	Spool       *spool.Spool
	Segment     time.Duration // least duration of a segment
	Sync        time.Duration
	Reconnect   time.Duration // first wait after a fault
	Patience    time.Duration // for an answer and for a picture; 0: 10 s
	Authorities *rtsp.Authorities
	Credentials func(Target) setting.Credentials
	News        disk.News
	Clock       wallclock.Clock // nil: the machine's
	NoLedger    bool            // is kept in the folder, which holds footage alone then
	Backlog     *disk.Backlog   // of the cameras together; nil: this one is alone
	Log         *slog.Logger
	// FirstFault, where set, is asked after each fault before the first footage;
	// false gives up.
	FirstFault func(error) bool
}

// Target is where a camera's stream is.
type Target struct {
	ID      string
	URI     string // without credentials
	Address string // host:port of the camera, if it is known otherwise
	// Transport is how packets are to come; "": over TCP.
	Transport setting.Transport
	// Since is when the camera came into its present state, as far as somebody
	// else knows: a later one is worth a try.
	Since time.Time
}

// Host is the URI's host:port.
func (t Target) Host() string {
	u, err := url.Parse(t.URI)
	if err != nil {
		return ""
	}
	return u.Host
}

// Hostname is the URI's host.
func (t Target) Hostname() string {
	u, err := url.Parse(t.URI)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// Camera is one that is recorded, or will be.
type Camera struct {
	Options
	fault    *fault.Repeat
	folder   *fault.Repeat
	ledger   *ledger.Ledger
	counters disk.Counters
	losses   *fault.Repeat
	wake     chan struct{}
	habits   rtsp.Habits                       // of the session's goroutine
	ended    time.Time                         // the latest session
	begun    bool                              // there has been footage
	segments atomic.Pointer[segment.Segmenter] // of the present session

	mu     sync.Mutex
	target Target
	lock   *spool.Lock // while Run holds it
	status events.RecorderCamera
}

// New is not recorded yet.
func New(o Options, t Target) *Camera {
	o.Log = o.Log.With("camera", o.ID)
	if o.Backlog == nil {
		o.Backlog = &disk.Backlog{}
	}
	if o.Clock == nil {
		o.Clock = wallclock.System()
	}
	return &Camera{
		Options: o, target: t, fault: fault.New(o.Log, "recording"), folder: fault.New(o.Log, "taking the camera's folder"), losses: fault.New(o.Log, "receiving every packet"), ledger: ledger.New(o.Site, o.ID, o.News, o.Clock),
		wake: make(chan struct{}, 1), status: events.RecorderCamera{Camera: o.ID, State: waiting, Since: time.Now().UTC()},
	}
}

// Retarget changes where the stream is. A session that works goes on; a wait
// for the next try ends, also one after credentials were refused.
func (c *Camera) Retarget(t Target) {
	c.mu.Lock()
	if !t.Since.After(c.target.Since) {
		t.Since = c.target.Since // no news
	}
	changed := c.target != t
	c.target = t
	c.mu.Unlock()
	if changed {
		select {
		case c.wake <- struct{}{}:
		default:
		}
	}
}

// Target is where the stream is now.
func (c *Camera) Target() Target {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.target
}

// Raise gives the lock a newer token; see spool.Lock.Raise.
func (c *Camera) Raise(token uint64) error {
	c.mu.Lock()
	lock := c.lock
	c.mu.Unlock()
	if lock == nil {
		return nil
	}
	return lock.Raise(token) // waits for the disk; nobody else should
}

// Run records until ctx ends, or the camera's folder is another's: the error
// wraps spool.ErrLocked, ErrFenced or ErrGone then. Any other error says why the
// folder can't be had; or is the fault that FirstFault gave up on. When it
// returns the session is closed, segments are closed and told of, and the folder
// is free.
func (c *Camera) Run(ctx context.Context, token uint64) error {
	lock, err := c.Spool.Lock(c.ID, token)
	if err != nil {
		return c.refused(err)
	}
	c.folder.Recovered()
	c.setLock(lock)
	defer c.say(waiting, "", nil)
	if err := c.account(ctx, lock); err != nil {
		c.Log.Warn("the ledger begins anew", "error", err)
	}
	run, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	queue, done := disk.NewQueue(c.Backlog, func() { c.cut(segment.CauseRetry) }, c.Log), make(chan struct{})
	go queue.Run()
	writer := disk.New(disk.Options{
		Site: c.Site, Camera: c.ID, Sync: c.Sync, Lock: lock,
		News: c.News, Ledger: c.ledger, Counters: &c.counters, Clock: c.Clock, Log: c.Log,
	})
	go func() {
		defer close(done)
		writer.Run(ctx, queue.Out(), c.cut, func(why error) { cancel(why) })
	}()
	err = c.sessions(run, queue)
	queue.Close()
	<-done
	c.ledger.End("the recorder stopped", c.Clock.Now())
	c.setLock(nil)
	if why := context.Cause(run); why != nil && ctx.Err() == nil {
		err = why
	}
	if errors.Is(err, spool.ErrGone) {
		_ = c.refused(err) // the error is passed on as it is
	}
	return errors.Join(err, lock.Unlock())
}

// refused tells why the folder can't be had. Another's folder is no fault.
func (c *Camera) refused(err error) error {
	if errors.Is(err, spool.ErrLocked) || errors.Is(err, spool.ErrFenced) {
		c.say(waiting, "", err)
		return err
	}
	err = disk.Explain(err)
	c.folder.Failed(err)
	c.ledger.Lost(events.CauseDisk, err.Error(), c.Clock.Now())
	c.say(waiting, events.CauseDisk, err)
	return err
}

func (c *Camera) setLock(l *spool.Lock) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lock = l
}

// cut begins a new segment at the next keyframe.
func (c *Camera) cut(cause string) {
	if s := c.segments.Load(); s != nil {
		s.Cut(cause)
	}
}
