package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/donhk/istream/cmd/demo/browse"
	"github.com/donhk/istream/pkg/bus"
	"github.com/donhk/istream/pkg/events"
)

// guide leads a newcomer through what happens.
type guide struct {
	out  io.Writer
	page *browse.Server
	path func(key string) string
	bus  string
	dir  string
}

// tell follows the segments until ctx ends: the first with all that a person
// may want to do with it, the others with a line each.
func (g guide) tell(ctx context.Context, b *bus.Bus) error {
	uploaded := make(chan events.Segment, 64)
	sub, err := b.NC.Subscribe(events.SegmentSubject(site, "*", events.Uploaded), func(msg *nats.Msg) {
		var s events.Segment
		if json.Unmarshal(msg.Data, &s) == nil {
			select {
			case uploaded <- s:
			default: // a guide that falls behind skips
			}
		}
	})
	if err != nil {
		return fmt.Errorf("following the segments: %w", err)
	}
	defer func() { _ = sub.Unsubscribe() }() // the connection goes next
	began := time.Now()
	if err := g.say("\niStream is running; the first segment takes a moment. Ctrl-C ends.\n\n"); err != nil {
		return err
	}
	for first := true; ; first = false {
		select {
		case s := <-uploaded:
			if err := g.shipped(s, first, time.Since(began)); err != nil {
				return err
			}
		case <-ctx.Done():
			return g.say("\nThe footage stays in %s until you delete it.\n", g.dir)
		}
	}
}

func (g guide) shipped(s events.Segment, first bool, after time.Duration) error {
	if !first {
		return g.say("in the bucket: %s (%.1f s, %.2f MB)\n", s.Key, s.Duration.Duration().Seconds(), float64(s.Bytes)/1e6)
	}
	return g.say(`
The first segment is in the bucket, %.0f s after the start (%.1f s of footage, %.2f MB):

  watch it     %s
  all footage  %s
  as a file    %s
  what happens nats sub -s %s 'segments.>'

`, after.Seconds(), s.Duration.Duration().Seconds(), float64(s.Bytes)/1e6,
		g.page.PlayURL(s.Key), g.page.URL(), g.path(s.Key), g.bus)
}

func (g guide) say(format string, args ...any) error {
	_, err := fmt.Fprintf(g.out, format, args...)
	return err
}
