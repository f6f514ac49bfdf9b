package spool

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/donhk/istream/pkg/events"
)

// rollName is no camera's, since those have no dot.
const rollName = ".recorders"

// Roll tells the recorders that share a spool which of them have ended. Each
// holds a lock on a file of its own, which the kernel frees with its process:
// nobody has to wait for a lease to run out. Who is not on the roll, since the
// disk took no file, is not known to have ended. It is used by one goroutine.
type Roll struct {
	folder, id string
	file       *os.File
}

// Enrol puts a recorder on the roll until Leave, or until its process ends.
func (s *Spool) Enrol(id string) (*Roll, error) {
	r := &Roll{folder: filepath.Join(s.root, rollName), id: id}
	if !events.ValidToken(id) {
		return nil, fmt.Errorf("enrolling a recorder: %q is no name", id)
	}
	if err := r.enrol(); err != nil {
		return nil, fmt.Errorf("enrolling %s: %w", id, err)
	}
	return r, nil
}

// enrol gives the file its name once it is locked: it is never seen unlocked
// while its recorder lives.
func (r *Roll) enrol() error {
	if err := os.MkdirAll(r.folder, 0o750); err != nil {
		return err
	}
	file, err := os.OpenFile(r.path(r.id)+".new", os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o640)
	if err != nil {
		return err
	}
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return errors.Join(os.NewSyscallError("flock", err), file.Close())
	}
	if err := os.Rename(file.Name(), r.path(r.id)); err != nil {
		return errors.Join(err, file.Close())
	}
	r.file = file
	return nil
}

// Ended lists the recorders that were on the roll and have ended without
// leaving it. Where somebody has removed the own entry it is made again.
func (r *Roll) Ended() ([]string, error) {
	if err := r.stay(); err != nil {
		return nil, fmt.Errorf("reading the roll: %w", err)
	}
	entries, err := os.ReadDir(r.folder)
	if err != nil {
		return nil, fmt.Errorf("reading the roll: %w", err)
	}
	var ended []string
	for _, entry := range entries {
		if id := entry.Name(); id != r.id && events.ValidToken(id) && free(r.path(id)) {
			ended = append(ended, id)
		}
	}
	return ended, nil
}

func (r *Roll) stay() error {
	if own, err := r.file.Stat(); err == nil {
		if there, err := os.Lstat(r.path(r.id)); err == nil && os.SameFile(own, there) {
			return nil
		}
	}
	old := r.file
	if err := r.enrol(); err != nil {
		return err
	}
	return old.Close()
}

// Strike takes a recorder that has ended off the roll.
func (r *Roll) Strike(id string) error {
	if !events.ValidToken(id) || id == r.id {
		return fmt.Errorf("striking off the roll: %q is no other recorder", id)
	}
	if err := os.Remove(r.path(id)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("striking off the roll: %w", err)
	}
	return nil
}

// Leave takes this recorder off the roll.
func (r *Roll) Leave() error {
	err := os.Remove(r.path(r.id))
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	if err := errors.Join(err, r.file.Close()); err != nil {
		return fmt.Errorf("leaving the roll: %w", err)
	}
	return nil
}

func (r *Roll) path(id string) string { return filepath.Join(r.folder, id) }

// free tells that a file is there and that nobody has it locked.
func free(path string) bool { return locked(path) == nil }

// locked is unix.EWOULDBLOCK where somebody has the file locked, nil where
// nobody has, and another error where that can't be known.
func locked(path string) error {
	file, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	return errors.Join(unix.Flock(int(file.Fd()), unix.LOCK_SH|unix.LOCK_NB), file.Close())
}
