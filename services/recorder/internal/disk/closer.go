package disk

import (
	"context"
	"errors"
	"log/slog"
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
// a recorder before this one, later its own that could not be closed.
func (w *Writer) closing(ctx context.Context, leftovers []spool.File) {
	broken := w.mend(ctx, leftovers)
	for j := range w.jobs {
		if err := w.close(j); err != nil {
			w.fault.Failed(err)
			broken = append(broken, j.part.File())
			continue
		}
		broken = w.mend(ctx, broken)
	}
}

// close closes a segment and tells of it once that has succeeded.
func (w *Writer) close(j job) error {
	info, err := j.part.Close()
	if errors.Is(err, spool.ErrEmpty) {
		return nil
	}
	if err != nil {
		return err
	}
	w.News.Announce(segmentEvent(events.Closed, j.open, info, j.cause))
	w.Counters.Segments.Add(1)
	return nil
}

// leftovers are the open segments of a recorder that was killed, as the lock
// says. It has to be asked before this one opens its own.
func (w *Writer) leftovers(ctx context.Context) []spool.File {
	parts, err := w.Lock.Parts(ctx)
	if err != nil {
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
		if err := recoverFile(w.Lock, f, w.Site, w.News, w.Log); err != nil {
			w.fault.Failed(err)
			broken = append(broken, f)
		}
	}
	return broken
}

// Mend recovers the segments of a camera that were cut short, and tells of them.
func Mend(ctx context.Context, lock *spool.Lock, site string, news News, log *slog.Logger) error {
	parts, err := lock.Parts(ctx)
	if err != nil {
		return err
	}
	var faults []error
	for _, f := range parts {
		if ctx.Err() != nil {
			break
		}
		faults = append(faults, recoverFile(lock, f, site, news, log))
	}
	return errors.Join(faults...)
}

func recoverFile(lock *spool.Lock, f spool.File, site string, news News, log *slog.Logger) error {
	info, err := lock.Recover(f)
	if errors.Is(err, spool.ErrEmpty) {
		log.Info("a segment without a whole fragment was removed", "file", f.Rel())
		return nil
	}
	if err != nil {
		return err
	}
	log.Info("a segment that was cut short is mended", "file", f.Rel(), "duration", info.Duration)
	news.Announce(segmentEvent(events.Recovered, opened{name: f.Name(site), clock: events.ClockUnknown}, info, "cut short"))
	return nil
}

func segmentEvent(state events.SegmentState, o opened, info spool.Info, cause string) events.Segment {
	ev := events.NewSegment(state, o.name, time.Now())
	ev.Duration, ev.Bytes, ev.SHA256, ev.Codec = events.Seconds(info.Duration), info.Size, info.SHA256, info.Codec
	ev.Clock, ev.Cause = o.clock, cause
	return ev
}
