package spool

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/donhk/istream/pkg/events"
)

// Spool is a folder of footage. Several processes may use it at once.
type Spool struct{ root string }

// Open makes the folder if it is missing. Its parents' permissions are the
// caller's matter; the folder itself is for this user and group only.
func Open(root string) (*Spool, error) {
	absolute, err := filepath.Abs(root)
	if err != nil {
		return nil, fmt.Errorf("opening the spool: %w", err)
	}
	if err := os.MkdirAll(absolute, 0o750); err != nil {
		return nil, fmt.Errorf("opening the spool: %w", err)
	}
	return &Spool{root: absolute}, nil
}

// Root is the folder's absolute path.
func (s *Spool) Root() string { return s.root }

// Path is where f lies.
func (s *Spool) Path(f File) string { return filepath.Join(s.root, f.Rel()) }

// Remove deletes a file. The error wraps fs.ErrNotExist where it is gone
// already. No symbolic link leads it out of the spool.
func (s *Spool) Remove(f File) error {
	if !events.ValidToken(f.Camera) {
		return fmt.Errorf("removing from the spool: %q is no camera", f.Camera)
	}
	root, err := os.OpenRoot(s.root)
	if err != nil {
		return fmt.Errorf("removing from the spool: %w", err)
	}
	err = errors.Join(root.Remove(f.Rel()), root.Close())
	if err != nil {
		return fmt.Errorf("removing from the spool: %w", err)
	}
	return nil
}
