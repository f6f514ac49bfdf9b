package shipper

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/services/shipper/internal/backlog"
	"github.com/donhk/istream/services/shipper/internal/deliver"
)

// work ships one segment after the other until ctx ends; the last has as long
// as uploads lasts.
func (s *shipper) work(ctx, uploads context.Context) error {
	for {
		item := s.next(ctx)
		if item == nil {
			return nil
		}
		s.ship(uploads, item)
	}
}

// next waits for an item to try; nil when ctx has ended.
func (s *shipper) next(ctx context.Context) *backlog.Item {
	for {
		if ctx.Err() != nil {
			return nil
		}
		s.mu.Lock()
		item, wait := s.backlog.Next(time.Now())
		changed := s.changed
		s.mu.Unlock()
		if item != nil {
			return item
		}
		s.rest(ctx, wait, changed)
	}
}

// rest ends after wait (0: not by itself), at a change, or with ctx.
func (s *shipper) rest(ctx context.Context, wait time.Duration, changed <-chan struct{}) {
	var over <-chan time.Time
	if wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		over = timer.C
	}
	select {
	case <-over:
	case <-changed:
	case <-ctx.Done():
	}
}

// ship goes the way of one segment as far as it gets, and says how far.
func (s *shipper) ship(ctx context.Context, item *backlog.Item) {
	err := s.deliver(ctx, item)
	now := time.Now()
	switch {
	case err == nil: // clear has said so
	case ctx.Err() != nil:
		s.update(func(b *backlog.Backlog) { b.Release(item) })
	case errors.Is(err, fs.ErrNotExist):
		s.vanished(item)
	case errors.Is(err, deliver.ErrStore):
		s.refused(item, err, now)
	default:
		s.faults.file.failed(err, "file", item.File.Rel())
		s.update(func(b *backlog.Backlog) { b.Unreadable(item, now) })
	}
}

// deliver has the store confirm the segment, and removes its file. Until that is
// done the recorder, which may have found out that the segment's start is wrong,
// leaves its name alone.
func (s *shipper) deliver(ctx context.Context, item *backlog.Item) error {
	if !item.Stored {
		release, err := s.spool.Hold(item.File)
		if err != nil {
			return err
		}
		defer release()
		if err := s.store(ctx, item); err != nil {
			return err
		}
	}
	return s.clear(item)
}

func (s *shipper) refused(item *backlog.Item, err error, now time.Time) {
	s.report.offline(err, now)
	key, told := item.About.Key, s.faults.line
	s.update(func(b *backlog.Backlog) {
		if b.Failed(item, now) {
			told = s.faults.suspect
		}
	})
	told.failed(err, "key", key)
}

// store has the store confirm the segment and tells so.
func (s *shipper) store(ctx context.Context, item *backlog.Item) error {
	path := s.spool.Path(item.File)
	if item.About == nil {
		about, err := deliver.Describe(path, item.File.Name(s.cfg.Site()), item.Told)
		if errors.Is(err, deliver.ErrNoSegment) {
			s.deps.Log.Warn("shipping a file as it is", "file", item.File.Rel(), "reason", err)
		} else if err != nil {
			return err
		}
		item.About = &about
	}
	err := deliver.Put(ctx, s.deps.Store, path, *item.About)
	if errors.Is(err, deliver.ErrChanged) {
		item.About, item.Told = nil, nil
	}
	if err != nil {
		return err
	}
	item.Stored = true
	now := time.Now()
	item.About.At = now.UTC()
	s.report.stored(*item.About, now)
	s.faults.line.through()
	if item.Suspect() {
		s.faults.suspect.through()
	}
	s.announce(ctx, *item.About)
	return nil
}

// announceTime bounds how long a slow bus holds up the next segment.
const announceTime = 2 * time.Second

// announce tells of a stored segment before its file goes, where the bus is
// there; else the bus tells it later.
func (s *shipper) announce(ctx context.Context, about events.Segment) {
	s.deps.Log.Debug("stored", "key", about.Key, "bytes", about.Bytes)
	if s.deps.Bus.NC.IsConnected() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), announceTime)
		defer cancel()
		if s.deps.Bus.Publish(ctx, about) == nil {
			return
		}
	}
	s.deps.Bus.Announce(about)
}

// clear removes the local file of a segment that is stored.
func (s *shipper) clear(item *backlog.Item) error {
	s.disk.Lock()
	defer s.disk.Unlock()
	if err := s.spool.Remove(item.File); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	s.faults.file.through()
	s.update(func(b *backlog.Backlog) { b.Done(item, time.Now()) })
	return nil
}

// vanished: somebody removed the file, as the spool's bound may, or gave it its
// true start, under which it is found again.
func (s *shipper) vanished(item *backlog.Item) {
	s.disk.Lock()
	defer s.disk.Unlock()
	s.deps.Log.Debug("gone before it was stored", "file", item.File.Rel())
	s.update(func(b *backlog.Backlog) { b.Gone(item) })
	s.lookAgain()
}
