// Package disk writes a camera's chunks into the spool and tells what happened.
// A disk that fails costs the footage of that time alone: it is tried again with
// a new segment, and what was cut short is mended as soon as that works.
package disk

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/fault"
	"github.com/donhk/istream/pkg/spool"
	"github.com/donhk/istream/services/recorder/internal/ledger"
	"github.com/donhk/istream/services/recorder/internal/segment"
	"github.com/donhk/istream/services/recorder/internal/wallclock"
)

// retry is how long a disk that failed is left alone.
const retry = 2 * time.Second

// News is where events are told (bus.Bus). It never blocks.
type News interface{ Announce(ev events.Event) }

// Options are of one camera.
type Options struct {
	Site, Camera string
	Sync         time.Duration // at most so often
	Lock         *spool.Lock
	News         News
	Ledger       *ledger.Ledger
	Counters     *Counters
	Clock        wallclock.Clock
	Log          *slog.Logger
}

// Counters outlive a Writer; anybody may read them at any time.
type Counters struct {
	Segments atomic.Uint64 // closed
	Bytes    atomic.Uint64 // written
	Frame    atomic.Int64  // arrival of the newest picture on disk, in Unix ms
	codec    atomic.Pointer[string]
	failing  atomic.Pointer[string]
}

// Codec is that of the newest segment, as RFC 6381 has it.
func (c *Counters) Codec() string { return text(&c.codec) }

// Failing is why nothing can be written, or "".
func (c *Counters) Failing() string { return text(&c.failing) }

func text(p *atomic.Pointer[string]) string {
	if s := p.Load(); s != nil {
		return *s
	}
	return ""
}

// Writer writes one camera's segments while its lock is held.
type Writer struct {
	Options
	fault  *fault.Repeat
	jobs   chan job
	works  chan struct{} // the disk does again
	left   atomic.Bool   // segments wait to be mended
	part   *spool.Part
	open   opened
	age    age
	due    *time.Timer // no picture is to stay off the disk for longer
	broken bool        // the disk failed, and nothing was written since
	until  time.Time   // before which it is left alone
	asked  bool        // for a new segment
	unsure []unsure    // of jobs
}

// opened is what an open segment's events repeat.
type opened struct {
	name  events.Name
	first time.Time // instant of its first picture
	stamp spool.Stamp
}

// at dates an instant of the segment: a clock that steps while it grows is for
// the next one.
func (o opened) at(instant time.Time) time.Time { return o.name.Start.Add(instant.Sub(o.first)) }

// New writes nothing yet.
func New(o Options) *Writer {
	return &Writer{Options: o, fault: fault.New(o.Log, "writing"), jobs: make(chan job, 4), works: make(chan struct{}, 1)}
}

// Run mends what was cut short before, and writes chunks until in is closed; a
// segment that is still open then is closed too. Where the disk failed or the wall
// clock stepped it calls cut: the next keyframe should begin a new segment. Where
// the lock is no good any more, lost is told why, and whatever follows is passed
// over.
func (w *Writer) Run(ctx context.Context, in <-chan segment.Chunk, cut func(cause string), lost func(error)) {
	leftovers := w.leftovers(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.closing(ctx, leftovers)
	}()
	w.due = time.NewTimer(time.Hour)
	defer w.due.Stop()
	for open, ended := true, false; open; {
		var err error
		var c segment.Chunk
		select {
		case c, open = <-in:
			if open && !ended {
				err = w.write(c)
			}
			c.Release()
		case <-w.due.C:
			err = w.sync()
		}
		if errors.Is(err, spool.ErrFenced) || errors.Is(err, spool.ErrGone) {
			ended = true
			lost(err)
		} else if err != nil {
			w.fail(err)
		}
		if cause := w.wants(); cause != "" && !ended && !w.asked {
			// Once: what waits in the queue is older than the answer.
			w.asked = true
			cut(cause)
		}
	}
	w.shut("")
	close(w.jobs)
	<-done
}

// wants tells why a new segment should begin, if one should.
func (w *Writer) wants() string {
	switch {
	case w.broken && !w.Clock.Now().Before(w.until):
		return segment.CauseRetry
	case w.part != nil && wallclock.Stepped(w.step()):
		return segment.CauseClock
	}
	return ""
}

// sync puts the open segment on the disk.
func (w *Writer) sync() error {
	w.age.synced()
	if w.part == nil {
		return nil
	}
	return w.part.SyncIfDue(0)
}

func (w *Writer) write(c segment.Chunk) error {
	if c.Missed {
		w.shut("disk")
		w.Ledger.Lost(events.CauseDisk, "the disk was too slow", c.First)
	}
	if c.Opens {
		w.shut("")
		if w.Clock.Now().Before(w.until) {
			return nil
		}
		if err := w.create(c.Start); err != nil {
			return err
		}
	}
	if w.part == nil {
		return nil // of a segment that could not be opened or went wrong
	}
	pieces, init := c.Pieces(), int64(c.Init)
	if c.Opens {
		stamp := w.open.stamp.Box()
		pieces = append([][]byte{c.Header[:c.Init], stamp, c.Header[c.Init:]}, pieces[1:]...)
		init += int64(len(stamp))
	}
	before := w.part.Size()
	if err := w.part.Write(pieces...); err != nil {
		return err
	}
	if w.part.Gone() {
		return spool.ErrGone
	}
	w.wrote(c, before, before+init)
	if err := w.syncIfDue(c); err != nil {
		return err
	}
	if c.Closes {
		w.shut(c.Cause)
	}
	return nil
}

// syncIfDue syncs where a later fragment would come too late to do so; the timer
// is for one that does not come.
func (w *Writer) syncIfDue(c segment.Chunk) error {
	now := time.Now()
	w.age.wrote(c, now)
	if w.age.due(w.Sync, now) {
		return w.sync()
	}
	w.due.Reset(w.age.left(w.Sync, now))
	return nil
}

// create opens a segment whose first picture arrived at an instant.
func (w *Writer) create(first time.Time) error {
	w.asked = false
	stamp := wallclock.Stamp(w.Clock, first)
	if step := w.step(); wallclock.Stepped(step) {
		stamp.Step = step.Truncate(time.Millisecond)
		w.Log.Warn("the wall clock was set, a new segment begins", "by", stamp.Step, "clock", stamp.State)
	}
	part, err := w.Lock.Create(stamp.Wall)
	if err != nil {
		return err
	}
	w.part = part
	w.open = opened{name: part.File().Name(w.Site), first: first, stamp: stamp}
	if stamp.State == events.ClockUnsynced {
		return w.Lock.SetUnstamped(stamp.Boot)
	}
	return nil
}

// step is by how much the wall clock was set since the present segment was named,
// or the one before.
func (w *Writer) step() time.Duration {
	if w.open.first.IsZero() {
		return 0
	}
	return w.Clock.At(w.open.first).Sub(w.open.stamp.Wall)
}

// wrote tells of a chunk on the disk, written at before, whose fragment begins
// at the offset at.
func (w *Writer) wrote(c segment.Chunk, before, at int64) {
	if w.broken && w.left.Load() {
		select {
		case w.works <- struct{}{}:
		default:
		}
	} else if !w.left.Load() {
		w.fault.Recovered()
	}
	w.broken = false
	size, codec := w.part.Size(), w.part.Codec()
	w.Counters.failing.Store(nil)
	w.Counters.codec.Store(&codec)
	w.Counters.Bytes.Add(uint64(size - before))
	w.Counters.Frame.Store(w.open.at(c.Last).UnixMilli())
	if c.Opens {
		w.Ledger.Began(c.Start, w.open.name.Start, w.open.stamp.State)
		ev := events.NewSegment(events.Opened, w.open.name, w.Clock.At(w.Clock.Now()))
		ev.Clock, ev.Step, ev.File, ev.Codec = w.open.stamp.State, events.Seconds(w.open.stamp.Step), w.part.File().Rel(), codec
		w.News.Announce(ev)
	}
	w.Ledger.Recorded(c.First, c.Last)
	if c.Note != "" {
		w.Ledger.Note(c.Note, c.First)
	}
	w.News.Announce(events.Fragment{
		V: events.Version, Site: w.Site, Camera: w.Camera, File: w.part.File().Rel(), Start: w.open.name.Start,
		Sequence: c.Sequence, Offset: at, Length: size - at, First: w.open.at(c.First).UTC(), Last: w.open.at(c.Last).UTC(),
	})
}

func (w *Writer) fail(err error) {
	err = Explain(err)
	w.fault.Failed(err)
	text := err.Error()
	w.Counters.failing.Store(&text)
	now := w.Clock.Now()
	w.Ledger.Lost(events.CauseDisk, text, now)
	w.asked, w.broken, w.until = false, true, now.Add(retry)
	w.shut("disk")
}

// shut has the open segment closed.
func (w *Writer) shut(cause string) {
	if w.part != nil {
		w.jobs <- job{part: w.part, open: w.open, cause: cause}
		w.part = nil
		w.age.synced() // closing does it
	}
}
