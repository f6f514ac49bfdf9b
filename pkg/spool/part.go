package spool

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/donhk/istream/pkg/spool/internal/isobmff"
)

// Part is an open segment. It is used by one goroutine at a time, which may be
// another than that of its Lock: a segment can be closed while the next grows.
type Part struct {
	lock   *Lock
	file   *os.File
	start  time.Time
	size   int64
	head   measured
	synced time.Time
	dirty  bool
	placed bool // the folder's entry is synced
}

// Create opens a segment that starts at start (cut to milliseconds), or as soon
// after it as makes its name one that no segment of the camera had before; File
// tells. Where start is just before Newest, as where the clock was put right a
// little, it comes out just after it; a start that is further back stays: the
// clock has stepped. It is here that a recorder learns that its camera has been
// claimed by another: ErrFenced.
func (l *Lock) Create(start time.Time) (*Part, error) {
	start = start.UTC().Truncate(time.Millisecond)
	p, err := l.create(start)
	if err != nil {
		return nil, fmt.Errorf("opening a segment of %s: %w", l.camera, err)
	}
	return p, nil
}

func (l *Lock) create(start time.Time) (*Part, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.check(); err != nil {
		return nil, err
	}
	start, err := l.free(start)
	if err != nil {
		return nil, err
	}
	file, err := os.OpenFile(l.spool.Path(File{Camera: l.camera, Start: start}), os.O_RDWR|os.O_CREATE|os.O_EXCL|unix.O_NOFOLLOW, 0o640)
	if err != nil {
		return nil, err
	}
	l.newest = start
	// After a power cut the clock may begin in the past: the name must not be
	// given again.
	if err := errors.Join(l.remember(start), syncData(l.file)); err != nil {
		return nil, errors.Join(err, file.Close(), os.Remove(file.Name()))
	}
	return &Part{lock: l, file: file, start: start, synced: time.Now()}, nil
}

// File is the segment as it stands now.
func (p *Part) File() File {
	return File{Camera: p.lock.camera, Start: p.start, Size: p.size}
}

// Size is what was written, in bytes.
func (p *Part) Size() int64 { return p.size }

// Codec is what the tracks are coded in, as Info has it; empty before the first
// write.
func (p *Part) Codec() string {
	if p.head.movie == nil {
		return ""
	}
	return p.head.movie.Codecs()
}

// Fragments is how many were written.
func (p *Part) Fragments() int {
	if p.head.movie == nil {
		return 0
	}
	return p.head.index.Fragments()
}

// Gone tells that somebody has removed the file: what is written to it is lost.
func (p *Part) Gone() bool {
	var stat unix.Stat_t
	return unix.Fstat(int(p.file.Fd()), &stat) == nil && stat.Nlink == 0
}

// Write appends whole boxes in one write: ftyp, moov and the first fragment at
// first, then a fragment (moof, mdat) each. The boxes may lie in several pieces,
// so that the caller need not copy them together. After an error the file ends
// where it did before, and writing may be tried again. Nothing is kept of the
// pieces.
func (p *Part) Write(pieces ...[]byte) error {
	// Nothing is written that could not be mended later.
	head, fragments, err := p.read(pieces)
	if err != nil {
		return fmt.Errorf("writing %s: %w", p.File().Rel(), err)
	}
	if err := writeAll(p.file, pieces, p.size); err != nil {
		err = errors.Join(err, p.file.Truncate(p.size))
		return fmt.Errorf("writing %s: %w", p.File().Rel(), err)
	}
	p.head = head
	for _, f := range fragments {
		p.head.index.Add(f)
	}
	p.size += gathered(pieces).size()
	p.head.end, p.dirty = p.size, true
	return nil
}

// read understands the boxes as measure would.
func (p *Part) read(pieces gathered) (head measured, fragments []isobmff.Fragment, err error) {
	head = p.head
	var moof []byte
	var moofAt int64
	for at, limit := int64(0), pieces.size(); at < limit; {
		h, err := isobmff.ReadHeader(pieces, at, limit)
		if err != nil {
			return head, nil, err
		}
		switch h.Type {
		case "moov":
			if head.moov, err = isobmff.Read(pieces, h, isobmff.MaxMoov); err != nil {
				return head, nil, err
			}
			if head.movie, err = isobmff.ParseMoov(head.moov); err != nil {
				return head, nil, err
			}
			head.index, head.header = isobmff.NewIndex(head.movie), h
			head.header.Offset += p.size
		case "uuid":
			if stamp, ok, err := readStamp(pieces, h); err == nil && ok {
				head.stamp = &stamp
			}
		case "moof":
			if moof, err = isobmff.Read(pieces, h, isobmff.MaxMoof); err != nil {
				return head, nil, err
			}
			moofAt = at
		case "mdat":
			if head.movie == nil || moof == nil {
				return head, nil, errors.New("a fragment without its header")
			}
			f, err := head.index.Read(moof, p.size+moofAt, h.End()-moofAt)
			if err != nil {
				return head, nil, err
			}
			fragments, moof = append(fragments, f), nil
		}
		at = h.End()
	}
	if moof != nil || head.movie == nil {
		return head, nil, errors.New("a fragment without its data or its movie")
	}
	return head, fragments, nil
}

// SyncIfDue puts on the disk what was written, unless that was done within the
// interval.
func (p *Part) SyncIfDue(interval time.Duration) error {
	if !p.dirty || time.Since(p.synced) < interval {
		return nil
	}
	if err := p.sync(); err != nil {
		return fmt.Errorf("syncing %s: %w", p.File().Rel(), err)
	}
	return nil
}

func (p *Part) sync() error {
	if err := syncData(p.file); err != nil {
		return err
	}
	if !p.placed {
		if err := syncFolder(p.lock.folder()); err != nil {
			return err
		}
	}
	p.placed, p.dirty, p.synced = true, false, time.Now()
	return nil
}

// Close makes the segment final: durations into the header, an index at the
// end, everything synced, then the closed name, and that synced too. Only when
// it has returned without an error is the segment closed. Without a fragment
// nothing is left behind, and the error is ErrEmpty. ErrGone says that
// the file was removed meanwhile. After any other error the .part stays for
// Recover.
func (p *Part) Close() (Info, error) {
	info, err := p.close()
	if err != nil {
		return Info{}, fmt.Errorf("closing %s: %w", p.File().Rel(), err)
	}
	return info, nil
}

func (p *Part) close() (Info, error) {
	if p.Gone() {
		return Info{}, errors.Join(ErrGone, p.file.Close())
	}
	if p.Fragments() == 0 {
		return Info{}, errors.Join(ErrEmpty, p.file.Close(), os.Remove(p.file.Name()))
	}
	info, err := finalise(p.file, p.head)
	if err != nil {
		return Info{}, errors.Join(err, p.file.Close())
	}
	if err := p.lock.promote(p.file, p.start); err != nil {
		return Info{}, err
	}
	return info, nil
}

// Abandon gives the file up as it is, for Recover to mend: for a device that
// accepts nothing more.
func (p *Part) Abandon() error {
	if p.Fragments() == 0 {
		return errors.Join(p.file.Close(), os.Remove(p.file.Name()))
	}
	return p.file.Close()
}

// promote syncs and closes a finished .part and gives it its closed name.
func (l *Lock) promote(file *os.File, start time.Time) error {
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		return err
	}
	closed := File{Camera: l.camera, Start: start, Closed: true}
	if err := rename(file.Name(), l.spool.Path(closed)); err != nil {
		return err
	}
	return syncFolder(l.folder())
}

// rename refuses to replace a closed segment.
func rename(from, to string) error {
	if _, err := os.Lstat(to); err == nil {
		return fmt.Errorf("%s exists already", filepath.Base(to))
	} else if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return os.Rename(from, to)
}
