//go:build e2e

package e2e_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/donhk/istream/pkg/events"
)

// witness hears what any subscriber of the bus hears: `nats sub 'segments.>'`.
type witness struct {
	mu        sync.Mutex
	states    map[string][]events.SegmentState // of each key, in the order heard
	closed    map[string]events.Segment        // closed or recovered, by key
	fragments map[string][]events.Fragment     // of each camera
}

// watch begins to listen, also where the bus is not there yet, and goes on over
// its restarts until the test ends.
func watch(t *testing.T, address string) *witness {
	t.Helper()
	w := &witness{states: map[string][]events.SegmentState{}, closed: map[string]events.Segment{}, fragments: map[string][]events.Fragment{}}
	nc, err := nats.Connect("nats://"+address, nats.Name("witness"),
		nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.ReconnectWait(100*time.Millisecond),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {})) // the bus is killed on purpose
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	if _, err := nc.Subscribe("segments.>", func(msg *nats.Msg) {
		if err := w.hear(msg); err != nil {
			t.Errorf("%s: %v: %s", msg.Subject, err, msg.Data)
		}
	}); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *witness) hear(msg *nats.Msg) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if strings.HasSuffix(msg.Subject, ".fragment") {
		var f events.Fragment
		if err := json.Unmarshal(msg.Data, &f); err != nil {
			return err
		}
		w.fragments[f.Camera] = append(w.fragments[f.Camera], f)
		return nil
	}
	var s events.Segment
	if err := json.Unmarshal(msg.Data, &s); err != nil {
		return err
	}
	w.states[s.Key] = append(w.states[s.Key], s.State)
	if s.State == events.Closed || s.State == events.Recovered {
		w.closed[s.Key] = s
	}
	return nil
}

// recorded fails until each of so many cameras has told of footage of that length.
func (w *witness) recorded(cameras int, length time.Duration) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.fragments) < cameras {
		return fmt.Errorf("%d of %d cameras have told of fragments", len(w.fragments), cameras)
	}
	for camera, fragments := range w.fragments {
		if got := fragments[len(fragments)-1].Last.Sub(fragments[0].First); got < length {
			return fmt.Errorf("%s has %v of %v", camera, got, length)
		}
	}
	return nil
}

// since fails until each of so many cameras has told of a fragment that began
// after that time.
func (w *witness) since(cameras int, begin time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	told := 0
	for _, fragments := range w.fragments {
		if fragments[len(fragments)-1].First.After(begin) {
			told++
		}
	}
	if told < cameras {
		return fmt.Errorf("%d of %d cameras have told of new fragments", told, cameras)
	}
	return nil
}

// told is what was heard of a segment, a fragment counting as a state.
func (w *witness) told(name events.Name) (states []events.SegmentState, fragments int, closed events.Segment) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.fragments[name.Camera] {
		if f.Start.Equal(name.Start) {
			fragments++
		}
	}
	return w.states[name.Key()], fragments, w.closed[name.Key()]
}
