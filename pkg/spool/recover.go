package spool

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

var (
	// ErrEmpty says that a segment held no whole fragment and was removed.
	ErrEmpty = errors.New("no fragment was written")
	// ErrUnreadable says that a segment has fragments, but no header by which
	// they can be played. It is kept aside, for whoever can mend it.
	ErrUnreadable = errors.New("its header is beyond reading, it is kept aside as .unreadable")
)

// Recover mends a .part that was cut short: it keeps what is whole from the
// start, closes it as Close does, and gives it its closed name. Where nothing
// is whole the file is removed and the error is ErrEmpty; where the header is
// spoilt and footage follows, the file is renamed to <start>.unreadable and the
// error is ErrUnreadable. It may be repeated after any failure. Memory is
// bounded, whatever the file contains.
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
	if errors.Is(err, ErrUnreadable) {
		aside := strings.TrimSuffix(file.Name(), ".part") + ".unreadable"
		return Info{}, errors.Join(err, file.Close(), rename(file.Name(), aside), syncFolder(l.folder()))
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
	switch {
	case m.movie == nil:
		fragments, err := headers(file, size)
		if err == nil && fragments > 1 {
			err = ErrUnreadable
		} else if err == nil {
			err = ErrEmpty
		}
		return Info{}, err
	case m.index.Fragments() == 0:
		return Info{}, ErrEmpty
	}
	return finalise(file, m)
}

// headers counts what looks like a fragment's header, to two. The first may
// have been cut short; before the second stands a whole one.
func headers(r io.ReaderAt, size int64) (n int, err error) {
	const overlap = int64(len("mfhd") - 1)
	if size <= overlap {
		return 0, nil
	}
	b := make([]byte, min(64<<10, size))
	for at := int64(0); at < size && n < 2; at += int64(len(b)) - overlap {
		read, err := r.ReadAt(b, at)
		if err != nil && !errors.Is(err, io.EOF) {
			return n, err
		}
		n += bytes.Count(b[:read], []byte("mfhd"))
	}
	return n, nil
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
