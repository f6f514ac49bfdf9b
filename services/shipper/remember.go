package shipper

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/donhk/istream/pkg/events"
)

// remember takes from the bus what earlier runs stored last of each camera, so
// that the status knows the newest frame in the bucket after a restart too.
// Without a bus it goes without.
func (s *shipper) remember(ctx context.Context) error {
	if s.deps.Bus.Ready(ctx) != nil {
		return nil // ctx has ended
	}
	if err := s.recall(ctx); err != nil && ctx.Err() == nil {
		s.deps.Log.Warn("what was stored before this start is not known", "error", err)
	}
	return nil
}

func (s *shipper) recall(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	consumer, err := s.deps.Bus.JS.OrderedConsumer(ctx, events.StreamSegments, jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{events.SegmentSubject(s.cfg.Site(), "*", events.Uploaded)},
		DeliverPolicy:  jetstream.DeliverLastPerSubjectPolicy,
	})
	if err != nil {
		return fmt.Errorf("asking the bus: %w", err)
	}
	for left := consumer.CachedInfo().NumPending; left > 0; left-- {
		msg, err := consumer.Next(jetstream.FetchContext(ctx))
		if err != nil {
			return fmt.Errorf("asking the bus: %w", err)
		}
		var about events.Segment
		if json.Unmarshal(msg.Data(), &about) == nil && about.Subject() == msg.Subject() {
			s.report.seen(about)
		}
	}
	return nil
}
