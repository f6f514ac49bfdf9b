package policy

import (
	"iter"
	"time"

	"github.com/donhk/istream/services/janitor/internal/ledger"
)

// View is what the policy sees of the footage.
type View interface {
	Used() int64                                    // bytes of all objects
	Oldest() iter.Seq[ledger.Object]                // all objects by start
	Newest(camera string) (segment, tail time.Time) // newest starts; zero where none
}

// Choose lists what has to go for the use to be at most quota bytes, and how
// many bytes it is still over when that has gone. It lists at most limit
// objects, and passes over those that skip is true for.
func Choose(v View, quota int64, limit int, skip func(ledger.Object) bool) (goes []ledger.Object, over int64) {
	over = v.Used() - quota
	if over <= 0 {
		return nil, 0
	}
	for o := range v.Oldest() {
		// What is empty frees nothing.
		if o.Size == 0 || kept(v, o) || skip(o) {
			continue
		}
		if len(goes) == limit {
			break
		}
		goes = append(goes, o)
		if over -= o.Size; over <= 0 {
			return goes, 0
		}
	}
	return goes, over
}

// kept: a tail is open as long as no segment of its start, or a later one,
// stands; of several only the newest, as a recorder writes one at a time.
func kept(v View, o ledger.Object) bool {
	segment, tail := v.Newest(o.Camera)
	if o.Tail {
		return o.Start.Equal(tail) && tail.After(segment)
	}
	return o.Start.Equal(segment)
}
