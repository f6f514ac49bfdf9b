package disk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/spool"
	"github.com/donhk/istream/services/recorder/internal/wallclock"
)

// unsure is a closed segment that waits for the clock to be put right.
type unsure struct {
	file   spool.File
	stamp  spool.Stamp
	length time.Duration
}

// maxUnsure bounds what is remembered of them: beyond it the oldest ones that are
// shipped under a wrong time are not told of.
const maxUnsure = 1024

// note remembers a closed segment whose name may be wrong.
func (w *Writer) note(f spool.File, info spool.Info) {
	if info.Stamp == nil || info.Stamp.State != events.ClockUnsynced {
		return
	}
	if len(w.unsure) == maxUnsure {
		w.unsure = w.unsure[1:]
	}
	w.unsure = append(w.unsure, unsure{file: f, stamp: *info.Stamp, length: info.Duration})
}

// restamp puts right what was recorded before the clock was, and tells of what
// is in the bucket under a wrong time by now, where it stays.
func (w *Writer) restamp(ctx context.Context) {
	renamed, done, err := w.keeper().Restamp(ctx)
	if err != nil {
		w.fault.Failed(err)
	}
	if renamed != nil {
		w.unsure = slices.DeleteFunc(w.unsure, func(u unsure) bool { return w.settled(u, renamed) })
	}
	if done {
		w.unsure = nil
	}
}

// settled tells whether nothing more will happen to a segment, and tells of one
// that went under its wrong name.
func (w *Writer) settled(u unsure, renamed map[int64]time.Time) bool {
	if _, ok := renamed[u.file.Start.UnixMilli()]; ok {
		return true
	}
	if _, err := os.Lstat(w.Lock.Spool().Path(u.file)); !errors.Is(err, fs.ErrNotExist) {
		return false
	}
	start, key := wallclock.True(w.Clock, u.stamp), u.file.Name(w.Site).Key()
	if wallclock.Stepped(start.Sub(u.file.Start)) {
		w.Log.Warn("a segment left the spool under the time of a clock that was wrong", "key", key, "start", events.FormatStart(start))
		w.Ledger.Misfiled(start, u.length, fmt.Sprintf("this was recorded, and left the spool as %s before the clock was right", key))
	}
	return true
}
