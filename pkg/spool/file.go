package spool

import (
	"path/filepath"
	"time"

	"github.com/donhk/istream/pkg/events"
)

// File is a segment's file in a spool.
type File struct {
	Camera string
	Start  time.Time // UTC, whole milliseconds
	Closed bool      // else a .part: being written, or cut short
	Size   int64     // in bytes, when it was looked at
}

// Rel is the path below the spool.
func (f File) Rel() string { return filepath.Join(f.Camera, f.base()) }

// Name is the segment's identity on a site.
func (f File) Name(site string) events.Name {
	return events.Name{Site: site, Camera: f.Camera, Start: f.Start}
}

func (f File) base() string {
	suffix := events.PartSuffix
	if f.Closed {
		suffix = events.ClosedSuffix
	}
	return events.FormatStart(f.Start) + suffix
}
