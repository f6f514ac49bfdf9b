package spool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/donhk/istream/pkg/events"
)

var (
	// ErrLocked says that another process writes the camera's folder.
	ErrLocked = errors.New("another recorder is writing this camera's folder")
	// ErrFenced says that somebody with a higher token claims the camera.
	ErrFenced = errors.New("a later recorder has claimed this camera")
	// ErrGone says that the camera's folder was removed or replaced, and the lock
	// with it.
	ErrGone = errors.New("the camera's folder was removed or replaced")
)

const (
	lockName  = ".lock"
	lockWidth = 20 // digits of a token
)

// Lock is the right to write a camera's folder. The kernel takes it back when
// its process ends, however it ends, so that two recorders never write one
// camera, whatever the bus tells them.
//
// Its file keeps what must outlive the segments: the highest fencing token seen,
// the starts given last, and which boot has segments without a disciplined
// clock. Its methods may be called from several goroutines.
type Lock struct {
	spool  *Spool
	camera string
	file   *os.File
	made   bool // the folder did not exist

	mu sync.Mutex
	facts
	highest time.Time // start that was ever given, as far as is known
}

// facts are what stands in the first line of the lock's file.
type facts struct {
	token     uint64
	newest    time.Time
	names     uint64 // how many starts were given
	unstamped string // see SetUnstamped
}

// Lock claims a camera's folder, and makes it where it is missing. It never
// waits. A token lower than the highest seen is refused with ErrFenced; 0
// stands for the highest seen, for a recorder that has no bus to ask. Where
// another process has the folder the error wraps ErrLocked, and a higher token
// is left there for it to find.
func (s *Spool) Lock(camera string, token uint64) (*Lock, error) {
	if !events.ValidToken(camera) {
		return nil, fmt.Errorf("locking a camera: %q is no camera", camera)
	}
	l := &Lock{spool: s, camera: camera}
	err := l.open()
	if err != nil {
		return nil, fmt.Errorf("locking %s: %w", camera, err)
	}
	if err := l.claim(token); err != nil {
		if !errors.Is(err, ErrLocked) {
			err = errors.Join(err, l.unlock())
		} else {
			err = errors.Join(err, l.file.Close())
		}
		return nil, fmt.Errorf("locking %s: %w", camera, err)
	}
	return l, nil
}

// Locked tells whether somebody has the camera's folder. It claims nothing.
func (s *Spool) Locked(camera string) bool {
	return events.ValidToken(camera) && errors.Is(locked(filepath.Join(s.root, camera, lockName)), unix.EWOULDBLOCK)
}

func (l *Lock) open() error {
	folder := l.folder()
	err := os.Mkdir(folder, 0o750)
	if errors.Is(err, os.ErrNotExist) {
		// The spool itself is gone; recording goes on without a restart.
		err = errors.Join(os.MkdirAll(l.spool.root, 0o750), os.Mkdir(folder, 0o750))
	}
	if err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	if l.made = err == nil; l.made {
		// The name of what will lie in it has to survive a power cut.
		if err := syncFolder(l.spool.root); err != nil {
			return err
		}
	}
	if info, err := os.Lstat(folder); err != nil {
		return err
	} else if !info.IsDir() {
		return fmt.Errorf("%s is not a folder", folder)
	}
	file, err := os.OpenFile(l.path(), os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o640)
	l.file = file
	return err
}

func (l *Lock) claim(token uint64) error {
	err := unix.Flock(int(l.file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return l.tell(token)
	}
	if err != nil {
		return os.NewSyscallError("flock", err)
	}
	if err := l.present(); err != nil {
		return err
	}
	there, err := l.read()
	if err != nil {
		return err
	}
	l.facts = there
	l.token = max(token, there.token)
	if token != 0 && token < there.token {
		return ErrFenced
	}
	return errors.Join(l.look(), l.write())
}

// tell leaves a higher token to the holder, who looks for it at each segment.
func (l *Lock) tell(token uint64) error {
	there, err := l.read()
	if err == nil && token > there.token {
		_, err = l.file.WriteAt(digits(token), 0)
	}
	return errors.Join(ErrLocked, err)
}

// Spool is where the folder lies.
func (l *Lock) Spool() *Spool { return l.spool }

// Camera is whose folder it is.
func (l *Lock) Camera() string { return l.camera }

// Token is the highest token seen, at the least the one given.
func (l *Lock) Token() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.token
}

// Newest is the start that was given last to a segment of this camera, also to
// one that is no longer in the spool; zero where there was none. Where the clock
// stepped back it is not the highest.
func (l *Lock) Newest() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.newest
}

// Parts lists the camera's open segments: those of a recorder that was cut
// short, as long as this lock has opened none itself.
func (l *Lock) Parts(ctx context.Context) ([]File, error) {
	var parts []File
	for f, err := range l.spool.Camera(ctx, l.camera) {
		if err != nil {
			return parts, err
		}
		if !f.Closed {
			parts = append(parts, f)
		}
	}
	return parts, nil
}

// Raise replaces the token by a higher one, as when the bus is back and grants
// the lease to who holds the folder already. A lower one is refused with
// ErrFenced.
func (l *Lock) Raise(token uint64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if token < l.token {
		return fmt.Errorf("locking %s: %w", l.camera, ErrFenced)
	}
	l.token = token
	if err := l.write(); err != nil {
		return fmt.Errorf("locking %s: %w", l.camera, err)
	}
	return nil
}

// check finds out whether the folder is still ours. The caller holds mu.
func (l *Lock) check() error {
	if err := l.present(); err != nil {
		return err
	}
	there, err := l.read()
	if err == nil && there.token > l.token {
		err = ErrFenced
	}
	return err
}

// present tells whether the locked file is the one that others would lock: its
// folder may have been deleted and made again.
func (l *Lock) present() error {
	held, err := l.file.Stat()
	if err != nil {
		return err
	}
	there, err := os.Lstat(l.path())
	if errors.Is(err, os.ErrNotExist) || err == nil && !os.SameFile(held, there) {
		return ErrGone
	}
	return err
}

// Unlock gives the folder back. What a lock brought along and nobody used, the
// folder and the lock's file, is removed.
func (l *Lock) Unlock() error {
	if err := l.unlock(); err != nil {
		return fmt.Errorf("unlocking %s: %w", l.camera, err)
	}
	return nil
}

func (l *Lock) unlock() error {
	var faults []error
	if l.made && l.idle() && l.present() == nil {
		faults = append(faults, os.Remove(l.path()), os.Remove(l.folder()))
	}
	return errors.Join(append(faults, l.file.Close())...)
}

func (l *Lock) idle() bool {
	entries, err := os.ReadDir(l.folder())
	return err == nil && len(entries) == 1
}

func (l *Lock) folder() string { return filepath.Join(l.spool.root, l.camera) }
func (l *Lock) path() string   { return filepath.Join(l.folder(), lockName) }

// read takes the facts from the file; unreadable ones count as absent, since a
// power cut may leave anything.
func (l *Lock) read() (facts, error) {
	var b [128]byte
	n, err := l.file.ReadAt(b[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return facts{}, err
	}
	line, _, _ := strings.Cut(string(b[:n]), "\n")
	return parseFacts(line), nil
}

func parseFacts(line string) facts {
	var f facts
	var err error
	words := append(strings.Fields(line), "", "", "", "")
	if f.token, err = strconv.ParseUint(words[0], 10, 64); err != nil {
		return facts{}
	}
	if f.newest, err = events.ParseStart(words[1]); err != nil {
		return facts{token: f.token}
	}
	if f.names, err = strconv.ParseUint(words[2], 10, 64); err != nil {
		f.names = 0
	}
	f.unstamped = words[3]
	return f
}

// write leaves what stands behind the end of the line, as of a longer one before.
func (l *Lock) write() error {
	b := digits(l.token)
	if !l.newest.IsZero() {
		b = fmt.Appendf(b, " %s %0*d %s", events.FormatStart(l.newest), lockWidth, l.names, l.unstamped)
	}
	_, err := l.file.WriteAt(append(b, '\n'), 0)
	return err
}

func digits(token uint64) []byte { return fmt.Appendf(nil, "%0*d", lockWidth, token) }
