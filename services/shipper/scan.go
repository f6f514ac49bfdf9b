package shipper

import (
	"context"
	"time"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/pause"
	"github.com/donhk/istream/services/shipper/internal/backlog"
)

// watchSpool looks at the spool at the start, each RESCAN_INTERVAL, and when it
// is asked to, though with a rest between: a look at a large one costs.
func (s *shipper) watchSpool(ctx context.Context) error {
	regular := time.NewTicker(s.cfg.Rescan.Duration())
	defer regular.Stop()
	for {
		s.scan(ctx)
		if pause.For(ctx, s.cfg.Reconnect.Duration()) != nil {
			return nil
		}
		select {
		case <-regular.C:
		case <-s.look:
		case <-ctx.Done():
			return nil
		}
	}
}

// scan puts the backlog right by what is on disk.
func (s *shipper) scan(ctx context.Context) {
	s.disk.Lock()
	defer s.disk.Unlock()
	s.mu.Lock()
	look := s.backlog.Look()
	s.mu.Unlock()
	var fault error
	for f, err := range s.spool.Scan(ctx) {
		switch {
		case err != nil:
			fault = err
		case f.Closed:
			look.See(f)
		}
	}
	if ctx.Err() != nil {
		return
	}
	s.update(func(*backlog.Backlog) { look.End(fault == nil) })
	// What can't be read is no condition that iStream is made for.
	s.deps.Health.Set(events.ServiceShipper, fault)
	s.faults.spool.outcome(fault)
}
