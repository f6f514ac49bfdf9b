package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/donhk/istream/pkg/events"
)

// ErrBusy says that a segment is being shipped, under the name that it has.
var ErrBusy = errors.New("the segment is being shipped")

// Restamp gives a closed segment the start that it should have had, or the next
// one that is free. Its bytes stay as they are. The file returned is where the
// segment is then, also beside an error. Where somebody holds the file the error
// wraps ErrBusy, where it is gone fs.ErrNotExist.
func (l *Lock) Restamp(f File, start time.Time) (File, error) {
	if f.Camera != l.camera || !f.Closed {
		return f, fmt.Errorf("restamping %s: not a closed segment of %s", f.Rel(), l.camera)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	renamed, err := l.restamp(f, start.UTC().Truncate(time.Millisecond))
	if err != nil {
		return renamed, fmt.Errorf("restamping %s: %w", f.Rel(), err)
	}
	return renamed, nil
}

func (l *Lock) restamp(f File, start time.Time) (File, error) {
	if err := l.check(); err != nil {
		return f, err
	}
	held, err := l.spool.hold(f, unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = ErrBusy
	}
	if err != nil {
		return f, err
	}
	defer func() { _ = held.Close() }() // read only
	renamed := f
	if renamed.Start, err = l.unused(start); err != nil {
		return f, err
	}
	if err := rename(l.spool.Path(f), l.spool.Path(renamed)); err != nil {
		return f, err
	}
	if l.newest.Equal(f.Start) {
		l.newest = renamed.Start
	}
	if err := l.remember(renamed.Start); err != nil {
		return renamed, err
	}
	return renamed, syncFolder(l.folder())
}

// Hold keeps a closed segment under its name until release is called: Restamp
// leaves it alone meanwhile. The error wraps fs.ErrNotExist where the file is
// gone, as under another name.
func (s *Spool) Hold(f File) (release func(), err error) {
	file, err := s.hold(f, unix.LOCK_SH)
	if err != nil {
		return nil, fmt.Errorf("holding %s: %w", f.Rel(), err)
	}
	return func() { _ = file.Close() }, nil // read only
}

// hold opens the file and locks it. It may be another's by then, or nobody's.
func (s *Spool) hold(f File, how int) (*os.File, error) {
	file, err := os.OpenFile(s.Path(f), os.O_RDONLY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	if err := flock(file, how); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	held, err := file.Stat()
	if err == nil {
		var there os.FileInfo
		if there, err = os.Lstat(file.Name()); err == nil && !os.SameFile(held, there) {
			err = fs.ErrNotExist
		}
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

func flock(file *os.File, how int) error {
	for {
		err := unix.Flock(int(file.Fd()), how)
		if !errors.Is(err, unix.EINTR) {
			return os.NewSyscallError("flock", err)
		}
	}
}

// SetUnstamped notes that this boot has segments whose clock was not
// disciplined; "" that it has none any more. It need not survive the boot.
func (l *Lock) SetUnstamped(boot string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.unstamped == boot {
		return nil
	}
	l.unstamped = boot
	if err := l.write(); err != nil {
		return fmt.Errorf("locking %s: %w", l.camera, err)
	}
	return nil
}

// Unstamped is the boot that was noted.
func (l *Lock) Unstamped() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.unstamped
}

// Unstamped lists the cameras for which a boot was noted, as far as can be read.
func (s *Spool) Unstamped() []string {
	folders, err := os.ReadDir(s.root)
	if err != nil {
		return nil
	}
	var all []string
	for _, folder := range folders {
		if !folder.IsDir() || !events.ValidToken(folder.Name()) {
			continue
		}
		b, err := os.ReadFile(filepath.Join(s.root, folder.Name(), lockName))
		if err != nil {
			continue
		}
		line, _, _ := strings.Cut(string(b), "\n")
		if parseFacts(line).unstamped != "" {
			all = append(all, folder.Name())
		}
	}
	return all
}
