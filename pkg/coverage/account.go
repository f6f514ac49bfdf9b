package coverage

import (
	"slices"
	"time"

	"github.com/donhk/istream/pkg/events"
)

// Unknown is the cause of what neither footage nor a gap explains.
const Unknown events.Cause = "unknown"

// Causes are those of gaps, the one that counts first where several overlap.
func Causes() []events.Cause {
	return []events.Cause{
		events.CauseDropped, events.CauseDisk, events.CauseAuth, events.CauseCamera, events.CauseNetwork,
		events.CauseRecorder, events.CauseClock,
	}
}

// Account gathers what is told of one camera, in any order but that of a gap's
// own news. Its memory grows with the segments, by 16 bytes each.
type Account struct {
	segments []segment
	opened   map[int64]bool // segments that were not told to be closed
	moved    map[int64]bool // starts that segments do not have any more
	dropped  map[int64]int64
	gaps     []gap
	frame    int64 // newest on the disk
}

// segment is footage, in Unix milliseconds.
type segment struct{ start, length int64 }

type gap struct {
	cause      events.Cause
	start, end int64
	open       bool
	step       int64
	detail     string
}

// NewAccount knows nothing.
func NewAccount() *Account {
	return &Account{opened: map[int64]bool{}, moved: map[int64]bool{}, dropped: map[int64]int64{}}
}

// Segment takes a step in a segment's life.
func (a *Account) Segment(s events.Segment) {
	start, length := s.Start.UnixMilli(), s.Duration.Duration().Milliseconds()
	if !s.Was.IsZero() {
		a.moved[s.Was.UnixMilli()] = true
	}
	switch {
	case s.State == events.Opened:
		a.opened[start] = true
	case s.State == events.Dropped:
		a.dropped[start] = length
	default:
		a.File(s.Start, s.Duration.Duration())
	}
}

// File takes a segment that was found.
func (a *Account) File(start time.Time, length time.Duration) {
	if length > 0 {
		a.segments = append(a.segments, segment{start.UnixMilli(), length.Milliseconds()})
	}
}

// Frame takes the arrival of the newest frame that is on the disk, in a segment
// that is open.
func (a *Account) Frame(at time.Time) { a.frame = at.UnixMilli() }

// Gap takes the news of one end of a gap.
func (a *Account) Gap(g events.Gap) {
	start := g.Start.UnixMilli()
	was := start
	if !g.Was.IsZero() {
		was = g.Was.UnixMilli()
	}
	told := gap{cause: g.Cause, start: start, end: g.End.UnixMilli(), open: g.State != events.GapClosed, step: g.Step.Duration().Milliseconds(), detail: g.Detail}
	for i := len(a.gaps) - 1; i >= 0; i-- {
		known := &a.gaps[i]
		if known.cause != told.cause || known.start != start && known.start != was {
			continue
		}
		if !told.open || known.open || known.start != start {
			*known = told
		}
		return // what is over stays so, though its beginning be told again
	}
	a.gaps = append(a.gaps, told)
}

// Known tells of which segments the length is known so far, by their starts.
func (a *Account) Known() func(start time.Time) bool {
	starts := make([]int64, 0, len(a.segments))
	for _, s := range a.segments {
		starts = append(starts, s.start)
	}
	slices.Sort(starts)
	return func(start time.Time) bool {
		_, known := slices.BinarySearch(starts, start.UnixMilli())
		return known
	}
}
