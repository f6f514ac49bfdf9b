// Package fault tells of a repeated fault once, counts what follows, and says
// when it is over: "recovered after N failures over D".
package fault

import (
	"log/slog"
	"sync"
	"time"
)

// remind is how often a fault that lasts is told again, with its count.
const remind = 10 * time.Minute

// Repeat is one thing that may fail over and over. The zero value is not
// usable; see New. Its methods may be called from several goroutines.
type Repeat struct {
	log  *slog.Logger
	what string

	mu    sync.Mutex
	count int
	since time.Time
	told  time.Time
	text  string
}

// New returns a Repeat whose lines begin with what ("uploading", say).
func New(log *slog.Logger, what string) *Repeat { return &Repeat{log: log, what: what} }

// Failed records a failure. It is logged when it is the first, when it is
// another than the one before, though not more than once a minute, and each
// ten minutes.
func (r *Repeat) Failed(err error, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if r.count == 0 {
		r.since = now
	}
	r.count++
	other, quiet := err.Error() != r.text, now.Sub(r.told)
	if r.count > 1 && quiet < remind && !(other && quiet >= time.Minute) {
		return
	}
	r.told, r.text = now, err.Error()
	args = append([]any{"error", err}, args...)
	if r.count > 1 {
		args = append(args, "failures", r.count)
	}
	r.log.Warn(r.what+" failed, trying again", args...)
}

// Recovered ends a run of failures, if there is one.
func (r *Repeat) Recovered() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.count == 0 {
		return
	}
	r.log.Info(r.what+" recovered", "failures", r.count, "over", time.Since(r.since).Round(time.Millisecond))
	r.count, r.text, r.told = 0, "", time.Time{}
}

// Failing is the number of failures since the last success.
func (r *Repeat) Failing() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.count
}
