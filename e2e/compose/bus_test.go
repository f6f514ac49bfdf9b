//go:build compose

package compose

import (
	"encoding/json"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/donhk/istream/pkg/events"
)

// messages are all that a stream of the bus holds.
func messages(t *testing.T, stream string) [][]byte {
	t.Helper()
	nc, err := nats.Connect(bus)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	s, err := js.Stream(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	consumer, err := s.CreateOrUpdateConsumer(t.Context(), jetstream.ConsumerConfig{AckPolicy: jetstream.AckNonePolicy})
	if err != nil {
		t.Fatal(err)
	}
	var all [][]byte
	for waiting := consumer.CachedInfo().NumPending; uint64(len(all)) < waiting; {
		msg, err := consumer.Next()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, msg.Data())
	}
	return all
}

// told lists the segments that the bus told of as complete.
func told(t *testing.T) []events.Segment {
	t.Helper()
	var complete []events.Segment
	for _, payload := range messages(t, events.StreamSegments) {
		var s events.Segment
		if err := json.Unmarshal(payload, &s); err != nil {
			t.Fatal(err)
		}
		if s.State == events.Closed || s.State == events.Recovered {
			complete = append(complete, s)
		}
	}
	return complete
}

// noticed is the keys of the bucket that MinIO told of, as bucket/key.
func noticed(t *testing.T) map[string]bool {
	t.Helper()
	keys := map[string]bool{}
	for _, payload := range messages(t, events.StreamBucketRaw) {
		var event struct{ Key string }
		if err := json.Unmarshal(payload, &event); err != nil {
			t.Fatal(err)
		}
		keys[event.Key] = true
	}
	return keys
}
