package segment

import (
	"slices"
	"sync/atomic"
	"time"

	"github.com/donhk/istream/services/recorder/internal/media"
	"github.com/donhk/istream/services/recorder/internal/timeline"
)

// Bounds of a fragment beside its duration.
const (
	maxBytes  = 8 << 20
	maxPieces = 1000 // the kernel writes 1,024 in one call
)

// Segmenter is of one session. Its methods are called from one goroutine, apart
// from Cut.
type Segmenter struct {
	formats  []media.Format
	video    int // number of the picture's track
	duration int64
	fragment int64
	longest  time.Duration // of a segment
	arrivals time.Duration // the longest from the first to the last within a fragment
	emit     func(Chunk)

	order   *timeline.Reorder
	waiting []media.Unit // pictures whose decode time is not known yet

	started bool                   // the session has had its first keyframe
	begun   time.Time              // arrival of the first picture
	pace    int64                  // how long the picture before the latest lasted: the best guess for the latest
	cut     atomic.Pointer[string] // the cause
	note    string                 // for the next chunk
	current *current
	sound   [][]media.Unit // a track each, not written yet
}

// sample is a picture with its decode time.
type sample struct {
	media.Unit
	decode int64
}

// current is the segment being written.
type current struct {
	sets     *media.Sets
	start    time.Time
	begin    int64   // decode time of its first picture
	bases    []int64 // what is time zero in the file, a track each
	sequence int     // of the latest fragment
	first    bool    // of the session
	keyless  bool    // it began without a keyframe
	pictures []sample
	bytes    int
}

// New cuts segments of duration into fragments of at most fragment.
func New(formats []media.Format, duration, fragment time.Duration, emit func(Chunk)) *Segmenter {
	s := &Segmenter{formats: formats, emit: emit, sound: make([][]media.Unit, len(formats))}
	for i, f := range formats {
		if f.Codec.Video() {
			s.video = i
		}
	}
	s.duration, s.fragment = formats[s.video].Ticks(duration), formats[s.video].Ticks(fragment)
	s.pace = int64(formats[s.video].Rate) / 25
	s.longest, s.arrivals = Longest(duration), fragment*5/4
	return s
}

// Longest is how long a segment may become where its duration is over and no
// keyframe comes: cameras send one each few seconds, some each 20.
func Longest(duration time.Duration) time.Duration { return duration + max(duration/2, 30*time.Second) }

// keyless is how long a session waits for its first keyframe. Some cameras send
// none at all, but refresh their pictures bit by bit.
const keyless = 30 * time.Second

// Cut ends the segment at the next keyframe, for a cause. It may be called from
// anywhere.
func (s *Segmenter) Cut(cause string) { s.cut.Store(&cause) }

// Push takes the session's next unit. Until the first keyframe whose parameter
// sets are known, units are passed over; without one, for half a minute.
func (s *Segmenter) Push(u media.Unit) {
	if u.Moved {
		s.note = NoteStamps
	}
	if u.Track != s.video {
		if s.started {
			s.sound[u.Track] = append(s.sound[u.Track], u)
		}
		return
	}
	if !s.started {
		if s.begun.IsZero() {
			s.begun = u.Arrival
		}
		if !u.Sets.Complete() || !u.Sync && u.Arrival.Sub(s.begun) < keyless {
			u.Block.Release()
			return
		}
		s.started = true
		s.order = timeline.NewReorder(u.Sets.Reorder, int64(s.formats[s.video].Rate))
	}
	s.waiting = append(s.waiting, u)
	s.place(s.order.Push(u.Time))
}

// Rest puts what is whole into a fragment, since nothing may follow for a while.
// The latest picture stays: the next tells how long it lasts.
func (s *Segmenter) Rest() {
	c := s.current
	if c == nil || len(c.pictures) < 2 {
		return
	}
	last := c.pictures[len(c.pictures)-1]
	c.pictures = c.pictures[:len(c.pictures)-1]
	s.flush(last.decode, nil, "")
	s.add(last)
}

// Close ends the last segment.
func (s *Segmenter) Close(cause string) {
	if !s.started {
		return
	}
	s.place(s.order.Release())
	if c := s.current; c != nil {
		last := c.pictures[len(c.pictures)-1].decode
		s.finish(last+s.pace, nil, cause)
	}
}

// place gives decode times to the pictures that waited longest.
func (s *Segmenter) place(decode []int64) {
	for _, t := range decode {
		next := sample{Unit: s.waiting[0], decode: t}
		s.waiting = slices.Delete(s.waiting, 0, 1)
		s.picture(next)
	}
}

func (s *Segmenter) picture(p sample) {
	c := s.current
	switch cause := s.ends(p); {
	case c == nil:
		s.open(p, true)
	case cause != "":
		s.finish(p.decode, &p, cause)
		s.open(p, false)
	case s.full(p):
		s.flush(p.decode, nil, "")
	}
	s.add(p)
}

func (s *Segmenter) add(p sample) {
	c := s.current
	if n := len(c.pictures); n > 0 {
		s.pace = p.decode - c.pictures[n-1].decode
	}
	c.pictures = append(c.pictures, p)
	c.bytes += len(p.Data)
}

func (s *Segmenter) open(p sample, first bool) {
	s.current = &current{sets: p.Sets, start: p.Arrival, begin: p.decode, first: first, keyless: !p.Sync}
	if s.current.keyless {
		s.note = NoteKeyless
	}
}

// ends tells why the segment ends before p, if it does.
func (s *Segmenter) ends(p sample) string {
	c := s.current
	if c == nil {
		return ""
	}
	if !p.Sync {
		if s.formats[s.video].Duration(p.decode-c.begin) >= s.longest || p.Arrival.Sub(c.start) >= s.longest {
			return CauseKeyless
		}
		return ""
	}
	asked := s.cut.Swap(nil)
	switch {
	case p.Sets != c.sets:
		return CauseParameters
	case c.keyless:
		return CauseKeyframe
	case p.decode-c.begin >= s.duration-s.slack(p):
		return CauseDuration
	case asked != nil:
		return *asked
	}
	return ""
}

// slack is half a picture: time stamps jitter, and a keyframe that is due now
// should not be passed over for the next, a group of pictures later.
func (s *Segmenter) slack(p sample) int64 {
	last := s.current.pictures[len(s.current.pictures)-1]
	return min((p.decode-last.decode)/2, int64(s.formats[s.video].Rate)/10)
}

// full tells whether the fragment has to end before p, as it would be too long
// with it; and keyframes begin fragments where that costs no tiny ones.
func (s *Segmenter) full(p sample) bool {
	c := s.current
	first, last := c.pictures[0], c.pictures[len(c.pictures)-1]
	span := p.decode - first.decode
	return span+(p.decode-last.decode) > s.fragment || p.Sync && span >= s.fragment/2 ||
		c.bytes+len(p.Data) > maxBytes || s.pieces() >= maxPieces ||
		p.Arrival.Sub(c.pictures[0].Arrival) > s.arrivals // time stamps may stand still
}

// pieces is how many units wait.
func (s *Segmenter) pieces() int {
	n := len(s.current.pictures)
	for _, track := range s.sound {
		n += len(track)
	}
	return n
}

func (s *Segmenter) finish(end int64, next *sample, cause string) {
	s.flush(end, next, cause)
	s.current = nil
}
