//go:build e2e

package e2e_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/donhk/istream/pkg/bus"
	"github.com/donhk/istream/pkg/events"
)

// keptSegments lists what the stopped bus has kept of the segments' lives.
func (s *site) keptSegments(t *testing.T) []events.Segment {
	t.Helper()
	var all []events.Segment
	for msg := range s.messages(t.Context(), t, events.StreamSegments) {
		var told events.Segment
		if err := json.Unmarshal(msg.Data, &told); err != nil {
			t.Fatal(err)
		}
		all = append(all, told)
	}
	if len(all) == 0 {
		t.Error("the bus has kept no news of segments")
	}
	return all
}

// messages yields what a stream of the stopped bus holds; with no name, all
// that any stream holds, those behind key-value buckets too.
func (s *site) messages(ctx context.Context, t *testing.T, stream string) func(yield func(*jetstream.RawStreamMsg) bool) {
	return func(yield func(*jetstream.RawStreamMsg) bool) {
		server, err := bus.Start(bus.Config{Listen: "127.0.0.1:0", Dir: s.settings["BUS_DIR"], MaxMemory: 16e6, MaxStore: 512e6}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Error(err)
			return
		}
		defer server.Close()
		b, err := bus.Connect(bus.Config{URL: server.URL()}, nil, "e2e", slog.New(slog.DiscardHandler))
		if err != nil {
			t.Error(err)
			return
		}
		defer b.Close()
		streams := b.JS.ListStreams(ctx)
		for info := range streams.Info() {
			if stream != "" && info.Config.Name != stream {
				continue
			}
			opened, err := b.JS.Stream(ctx, info.Config.Name)
			if err != nil {
				t.Error(err)
				return
			}
			for seq := info.State.FirstSeq; seq <= info.State.LastSeq; seq++ {
				msg, err := opened.GetMsg(ctx, seq)
				if errors.Is(err, jetstream.ErrMsgNotFound) {
					continue
				}
				if err != nil {
					t.Errorf("message %d of %s: %v", seq, info.Config.Name, err)
					return
				}
				if !yield(msg) {
					return
				}
			}
		}
		if err := streams.Err(); err != nil {
			t.Error(err)
		}
	}
}
