package spool

import (
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// ErrEmpty says that a segment held no whole fragment and was removed.
var ErrEmpty = errors.New("no fragment was written")

// Recover mends a .part that was cut short: it keeps what is whole from the
// start, closes it as Close does, and gives it its closed name. Where nothing
// is whole the file is removed and the error is ErrEmpty. It may be repeated
// after any failure. Memory is bounded, whatever the file contains.
func (l *Lock) Recover(f File) (Info, error) {
	if f.Camera != l.camera || f.Closed {
		return Info{}, fmt.Errorf("recovering %s: not an open segment of %s", f.Rel(), l.camera)
	}
	info, err := l.mend(f)
	if err != nil {
		return Info{}, fmt.Errorf("recovering %s: %w", f.Rel(), err)
	}
	return info, nil
}

func (l *Lock) mend(f File) (Info, error) {
	if err := l.checked(); err != nil {
		return Info{}, err
	}
	file, err := os.OpenFile(l.spool.Path(f), os.O_RDWR|unix.O_NOFOLLOW, 0)
	if err != nil {
		return Info{}, err
	}
	stat, err := file.Stat()
	if err != nil {
		return Info{}, errors.Join(err, file.Close())
	}
	info, err := repair(file, stat.Size())
	if errors.Is(err, ErrEmpty) {
		return Info{}, errors.Join(err, file.Close(), os.Remove(file.Name()))
	}
	if err != nil {
		return Info{}, errors.Join(err, file.Close())
	}
	return info, l.promote(file, f.Start)
}

func (l *Lock) checked() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.check()
}

// media is a segment's file, or memory in tests.
type media interface {
	io.ReaderAt
	io.WriterAt
	Truncate(size int64) error
}

func repair(file media, size int64) (Info, error) {
	m, err := measure(file, size)
	if err != nil {
		return Info{}, err
	}
	if m.movie == nil || m.index.Fragments() == 0 {
		return Info{}, ErrEmpty
	}
	return finalise(file, m)
}

// finalise cuts the file after its last whole fragment, writes the durations
// and the index, and describes the result.
func finalise(file media, m measured) (Info, error) {
	if err := file.Truncate(m.end); err != nil {
		return Info{}, err
	}
	m.index.PatchMoov(m.moov)
	if _, err := file.WriteAt(m.moov, m.header.Offset); err != nil {
		return Info{}, err
	}
	mfra := m.index.Mfra()
	_, err := file.WriteAt(mfra, m.end)
	if err != nil {
		return Info{}, err
	}
	size := m.end + int64(len(mfra))
	info := m.info(size)
	info.SHA256, err = checksum(file, size)
	return info, err
}
