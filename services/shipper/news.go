package shipper

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/donhk/istream/pkg/bus"
	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/spool"
	"github.com/donhk/istream/services/shipper/internal/backlog"
)

// follow hears of closed segments until ctx ends.
func (s *shipper) follow(ctx context.Context) error {
	site := s.cfg.Site()
	err := s.deps.Bus.Consume(ctx, bus.Subscription{
		Stream:  events.StreamSegments,
		Durable: events.ServiceShipper + "-" + site,
		Subjects: []string{
			events.SegmentSubject(site, "*", events.Closed),
			events.SegmentSubject(site, "*", events.Recovered),
		},
		Handle:    s.heard,
		Restarted: s.lookAgain,
	})
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// heard offers a segment that is on disk. News of any other is old.
func (s *shipper) heard(_ context.Context, subject string, payload []byte) error {
	var told events.Segment
	if err := json.Unmarshal(payload, &told); err != nil {
		return fmt.Errorf("%w: %s: %w", bus.ErrUnreadable, subject, err)
	}
	name := told.Name()
	if name.Site != s.cfg.Site() || name.Key() != told.Key || subject != told.Subject() {
		return fmt.Errorf("%w: %s tells of %q", bus.ErrUnreadable, subject, told.Key)
	}
	f := spool.File{Camera: name.Camera, Start: name.Start, Closed: true}
	s.disk.Lock()
	defer s.disk.Unlock()
	stat, err := os.Lstat(s.spool.Path(f))
	switch {
	case errors.Is(err, fs.ErrNotExist) || err == nil && !stat.Mode().IsRegular():
		return nil
	case err != nil:
		return fmt.Errorf("looking at a segment: %w", err)
	}
	f.Size = stat.Size()
	s.update(func(b *backlog.Backlog) { b.Offer(f, &told) })
	return nil
}
