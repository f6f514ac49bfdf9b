package timeline

import "slices"

// probe is how many pictures are looked at before the order of a stream that
// does not tell it is taken as known.
const probe = 8

// MaxDepth is the largest reorder depth that H.264 and H.265 allow.
const MaxDepth = 16

// Reorder gives decode times to pictures that arrive in decode order with
// their presentation times.
//
// With a depth of n (how many pictures at most come before another in the stream
// and after it on the screen) the picture number i is decoded at the (i-n)th
// smallest presentation time. So decode times rise evenly, are never after
// presentation, and need no knowledge of slices. The first n are led back at the
// same pace. Where a stream turns out deeper than it was taken for, a few decode
// times are one tick apart, and some are after presentation.
type Reorder struct {
	patience int64 // ticks that a picture may wait for the depth to be known
	depth    int
	sure     bool
	times    []int64 // presentation times that are no decode time yet, sorted
	recent   []int64 // the latest presentation times, as they came
	held     int     // pictures without a decode time
	lead     int     // decode times to hand out before those of times
	pace     int64   // between two of these
	last     int64
	started  bool
}

// NewReorder takes the depth that the stream tells, -1 where it does not, and
// a second in ticks.
func NewReorder(depth int, second int64) *Reorder {
	return &Reorder{patience: second, depth: max(depth, 0), sure: depth == 0, pace: 1}
}

// Push takes the next picture's presentation time and returns the decode times
// of the pictures for which they are known now, oldest first: as a rule this
// one's alone, at the start of a session those of some before it too.
func (r *Reorder) Push(shown int64) []int64 {
	r.see(shown)
	at, _ := slices.BinarySearch(r.times, shown)
	r.times = slices.Insert(r.times, at, shown)
	r.held++
	if !r.sure && r.held < probe && r.times[r.held-1]-r.times[0] < r.patience {
		return nil
	}
	return r.Release()
}

// Release gives decode times to the pictures that wait, as where a stream ends.
func (r *Reorder) Release() []int64 {
	if r.held == 0 {
		return nil
	}
	if !r.sure {
		r.sure, r.lead = true, r.depth
		r.pace = pace(r.times)
	}
	decoded := make([]int64, r.held)
	for i := range decoded {
		decoded[i] = r.next()
	}
	r.held = 0
	return decoded
}

// pace is the usual step between sorted times.
func pace(times []int64) int64 {
	var steps []int64
	for i := 1; i < len(times); i++ {
		steps = append(steps, times[i]-times[i-1])
	}
	if len(steps) == 0 {
		return 1
	}
	slices.Sort(steps)
	return max(steps[len(steps)/2], 1)
}

// see measures the depth.
func (r *Reorder) see(shown int64) {
	later := 0
	for _, t := range r.recent {
		if t > shown {
			later++
		}
	}
	if len(r.recent) == MaxDepth {
		r.recent = slices.Delete(r.recent, 0, 1)
	}
	r.recent = append(r.recent, shown)
	if later > r.depth {
		if r.sure {
			r.lead += later - r.depth
		}
		r.depth = later
	}
}

func (r *Reorder) next() int64 {
	var t int64
	switch {
	case r.lead > 0 && !r.started:
		t = r.times[0] - int64(r.lead)*r.pace
		r.lead--
	case r.lead > 0:
		t = r.last + min(r.pace, r.times[0]-r.last)
		r.lead--
	default:
		t = r.times[0]
		r.times = slices.Delete(r.times, 0, 1)
	}
	if r.started && t <= r.last {
		t = r.last + 1
	}
	r.last, r.started = t, true
	return t
}
