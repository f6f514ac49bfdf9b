package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
)

// ErrRunning tells that this process has a store already.
var ErrRunning = errors.New("this process has an embedded store already")

var running atomic.Bool

// Store is a store that answers. Close it.
type Store struct {
	config  Config
	address string
	gateway *gateway
	cwd     string // where Start found the process; empty if unknown
	closing sync.Once
	closed  error
}

// Start makes the folders and the bucket and returns when the store answers.
// ctx bounds the starting alone.
func Start(ctx context.Context, c Config) (*Store, error) {
	c, err := c.complete()
	if err != nil {
		return nil, err
	}
	if !running.CompareAndSwap(false, true) {
		return nil, ErrRunning
	}
	s := &Store{config: c}
	if s.cwd, err = os.Getwd(); err != nil {
		s.cwd = ""
	}
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("start the embedded store in %s: %w", c.Dir, err), s.Close())
	}
	return s, nil
}

func (s *Store) start(ctx context.Context) error {
	if err := os.MkdirAll(s.config.objects(), 0o755); err != nil {
		return fmt.Errorf("make the folder of the objects: %w", err)
	}
	attributes, err := attributesFor(s.config)
	if err != nil {
		return err
	}
	const tries = 5 // another process may take the free port first
	for try := 1; ; try++ {
		if s.address, err = free(s.config.Listen); err != nil {
			return err
		}
		backend, err := newBackend(s.config.objects(), attributes, s.config.Events)
		if err != nil {
			return err
		}
		s.gateway, err = serve(backend, s.address, s.config)
		if err == nil {
			break
		}
		taken := errors.Is(err, syscall.EADDRINUSE) && s.address != s.config.Listen
		if !taken || try == tries {
			return err
		}
	}
	return s.makeBucket(ctx)
}

// Endpoint is where a client of this machine finds the store: host:port,
// plain HTTP.
func (s *Store) Endpoint() string { return reachable(s.address) }

// Folder is the bucket's folder, absolute.
func (s *Store) Folder() string { return filepath.Join(s.config.objects(), s.config.Bucket) }

// Path is the file that holds, or would hold, the object of a key; absolute.
func (s *Store) Path(key string) string {
	return filepath.Join(s.Folder(), filepath.FromSlash(key))
}

// Done is closed when the store has stopped, be it by Close or by a fault
// that Close then returns.
func (s *Store) Done() <-chan struct{} { return s.gateway.done }

// Close lets the requests under way finish (10 s at most), stops the store
// and goes back to the working directory of before. It returns why the store
// had stopped, if it had stopped by itself.
func (s *Store) Close() error {
	s.closing.Do(func() {
		if s.gateway != nil {
			s.closed = s.gateway.stop()
		}
		s.closed = errors.Join(s.closed, s.goBack())
		running.Store(false)
	})
	return s.closed
}

// goBack leaves the working directory alone if it is not the gateway's.
func (s *Store) goBack() error {
	if s.cwd == "" || !same(".", s.config.objects()) {
		return nil
	}
	if err := os.Chdir(s.cwd); err != nil {
		return fmt.Errorf("go back to the working directory: %w", err)
	}
	return nil
}

func same(a, b string) bool {
	first, errA := os.Stat(a)
	second, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(first, second)
}
