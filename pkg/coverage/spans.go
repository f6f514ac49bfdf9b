package coverage

import (
	"cmp"
	"slices"

	"github.com/donhk/istream/pkg/events"
)

// rank says what counts where several things are told of one moment: the lowest.
// The first is dropped, then comes footage, then the other causes, then nothing.
type rank int

const footage rank = 1

func nothing() rank { return rank(len(Causes()) + 1) }

func rankOf(c events.Cause) rank {
	for i, known := range Causes() {
		if c == known && i > 0 {
			return rank(i + 1)
		}
		if c == known {
			return 0
		}
	}
	return nothing() - 1 // a cause that is not known here is one all the same
}

// span is a stretch of which one thing is told.
type span struct {
	start, end int64
	rank       rank
	name       events.Cause
	step       int64
	open       bool
	detail     string
}

// notable tells what is worth telling without a length: that the clock was set
// back, or something odd about a camera.
func (s span) notable() bool { return s.step != 0 || s.name == events.CauseCamera && !s.open }

// spans are all that is told, in order of their starts.
func (a *Account) spans(to int64) []span {
	all := a.footage()
	starts := make([]int64, 0, len(all))
	for _, s := range all {
		starts = append(starts, s.start)
	}
	for start, length := range a.dropped {
		all = append(all, span{start: start, end: start + length, name: events.CauseDropped, detail: "the spool was full"})
	}
	for i, g := range a.gaps {
		s := span{start: g.start, end: g.end, rank: rankOf(g.cause), name: g.cause, step: g.step, open: g.open, detail: g.detail}
		if g.open {
			s.end = a.ends(i, starts, to)
		}
		all = append(all, s)
	}
	slices.SortStableFunc(all, func(x, y span) int { return cmp.Compare(x.start, y.start) })
	return all
}

// footage lists the segments that still are where they were told to be, once.
func (a *Account) footage() []span {
	if newest := a.growing(); newest != nil {
		a.segments = append(a.segments, *newest)
	}
	slices.SortFunc(a.segments, func(x, y segment) int {
		return cmp.Or(cmp.Compare(x.start, y.start), cmp.Compare(y.length, x.length))
	})
	a.segments = slices.CompactFunc(a.segments, func(x, y segment) bool { return x.start == y.start })
	all := make([]span, 0, len(a.segments))
	for _, s := range a.segments {
		if _, gone := a.dropped[s.start]; !gone && !a.moved[s.start] {
			all = append(all, span{start: s.start, end: s.start + s.length, rank: footage})
		}
	}
	return all
}

// growing is the newest segment that is open, as far as its newest frame.
func (a *Account) growing() *segment {
	newest := int64(-1 << 63)
	for start := range a.opened {
		if start < a.frame && start > newest {
			newest = start
		}
	}
	for _, s := range a.segments {
		if s.start >= newest {
			return nil
		}
	}
	if newest == -1<<63 {
		return nil
	}
	return &segment{newest, a.frame - newest}
}

// ends is where a gap ends whose end nobody told: where anything else begins.
func (a *Account) ends(i int, starts []int64, to int64) int64 {
	end := max(to, a.gaps[i].start)
	if at, _ := slices.BinarySearch(starts, a.gaps[i].start+1); at < len(starts) {
		end = min(end, starts[at])
	}
	for j, g := range a.gaps {
		if g.start > a.gaps[i].start || g.start == a.gaps[i].start && j > i {
			end = min(end, g.start)
		}
	}
	return end
}

// piece is a stretch with what counts in it.
type piece struct {
	span
	last bool // it reaches the end
}

func (p piece) cause() events.Cause {
	if p.rank == nothing() {
		return Unknown
	}
	return p.name
}

// pieces cuts the time from begin to end where what counts changes. A span
// without length is a piece where it lies, if it tells something.
func pieces(spans []span, begin, end int64) []piece {
	var cuts []int64
	for _, s := range spans {
		cuts = append(cuts, min(max(s.start, begin), end), min(max(s.end, begin), end))
	}
	cuts = append(cuts, begin, end)
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	var all []piece
	var active []span
	next := 0
	for i, cut := range cuts {
		for ; next < len(spans) && spans[next].start <= cut; next++ {
			s := spans[next]
			if s.start == s.end && s.notable() && s.start >= begin {
				all = append(all, piece{span: s})
			}
			active = append(active, s)
		}
		active = slices.DeleteFunc(active, func(s span) bool { return s.end <= cut })
		if i+1 < len(cuts) {
			all = append(all, piece{span: counts(active, cut, cuts[i+1]), last: cuts[i+1] == end})
		}
	}
	return all
}

// counts is what counts from start to end, of all that is told of it; of equals
// that which began last.
func counts(active []span, start, end int64) span {
	best := span{rank: nothing()}
	for _, s := range active {
		if s.rank < best.rank || s.rank == best.rank && s.rank != nothing() {
			best = s
		}
	}
	best.start, best.end = start, end
	return best
}

// joined joins neighbours that are alike, and closes what is unknown for less
// than the slack.
func joined(all []piece, slack int64) []piece {
	var out []piece
	for i, p := range all {
		if p.rank == nothing() && p.end-p.start <= slack && len(out) > 0 && i+1 < len(all) && out[len(out)-1].start != out[len(out)-1].end {
			out[len(out)-1].end = p.end
			continue
		}
		if n := len(out); n > 0 && alike(out[n-1], p) {
			out[n-1].end, out[n-1].last = p.end, p.last
			continue
		}
		out = append(out, p)
	}
	return out
}

func alike(a, b piece) bool {
	return a.start != a.end && b.start != b.end && a.end == b.start && a.rank == b.rank && a.name == b.name && a.step == b.step && a.detail == b.detail
}
