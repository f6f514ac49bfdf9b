package disk

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"slices"
	"time"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/spool"
	"github.com/donhk/istream/services/recorder/internal/wallclock"
)

// restampEvery is how often the clock is asked while something waits for it, and
// no segment is closed; machines whose clock nothing disciplines have no rest.
const restampEvery = time.Minute

// Keeper brings a camera's folder into order: what was cut short, and what is
// called after a clock that was wrong.
type Keeper struct {
	Site  string
	Lock  *spool.Lock
	News  News
	Clock wallclock.Clock
	Log   *slog.Logger
}

// Mend recovers the segments that were cut short, and tells of them.
func (k Keeper) Mend(ctx context.Context) error {
	parts, err := k.Lock.Parts(ctx)
	if err != nil {
		return err
	}
	var faults []error
	for _, f := range parts {
		if ctx.Err() != nil {
			break
		}
		faults = append(faults, k.recover(f))
	}
	return errors.Join(faults...)
}

func (k Keeper) recover(f spool.File) error {
	info, err := k.Lock.Recover(f)
	if errors.Is(err, spool.ErrEmpty) {
		k.Log.Info("a segment without a whole fragment was removed", "file", f.Rel())
		return nil
	}
	if errors.Is(err, spool.ErrUnreadable) {
		k.Log.Warn("a segment that was cut short can't be mended", "file", f.Rel(), "error", err)
		return nil
	}
	if err != nil {
		return err
	}
	k.Log.Info("a segment that was cut short is mended", "file", f.Rel(), "duration", info.Duration)
	k.News.Announce(k.event(events.Recovered, f, info, "cut short"))
	return nil
}

// event is that of a closed segment, by what its file tells.
func (k Keeper) event(state events.SegmentState, f spool.File, info spool.Info, cause string) events.Segment {
	ev := events.NewSegment(state, f.Name(k.Site), k.Clock.At(k.Clock.Now()))
	ev.Duration, ev.Bytes, ev.SHA256, ev.Codec = events.Seconds(info.Duration), info.Size, info.SHA256, info.Codec
	ev.Cause, ev.Clock = cause, events.ClockUnknown
	if s := info.Stamp; s != nil {
		ev.Clock, ev.Step = s.Clock(f.Start), events.Seconds(s.Step)
	}
	return ev
}

// Restamp gives the segments of this boot that were recorded before something
// disciplined the clock their true start, where something does now; those that
// are open have their turn once they are closed. It returns the new starts of
// those that were renamed, by their old ones, in Unix milliseconds. One that is
// being shipped keeps its name: gone, it is in the bucket, and else another call
// will find it. done says that nothing is left to wait for.
func (k Keeper) Restamp(ctx context.Context) (renamed map[int64]time.Time, done bool, err error) {
	boot := k.Lock.Unstamped()
	if boot == "" {
		return nil, false, nil
	}
	if boot != k.Clock.Boot() {
		return nil, false, k.Lock.SetUnstamped("") // nobody knows the offset any more
	}
	if k.Clock.State() != events.ClockSynced {
		return nil, false, nil
	}
	wrong, open, err := k.unsynced(ctx)
	if err != nil {
		return nil, false, err
	}
	renamed, busy := map[int64]time.Time{}, open
	for _, f := range wrong {
		switch moved, err := k.Lock.Restamp(f.File, wallclock.True(k.Clock, f.stamp)); {
		case errors.Is(err, spool.ErrBusy):
			busy = true
		case errors.Is(err, fs.ErrNotExist): // shipped
		case err != nil:
			return renamed, false, err
		default:
			renamed[f.Start.UnixMilli()] = moved.Start
			if err := k.restamped(f.File, moved); err != nil {
				return renamed, false, err
			}
		}
	}
	if busy {
		return renamed, false, nil
	}
	return renamed, true, k.Lock.SetUnstamped("")
}

// dated is a segment's file with its stamp.
type dated struct {
	spool.File
	stamp spool.Stamp
}

// unsynced lists the closed segments that need another name, in the order of
// their recording; open says whether one that is not closed may need one too.
func (k Keeper) unsynced(ctx context.Context) (wrong []dated, open bool, err error) {
	for f, err := range k.Lock.Spool().Camera(ctx, k.Lock.Camera()) {
		if err != nil {
			return nil, false, err
		}
		stamp, err := k.Lock.Spool().ReadStamp(f)
		if errors.Is(err, spool.ErrNoStamp) || errors.Is(err, fs.ErrNotExist) {
			open = open || err != nil && !f.Closed
			continue
		}
		if err != nil {
			return nil, false, err
		}
		if stamp.Boot != k.Clock.Boot() || stamp.State != events.ClockUnsynced {
			continue
		}
		switch {
		case !f.Closed:
			open = true
		case wallclock.Stepped(wallclock.True(k.Clock, stamp).Sub(f.Start)):
			wrong = append(wrong, dated{f, stamp})
		}
	}
	slices.SortFunc(wrong, func(a, b dated) int { return int(a.stamp.Uptime - b.stamp.Uptime) })
	return wrong, open, nil
}

func (k Keeper) restamped(old, moved spool.File) error {
	k.Log.Info("the clock is right now, and a segment has its true start", "was", old.Rel(), "file", moved.Rel())
	info, err := spool.Describe(k.Lock.Spool().Path(moved))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // shipped already
	}
	if err != nil {
		return err
	}
	ev := k.event(events.Closed, moved, info, "clock")
	ev.Was = old.Start.UTC()
	k.News.Announce(ev)
	return nil
}
