package spool

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"time"

	"github.com/donhk/istream/pkg/events"
)

// The latest starts given stand behind the line of the lock's file, each as Unix
// milliseconds in 8 bytes; the oldest is written over. A clock that steps back
// leads into time whose segments may be in the bucket by now, and one of the
// same name would replace them there.
const (
	namesAt   = 512
	namesKept = 4096
	nameSize  = 8
)

// free is the first start from start on that no segment has or had. Within an
// epoch of the clock starts rise: one that comes out a little before the latest
// is moved to just after it. The caller holds mu.
func (l *Lock) free(start time.Time) (time.Time, error) {
	if early := l.newest.Sub(start); early >= 0 && early <= ClockTolerance {
		start = l.newest.Add(time.Millisecond)
	}
	return l.unused(start)
}

func (l *Lock) unused(start time.Time) (time.Time, error) {
	if start.After(l.highest) {
		return start, nil
	}
	given, err := l.given()
	if err != nil {
		return start, err
	}
	for {
		there, err := l.there(start)
		if err != nil {
			return start, err
		}
		if !there && !given[start.UnixMilli()] {
			return start, nil
		}
		start = start.Add(time.Millisecond)
	}
}

// there tells whether the spool has a segment with this start.
func (l *Lock) there(start time.Time) (bool, error) {
	for _, closed := range []bool{false, true} {
		_, err := os.Lstat(l.spool.Path(File{Camera: l.camera, Start: start, Closed: closed}))
		if err == nil {
			return true, nil
		}
		if !errors.Is(err, os.ErrNotExist) {
			return false, err
		}
	}
	return false, nil
}

// given reads the starts that are remembered.
func (l *Lock) given() (map[int64]bool, error) {
	b := make([]byte, namesKept*nameSize)
	n, err := l.file.ReadAt(b, namesAt)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	all := make(map[int64]bool, n/nameSize)
	for ; n >= nameSize; n -= nameSize {
		all[int64(binary.BigEndian.Uint64(b[n-nameSize:]))] = true //nolint:gosec // as remember wrote it
	}
	return all, nil
}

// remember notes a start as given.
func (l *Lock) remember(start time.Time) error {
	var b [nameSize]byte
	binary.BigEndian.PutUint64(b[:], uint64(start.UnixMilli())) //nolint:gosec // two's complement
	slot := int64(l.names % namesKept)                          //nolint:gosec // below 4,096
	if _, err := l.file.WriteAt(b[:], namesAt+slot*nameSize); err != nil {
		return err
	}
	l.names++
	if start.After(l.highest) {
		l.highest = start
	}
	return l.write()
}

// look finds the highest start, among those remembered and those in the folder;
// and the newest, where the lock's file does not know it.
func (l *Lock) look() error {
	given, err := l.given()
	if err != nil {
		return err
	}
	l.highest = l.newest
	for ms := range given {
		if start := time.UnixMilli(ms).UTC(); start.After(l.highest) {
			l.highest = start
		}
	}
	entries, err := os.ReadDir(l.folder())
	for _, entry := range entries {
		if start, _, ok := events.ParseFile(entry.Name()); ok && start.After(l.highest) {
			l.highest = start
		}
	}
	if l.newest.IsZero() {
		l.newest = l.highest
	}
	return err
}
