package events

import (
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"
)

// startLayout is a segment's start in names: 2026-11-22T16-03-01.250Z, UTC, in
// milliseconds, sorting as text and free of ":" (not allowed everywhere).
const startLayout = "2006-01-02T15-04-05.000Z"

// The states of a segment's file in the spool.
const (
	PartSuffix   = ".part" // being written, or cut short
	ClosedSuffix = ".mp4"  // closed, synced, immutable
)

// LivePrefix is the folder of all live tails in a bucket.
const LivePrefix = "live/"

// FormatStart writes t as it stands in names.
func FormatStart(t time.Time) string { return t.UTC().Format(startLayout) }

// ParseStart reads what FormatStart wrote; any other text is an error.
func ParseStart(s string) (time.Time, error) {
	t, err := time.Parse(startLayout, s)
	if err != nil || FormatStart(t) != s {
		return time.Time{}, fmt.Errorf("%q is not a start time like %s", s, startLayout)
	}
	return t, nil
}

// Name identifies a segment everywhere.
type Name struct {
	Site   string
	Camera string
	Start  time.Time // UTC, whole milliseconds
}

// Key is the segment's object key:
// <site>/<camera>/<day>/<camera>_<start>.mp4. A download names itself.
func (n Name) Key() string {
	start := FormatStart(n.Start)
	return path.Join(n.Site, n.Camera, start[:len("2006-01-02")], n.Camera+"_"+start+ClosedSuffix)
}

// File is the closed segment's path below the spool: <camera>/<start>.mp4.
func (n Name) File() string { return path.Join(n.Camera, FormatStart(n.Start)+ClosedSuffix) }

// Tail is the prefix of the segment's live tail: live/<site>/<camera>/<start>/.
func (n Name) Tail() string {
	return LivePrefix + path.Join(n.Site, n.Camera, FormatStart(n.Start)) + "/"
}

// TailKey is the key of the tail's object number seq; 0 is the init.
func (n Name) TailKey(seq int) string { return n.Tail() + fmt.Sprintf("%06d", seq) }

// ParseKey reads a segment's object key. Whatever Key would not have written
// to the letter is not iStream's and gives false.
func ParseKey(key string) (Name, bool) {
	parts := strings.Split(key, "/")
	if len(parts) != 4 {
		return Name{}, false
	}
	n := Name{Site: parts[0], Camera: parts[1]}
	text, ok := strings.CutPrefix(parts[3], n.Camera+"_")
	if !ok {
		return Name{}, false
	}
	if n.Start, ok = parseSuffixed(text, ClosedSuffix); !ok {
		return Name{}, false
	}
	if !ValidToken(n.Site) || !ValidToken(n.Camera) || n.Site == strings.TrimSuffix(LivePrefix, "/") || n.Key() != key {
		return Name{}, false
	}
	return n, true
}

// ParseTailKey reads the key of a live tail's object, as ParseKey does.
func ParseTailKey(key string) (n Name, seq int, ok bool) {
	parts := strings.Split(strings.TrimPrefix(key, LivePrefix), "/")
	if len(parts) != 4 {
		return Name{}, 0, false
	}
	n = Name{Site: parts[0], Camera: parts[1]}
	start, err := ParseStart(parts[2])
	if err != nil {
		return Name{}, 0, false
	}
	n.Start = start
	seq, err = strconv.Atoi(parts[3])
	if err != nil || seq < 0 || !ValidToken(n.Site) || !ValidToken(n.Camera) || n.TailKey(seq) != key {
		return Name{}, 0, false
	}
	return n, seq, true
}

// ParseFile reads the base name of a spool file: its start, and whether it is
// closed. ok is false for files that are not iStream's.
func ParseFile(base string) (start time.Time, closed, ok bool) {
	if start, ok = parseSuffixed(base, ClosedSuffix); ok {
		return start, true, true
	}
	start, ok = parseSuffixed(base, PartSuffix)
	return start, false, ok
}

func parseSuffixed(s, suffix string) (time.Time, bool) {
	text, ok := strings.CutSuffix(s, suffix)
	if !ok {
		return time.Time{}, false
	}
	start, err := ParseStart(text)
	return start, err == nil
}
