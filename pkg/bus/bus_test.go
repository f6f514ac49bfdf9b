package bus_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/donhk/istream/pkg/bus"
	"github.com/donhk/istream/pkg/bus/bustest"
	"github.com/donhk/istream/pkg/events"
)

var quiet = slog.New(slog.DiscardHandler)

func closed(n int) events.Segment {
	name := events.Name{Site: "pi", Camera: "door", Start: time.UnixMilli(int64(n) * 60_000).UTC()}
	return events.NewSegment(events.Closed, name, name.Start)
}

func stored(t *testing.T, b *bus.Bus, stream string) uint64 {
	t.Helper()
	s, err := b.JS.Stream(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	return s.CachedInfo().State.Msgs
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); {
		if time.Now().After(deadline) {
			t.Fatalf("not within 20 s: %s", what)
		}
		<-time.After(10 * time.Millisecond)
	}
}

func TestPublishingAgainStoresOnce(t *testing.T) {
	_, b := bustest.Start(t)
	for range 3 {
		if err := b.Publish(t.Context(), closed(1)); err != nil {
			t.Fatal(err)
		}
	}
	if n := stored(t, b, events.StreamSegments); n != 1 {
		t.Errorf("%d messages", n)
	}
}

func TestFragmentsAreHeardButNotStored(t *testing.T) {
	server, b := bustest.Start(t)
	nc, err := nats.Connect(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	sub, err := nc.SubscribeSync("segments.>")
	if err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	b.Announce(events.Fragment{Site: "pi", Camera: "door", Sequence: 1})
	b.Announce(closed(1))
	for _, want := range []string{"segments.pi.door.fragment", "segments.pi.door.closed"} {
		msg, err := sub.NextMsg(5 * time.Second)
		if err != nil || msg.Subject != want {
			t.Fatalf("heard %v, %v; want %s", msg, err, want)
		}
	}
	// It was heard before it was stored; told again, it is answered once it is.
	if err := b.Publish(t.Context(), closed(1)); err != nil {
		t.Fatal(err)
	}
	if n := stored(t, b, events.StreamSegments); n != 1 {
		t.Errorf("%d messages stored", n)
	}
}

// The bus may start last, die, and come back empty.
func TestNewsWaitsForTheBus(t *testing.T) {
	cfg := bustest.Config(t)
	first, err := bus.Start(cfg, quiet)
	if err != nil {
		t.Fatal(err)
	}
	url := first.URL()
	first.Close()

	b, err := bus.Connect(bus.Config{URL: url}, nil, "early", quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	b.Announce(closed(1))

	cfg.Listen = url[len("nats://"):]
	second, err := bus.Start(cfg, quiet)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the early news is stored", func() bool {
		s, err := b.JS.Stream(t.Context(), events.StreamSegments)
		return err == nil && s.CachedInfo().State.Msgs == 1
	})

	second.Close()
	if err := os.RemoveAll(cfg.Dir); err != nil {
		t.Fatal(err)
	}
	third, err := bus.Start(cfg, quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer third.Close()
	b.Announce(closed(2))
	eventually(t, "news is stored on an empty bus", func() bool {
		s, err := b.JS.Stream(t.Context(), events.StreamSegments)
		return err == nil && s.CachedInfo().State.Msgs >= 1
	})
}

func TestAnnounceNeverBlocks(t *testing.T) {
	b, err := bus.Connect(bus.Config{URL: "nats://127.0.0.1:1"}, nil, "alone", quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for n := range 5000 {
		b.Announce(closed(n))
	}
}

func TestConsumerGetsEachMessageUntilItIsHandled(t *testing.T) {
	_, b := bustest.Start(t)
	ctx, cancel := context.WithCancel(t.Context())
	seen, started := map[string]int{}, 0
	done := make(chan error, 1)
	complete := make(chan struct{})
	go func() {
		done <- b.Consume(ctx, bus.Subscription{
			Stream: events.StreamSegments, Durable: "test",
			Subjects:  []string{events.SegmentSubject("pi", "*", events.Closed)},
			Restarted: func() { started++ },
			Handle: func(_ context.Context, _ string, payload []byte) error {
				var s events.Segment
				if err := json.Unmarshal(payload, &s); err != nil {
					return err
				}
				seen[s.Key]++
				switch {
				case s.Key == closed(1).Key && seen[s.Key] == 1:
					return errors.New("not yet")
				case s.Key == closed(2).Key:
					return fmt.Errorf("bad: %w", bus.ErrUnreadable)
				case s.Key == closed(1).Key:
					close(complete)
				}
				return nil
			},
		})
	}()
	for n := range 4 {
		if err := b.Publish(t.Context(), closed(n)); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case <-complete:
	case <-time.After(20 * time.Second):
		t.Fatal("the refused message did not come again")
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
	for n, want := range []int{1, 2, 1, 1} {
		if got := seen[closed(n).Key]; got != want {
			t.Errorf("message %d came %d times, want %d", n, got, want)
		}
	}
	if started != 1 {
		t.Errorf("started %d times", started)
	}
}

func TestConsumerOutlivesAnEmptiedBus(t *testing.T) {
	cfg := bustest.Config(t)
	server, err := bus.Start(cfg, quiet)
	if err != nil {
		t.Fatal(err)
	}
	b, err := bus.Connect(bus.Config{URL: server.URL()}, nil, "consumer", quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	heard, restarted, done := make(chan string, 8), make(chan struct{}, 8), make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		done <- b.Consume(ctx, bus.Subscription{
			Stream: events.StreamSegments, Durable: "test", Subjects: events.SubjectsSegments(),
			Restarted: func() { restarted <- struct{}{} },
			Handle:    func(_ context.Context, subject string, _ []byte) error { heard <- subject; return nil },
		})
	}()
	<-restarted
	cfg.Listen = server.URL()[len("nats://"):]
	server.Close()
	if err := os.RemoveAll(cfg.Dir); err != nil {
		t.Fatal(err)
	}
	if server, err = bus.Start(cfg, quiet); err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	select {
	case <-restarted:
	case <-time.After(40 * time.Second):
		t.Fatal("the consumer was not made again")
	}
	b.Announce(closed(1))
	select {
	case <-heard:
	case <-time.After(20 * time.Second):
		t.Fatal("nothing heard after the loss")
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
}

func TestTokenIsAskedFor(t *testing.T) {
	cfg := bustest.Config(t)
	cfg.Token = "open-sesame"
	server, err := bus.Start(cfg, quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	if nc, err := nats.Connect(server.URL()); err == nil {
		nc.Close()
		t.Fatal("let in without the token")
	}
	b, err := bus.Connect(cfg, server, "local", quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if err := b.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestCamerasAreKeptAndWatched(t *testing.T) {
	_, b := bustest.Start(t)
	front := events.Camera{V: 1, Change: events.CameraFound, Site: "pi", ID: "front", State: events.CameraReady, Revision: 1}
	other := events.Camera{V: 1, Change: events.CameraFound, Site: "barn", ID: "cow", State: events.CameraReady, Revision: 1}
	for _, c := range []events.Camera{front, other} {
		if err := b.PutCamera(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	if all, err := b.Cameras(t.Context(), "pi"); err != nil || len(all) != 1 || all[0].ID != "front" {
		t.Fatalf("%v, %v", all, err)
	}
	if all, err := bus.AskCameras(t.Context(), b.NC, "barn"); err != nil || len(all) != 1 || all[0].ID != "cow" {
		t.Fatalf("%v, %v", all, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	changes, done := make(chan events.Camera, 8), make(chan error, 1)
	go func() { done <- b.WatchCameras(ctx, "pi", func(c events.Camera) { changes <- c }) }()
	if c := <-changes; c.ID != "front" {
		t.Errorf("told %v", c)
	}
	front.State, front.Revision = events.CameraGone, 2
	if err := b.PutCamera(t.Context(), front); err != nil {
		t.Fatal(err)
	}
	if c := <-changes; c.State != events.CameraGone {
		t.Errorf("told %v", c)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
	if err := b.JS.DeleteKeyValue(t.Context(), events.KVCameras); err != nil {
		t.Fatal(err)
	}
	if all, err := bus.AskCameras(t.Context(), b.NC, "pi"); err != nil || len(all) != 0 {
		t.Errorf("of a bus that was never told of any: %v, %v", all, err)
	}
}

func TestTokensGrowOverARestartOfTheBus(t *testing.T) {
	cfg := bustest.Config(t)
	var last uint64
	for round := range 3 {
		server, err := bus.Start(cfg, quiet)
		if err != nil {
			t.Fatal(err)
		}
		b := connect(t, server)
		leases, err := b.Leases(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for range 3 - round { // fewer each time: revisions alone would fall
			lease, err := leases.Acquire(t.Context(), "pi.door", "a")
			if err != nil {
				t.Fatal(err)
			}
			if lease.Token <= last {
				t.Errorf("round %d: token %d after %d", round, lease.Token, last)
			}
			last = lease.Token
			if err := leases.Release(t.Context(), lease); err != nil {
				t.Fatal(err)
			}
		}
		b.Close()
		server.Close()
	}
}

func connect(t *testing.T, server *bus.Server) *bus.Bus {
	t.Helper()
	b, err := bus.Connect(bus.Config{URL: server.URL()}, nil, t.Name(), quiet)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	return b
}
