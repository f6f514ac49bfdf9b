package segment

import (
	"time"

	"github.com/donhk/istream/services/recorder/internal/slab"
)

// Chunk is a fragment on its way to the disk.
type Chunk struct {
	// Opens is set in the first of a segment; Init is how many bytes of Header
	// are the file's own (ftyp, moov), and Start when its first picture arrived.
	Opens bool
	Init  int
	Start time.Time

	Header   []byte   // moof and the head of mdat, after the file's own
	Data     [][]byte // of the samples
	Sequence int      // from 1 within the segment
	Pictures int
	First    time.Time // arrival of its first picture
	Last     time.Time // arrival of its last

	// Missed tells that chunks before it were given up, as the disk did not take
	// them in time.
	Missed bool

	// Closes is set in the last of a segment, with the reason why it ends here.
	Closes bool
	Cause  string

	// Note, where there is one, is what the ledger should tell of this stretch:
	// nothing is missing, but not all is as it should be.
	Note string

	blocks []*slab.Block // that Data lies in
}

// Release tells that the data are needed no more.
func (c Chunk) Release() {
	for _, b := range c.blocks {
		b.Release()
	}
}

// Pieces is the chunk as it is written.
func (c Chunk) Pieces() [][]byte { return append([][]byte{c.Header}, c.Data...) }

// Size is how many bytes it is.
func (c Chunk) Size() int64 {
	size := len(c.Header)
	for _, d := range c.Data {
		size += len(d)
	}
	return int64(size)
}

// The causes of a segment's end.
const (
	CauseDuration   = "duration"    // it was long enough
	CauseKeyless    = "no keyframe" // it was too long, and no keyframe had come
	CauseKeyframe   = "keyframe"    // it had begun without one, and one came
	CauseParameters = "parameters"  // the camera changed its parameter sets
	CauseSession    = "session"     // the session with the camera ended
	CauseRetry      = "retry"       // the disk had failed: a new file is tried
	CauseClock      = "clock"       // the wall clock had stepped
)

// The notes.
const (
	NoteStamps  = "the camera's time stamps jumped or stood still: the times are those of arrival"
	NoteKeyless = "the segment begins without a keyframe, since the camera sent none for too long"
)
