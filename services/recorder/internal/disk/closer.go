package disk

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/spool"
)

// job is a segment to close. Closing syncs and reads the whole file, which must
// not hold up the segment after it.
type job struct {
	part  *spool.Part
	open  opened
	cause string
}

// closing closes segments, and mends those that were cut short: first those of
// a recorder before this one, later its own that could not be closed. Segments
// that wait for the clock to be put right are restamped as soon as it is.
func (w *Writer) closing(ctx context.Context, leftovers []spool.File) {
	broken := w.mend(ctx, leftovers)
	w.restamp(ctx)
	for {
		select {
		case j, ok := <-w.jobs:
			if !ok {
				return
			}
			if err := w.close(j); err != nil {
				w.unclosed(err)
				broken = append(broken, j.part.File())
				continue
			}
			broken = w.mend(ctx, broken)
		case <-w.works:
			broken = w.mend(ctx, broken)
		case <-w.later():
		}
		w.restamp(ctx)
	}
}

// later comes where something waits for the clock; else nobody is woken.
func (w *Writer) later() <-chan time.Time {
	if w.Lock.Unstamped() == "" {
		return nil
	}
	return time.After(restampEvery)
}

// unclosed tells of a segment that could not be closed or mended. Until it is,
// the disk has not recovered.
func (w *Writer) unclosed(err error) {
	w.left.Store(true)
	w.fault.Failed(Explain(err))
}

// close closes a segment and tells of it once that has succeeded.
func (w *Writer) close(j job) error {
	info, err := j.part.Close()
	if errors.Is(err, spool.ErrEmpty) {
		return nil
	}
	if errors.Is(err, spool.ErrGone) {
		w.Log.Warn("an open segment was removed by somebody", "file", j.part.File().Rel())
		return nil
	}
	if err != nil {
		return err
	}
	f := j.part.File()
	f.Closed, f.Size = true, info.Size
	w.News.Announce(w.keeper().event(events.Closed, f, info, j.cause))
	w.Counters.Segments.Add(1)
	w.note(f, info)
	return nil
}

// leftovers are the open segments of a recorder that was killed, as the lock
// says. It has to be asked before this one opens its own.
func (w *Writer) leftovers(ctx context.Context) []spool.File {
	parts, err := w.Lock.Parts(ctx)
	if err != nil && ctx.Err() == nil {
		w.fault.Failed(err)
	}
	return parts
}

// mend recovers what it can and returns what has to be tried again.
func (w *Writer) mend(ctx context.Context, files []spool.File) (broken []spool.File) {
	for _, f := range files {
		if ctx.Err() != nil {
			broken = append(broken, f)
			continue
		}
		err := w.keeper().recover(f)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, spool.ErrGone) {
			continue // it is not there any more, or not within reach
		}
		if err != nil {
			w.unclosed(err)
			broken = append(broken, f)
		}
	}
	w.left.Store(len(broken) > 0)
	return broken
}

func (w *Writer) keeper() Keeper {
	return Keeper{Site: w.Site, Lock: w.Lock, News: w.News, Clock: w.Clock, Log: w.Log}
}
