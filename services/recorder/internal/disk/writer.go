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
	part   *spool.Part
	open   opened
	broken bool      // the disk failed, and nothing was written since
	until  time.Time // before which it is left alone
}

// opened is what an open segment's events repeat.
type opened struct {
	name  events.Name
	clock events.ClockState
}

// New writes nothing yet.
func New(o Options) *Writer {
	return &Writer{Options: o, fault: fault.New(o.Log, "writing"), jobs: make(chan job, 4)}
}

// Run mends what was cut short before, and writes chunks until in is closed; a
// segment that is still open then is closed too. Each failure of the disk calls
// failed: the next keyframe should begin a new segment. Where the lock is no good
// any more, lost is told why, and whatever follows is passed over.
func (w *Writer) Run(ctx context.Context, in <-chan segment.Chunk, failed func(), lost func(error)) {
	leftovers := w.leftovers(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.closing(ctx, leftovers)
	}()
	var ended bool
	for c := range in {
		if ended {
			continue
		}
		err := w.write(c)
		c.Release()
		if errors.Is(err, spool.ErrFenced) || errors.Is(err, spool.ErrGone) {
			ended = true
			lost(err)
		} else if err != nil {
			w.fail(err)
		}
		if w.broken && !time.Now().Before(w.until) {
			failed()
		}
	}
	w.shut("")
	close(w.jobs)
	<-done
}

func (w *Writer) write(c segment.Chunk) error {
	if c.Opens {
		w.shut("")
		if time.Now().Before(w.until) {
			return nil
		}
		if err := w.create(c.Start); err != nil {
			return err
		}
	}
	if w.part == nil {
		return nil // of a segment that could not be opened or went wrong
	}
	at := w.part.Size() + int64(c.Init)
	if err := w.part.Write(c.Pieces()...); err != nil {
		return err
	}
	w.wrote(c, at)
	if err := w.part.SyncIfDue(w.Sync); err != nil {
		return err
	}
	if c.Closes {
		w.shut(c.Cause)
	}
	return nil
}

// create opens a segment. Names stay in order though the clock may step back:
// then a start is moved to just after the newest.
func (w *Writer) create(start time.Time) error {
	start = start.UTC().Truncate(time.Millisecond)
	if newest := w.Lock.Newest(); !start.After(newest) {
		start = newest.Add(time.Millisecond)
	}
	part, err := w.Lock.Create(start)
	if err != nil {
		return err
	}
	w.part = part
	w.open = opened{name: events.Name{Site: w.Site, Camera: w.Camera, Start: start}, clock: wallclock.State()}
	return nil
}

// wrote tells of a chunk on the disk whose fragment begins at the offset.
func (w *Writer) wrote(c segment.Chunk, at int64) {
	w.fault.Recovered()
	w.broken = false
	size, codec := w.part.Size(), w.part.Codec()
	w.Counters.failing.Store(nil)
	w.Counters.codec.Store(&codec)
	w.Counters.Bytes.Add(uint64(size - at + int64(c.Init)))
	w.Counters.Frame.Store(c.Last.UnixMilli())
	w.Ledger.Recorded(c.First, c.Last)
	if c.Opens {
		ev := events.NewSegment(events.Opened, w.open.name, time.Now())
		ev.Clock, ev.File, ev.Codec = w.open.clock, w.part.File().Rel(), codec
		w.News.Announce(ev)
	}
	w.News.Announce(events.Fragment{
		V: events.Version, Site: w.Site, Camera: w.Camera, File: w.part.File().Rel(), Start: w.open.name.Start,
		Sequence: c.Sequence, Offset: at, Length: size - at, First: c.First.UTC(), Last: c.Last.UTC(),
	})
}

func (w *Writer) fail(err error) {
	w.fault.Failed(err)
	text := err.Error()
	w.Counters.failing.Store(&text)
	w.Ledger.Lost(events.CauseDisk, text, time.Now())
	w.broken, w.until = true, time.Now().Add(retry)
	w.shut("disk")
}

// shut has the open segment closed.
func (w *Writer) shut(cause string) {
	if w.part != nil {
		w.jobs <- job{part: w.part, open: w.open, cause: cause}
		w.part = nil
	}
}
