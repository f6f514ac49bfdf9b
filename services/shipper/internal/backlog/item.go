package backlog

import (
	"cmp"
	"strings"
	"time"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/spool"
)

// Item is a segment that waits, or is under way. While it is taken, its
// exported fields are the taker's.
type Item struct {
	File spool.File
	// Told is what the recorder said of the file; nil where nobody heard it.
	Told *events.Segment
	// About is what was found out about the file: it is not read twice.
	About *events.Segment
	// Stored says that the store has confirmed it: only the file is to go.
	Stored bool

	taken   bool
	failed  int       // times, since any item got through
	suspect int       // times that others got through where it had failed
	after   time.Time // not tried before
}

type id struct {
	camera string
	start  int64 // Unix milliseconds
}

func idOf(f spool.File) id { return id{f.Camera, f.Start.UnixMilli()} }

// perTurn is how often an item is tried before the next has a turn; a suspect
// is tried once.
const perTurn = 3

func (i *Item) turns() int {
	if i.suspect > 0 {
		return i.failed
	}
	return i.failed / perTurn
}

// Suspect says that others got through where this one failed.
func (i *Item) Suspect() bool { return i.suspect > 0 }

// fresh: nothing is known of it but that it is on disk.
func (i *Item) fresh() bool { return !i.taken && i.failed == 0 && i.suspect == 0 && !i.Stored }

// before: the one that had fewer turns, then the older one.
func before(a, b *Item) bool {
	if x, y := a.turns(), b.turns(); x != y {
		return x < y
	}
	return older(a.File, b.File) < 0
}

func older(a, b spool.File) int {
	return cmp.Or(a.Start.Compare(b.Start), strings.Compare(a.Camera, b.Camera))
}
