package segment

import "time"

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

	// Closes is set in the last of a segment, with the reason why it ends here.
	Closes bool
	Cause  string
}

// Pieces is the chunk as it is written.
func (c Chunk) Pieces() [][]byte { return append([][]byte{c.Header}, c.Data...) }

// The causes of a segment's end.
const (
	CauseDuration   = "duration"   // it was long enough
	CauseParameters = "parameters" // the camera changed its parameter sets
	CauseSession    = "session"    // the session with the camera ended
	CauseRetry      = "retry"      // a new file was asked for
)
