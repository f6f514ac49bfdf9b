package feed

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/donhk/istream/pkg/bus"
	"github.com/donhk/istream/pkg/events"
)

// Feed hands on the news of one site. Its fields are set before it is run.
type Feed struct {
	Bus  *bus.Bus
	Site string

	Changed  func(Change)         // the store's news, of any bucket and key
	Uploaded func(events.Segment) // the shipper's
	Missed   func()               // news may have been lost
}

// Store follows the store's events until ctx ends.
func (f *Feed) Store(ctx context.Context) error {
	return f.Bus.Consume(ctx, bus.Subscription{
		Stream: events.StreamBucketRaw, Durable: "janitor-" + f.Site, Subjects: []string{events.SubjectBucketRaw},
		Restarted: f.Missed,
		Handle: func(_ context.Context, _ string, payload []byte) error {
			changes, err := Parse(payload)
			if err != nil {
				return fmt.Errorf("%w: %w", bus.ErrUnreadable, err)
			}
			for _, c := range changes {
				f.Changed(c)
			}
			return nil
		},
	})
}

// Shipper follows the shipper's uploads until ctx ends.
func (f *Feed) Shipper(ctx context.Context) error {
	return f.Bus.Consume(ctx, bus.Subscription{
		Stream: events.StreamSegments, Durable: "janitor-" + f.Site,
		Subjects: []string{events.SegmentSubject(f.Site, "*", events.Uploaded)},
		Handle: func(_ context.Context, _ string, payload []byte) error {
			var s events.Segment
			if err := json.Unmarshal(payload, &s); err != nil {
				return fmt.Errorf("%w: reading an upload's event: %w", bus.ErrUnreadable, err)
			}
			f.Uploaded(s)
			return nil
		},
	})
}
