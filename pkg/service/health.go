package service

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// HealthConfig says where processes of this machine tell how they are.
type HealthConfig struct {
	Dir string `env:"HEALTH_DIR"` // of sockets; empty: a folder of this user's in the system's temporary one
}

// Folder is Dir or its default.
func (c HealthConfig) Folder() string {
	if c.Dir != "" {
		return c.Dir
	}
	return filepath.Join(os.TempDir(), fmt.Sprintf("istream-%d", os.Getuid()))
}

// Report is the health of one part of a process.
type Report struct {
	Service string    `json:"service"`
	PID     int       `json:"pid"`
	OK      bool      `json:"ok"`
	Error   string    `json:"error,omitempty"`
	Since   time.Time `json:"since"`
}

// Health collects how the services of a process are. A condition that iStream
// is made for (no camera, no store, no bus) is not bad health: restarting would
// not help. A service that can't work at all, or has stopped, is.
type Health struct {
	mu      sync.Mutex
	reports map[string]Report
}

// NewHealth has no reports yet.
func NewHealth() *Health { return &Health{reports: map[string]Report{}} }

// Set records that a service is well (nil) or why it is not.
func (h *Health) Set(service string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	was, known := h.reports[service]
	now := Report{Service: service, PID: os.Getpid(), OK: err == nil, Since: time.Now().UTC()}
	if err != nil {
		now.Error = err.Error()
	}
	if known && was.OK == now.OK {
		now.Since = was.Since
	}
	h.reports[service] = now
}

// Reports lists the services by name.
func (h *Health) Reports() []Report {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make([]Report, 0, len(h.reports))
	for _, r := range h.reports {
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b Report) int { return strings.Compare(a.Service, b.Service) })
	return all
}

// Serve answers each connection to this process's socket with the reports as
// JSON, until stop is called. A socket needs no port, and so several recorders
// may share the host's network.
func (h *Health) Serve(cfg HealthConfig, log *slog.Logger) (stop func(), err error) {
	if err := os.MkdirAll(cfg.Folder(), 0o700); err != nil {
		return nil, fmt.Errorf("serving health: %w", err)
	}
	path := filepath.Join(cfg.Folder(), fmt.Sprintf("%d.sock", os.Getpid()))
	// Left by a process of the same number that was killed.
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("serving health: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("serving health: %w", err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				if !errors.Is(err, net.ErrClosed) {
					log.Warn("health socket closed", "error", err)
				}
				return
			}
			h.answer(c)
		}
	}()
	return func() { _ = l.Close(); <-done }, nil // Close also removes the socket
}

func (h *Health) answer(c net.Conn) {
	defer func() { _ = c.Close() }()
	if c.SetDeadline(time.Now().Add(time.Second)) == nil {
		_ = json.NewEncoder(c).Encode(h.Reports()) // an asker who has gone needs no answer
	}
}

// AskHealth gathers the reports of every iStream process of this machine and
// user. A socket that nobody listens on is of a process that died: removed,
// and no report.
func AskHealth(cfg HealthConfig) ([]Report, error) {
	sockets, err := filepath.Glob(filepath.Join(cfg.Folder(), "*.sock"))
	if err != nil {
		return nil, fmt.Errorf("asking for health: %w", err)
	}
	var all []Report
	for _, path := range sockets {
		reports, err := askSocket(path)
		if errors.Is(err, errNobody) {
			_ = os.Remove(path) // only litter
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("asking for health: %w", err)
		}
		all = append(all, reports...)
	}
	return all, nil
}

var errNobody = errors.New("nobody listens")

func askSocket(path string) ([]Report, error) {
	c, err := net.DialTimeout("unix", path, 2*time.Second)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, fs.ErrNotExist):
		return nil, errNobody
	case err != nil: // of a process that lives, for all that is known
		return nil, err
	}
	defer func() { _ = c.Close() }()
	if err := c.SetDeadline(time.Now().Add(2 * time.Second)); err != nil {
		return nil, err
	}
	var reports []Report
	if err := json.NewDecoder(c).Decode(&reports); err != nil {
		return nil, fmt.Errorf("%s does not answer: %w", filepath.Base(path), err)
	}
	return reports, nil
}
