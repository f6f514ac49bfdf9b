package coverage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/donhk/istream/pkg/events"
)

// ask reads what the bus was told of segments and gaps, a message after the
// other.
func (b *book) ask(ctx context.Context, nc *nats.Conn) error {
	js, err := jetstream.New(nc)
	if err != nil {
		return fmt.Errorf("asking the bus: %w", err)
	}
	var segments []string
	for _, state := range []events.SegmentState{events.Opened, events.Closed, events.Recovered, events.Uploaded, events.Dropped} {
		segments = append(segments, events.SegmentSubject(b.Site, "*", state))
	}
	gaps := []string{events.GapSubject(b.Site, "*", events.GapOpened), events.GapSubject(b.Site, "*", events.GapClosed)}
	err = read(ctx, js, events.StreamSegments, segments, func(s events.Segment) {
		if a := b.of(s.Camera); a != nil && s.Site == b.Site {
			a.Segment(s)
		}
	})
	if err != nil {
		return err
	}
	return read(ctx, js, events.StreamGaps, gaps, func(g events.Gap) {
		if a := b.of(g.Camera); a != nil && g.Site == b.Site {
			a.Gap(g)
		}
	})
}

// read gives each message of a stream to take. One that nobody made yet is empty,
// and what can't be read is nobody's news.
func read[T any](ctx context.Context, js jetstream.JetStream, stream string, subjects []string, take func(T)) error {
	fault := func(err error) error { return fmt.Errorf("reading %s from the bus: %w", stream, err) }
	consumer, err := js.OrderedConsumer(ctx, stream, jetstream.OrderedConsumerConfig{FilterSubjects: subjects})
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil
	}
	if err != nil {
		return fault(err)
	}
	if consumer.CachedInfo().NumPending == 0 {
		return nil
	}
	messages, err := consumer.Messages()
	if err != nil {
		return fault(err)
	}
	defer messages.Stop()
	for {
		msg, err := messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			return fault(err)
		}
		meta, err := msg.Metadata()
		if err != nil {
			return fault(err)
		}
		var told T
		if json.Unmarshal(msg.Data(), &told) == nil {
			take(told)
		}
		if meta.NumPending == 0 {
			return nil
		}
	}
}
