package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/donhk/istream/pkg/events"
)

// PutCamera stores what is known of a camera and tells it on the bus.
func (b *Bus) PutCamera(ctx context.Context, c events.Camera) error {
	payload, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("storing camera %s: %w", c.ID, err)
	}
	kv, err := b.JS.KeyValue(ctx, events.KVCameras)
	if err != nil {
		return fmt.Errorf("storing camera %s: %w", c.ID, err)
	}
	if _, err := kv.Put(ctx, events.CameraKey(c.Site, c.ID), payload); err != nil {
		return fmt.Errorf("storing camera %s: %w", c.ID, err)
	}
	return b.Publish(ctx, c)
}

// Cameras lists what the registry holds of a site.
func (b *Bus) Cameras(ctx context.Context, site string) ([]events.Camera, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var all []events.Camera
	complete := false
	listed := func() { complete = true; cancel() }
	err := b.watchOnce(ctx, site, func(c events.Camera) { all = append(all, c) }, listed)
	if complete {
		return all, nil // err only tells how the watch ended
	}
	return nil, err
}

// AskCameras lists the same over a connection of Dial; none where nobody has
// looked for cameras yet.
func AskCameras(ctx context.Context, nc *nats.Conn, site string) ([]events.Camera, error) {
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, fmt.Errorf("asking the bus for cameras: %w", err)
	}
	all, err := (&Bus{NC: nc, JS: js, log: slog.New(slog.DiscardHandler)}).Cameras(ctx, site)
	if err != nil && !errors.Is(err, jetstream.ErrBucketNotFound) {
		return nil, fmt.Errorf("asking the bus for cameras: %w", err)
	}
	return all, nil
}

// WatchCameras calls changed for every camera of a site, first as they are and
// then at each change, until ctx ends; after a loss of the bus all are told
// again.
func (b *Bus) WatchCameras(ctx context.Context, site string, changed func(events.Camera)) error {
	return b.repeat(ctx, "watching the cameras", func() error {
		return b.watchOnce(ctx, site, changed, nil)
	})
}

// watchOnce ends with an error when the watch breaks; listed, where set, is
// called when everything present has been told.
func (b *Bus) watchOnce(ctx context.Context, site string, changed func(events.Camera), listed func()) error {
	kv, err := b.JS.KeyValue(ctx, events.KVCameras)
	if err != nil {
		return err
	}
	watch, err := kv.Watch(ctx, events.CameraKey(site, "*"), jetstream.IgnoreDeletes())
	if err != nil {
		return err
	}
	defer func() { _ = watch.Stop() }() // fails where the connection is gone already
	for {
		select {
		case entry, ok := <-watch.Updates():
			if !ok {
				return errors.New("the watch ended")
			}
			if entry == nil {
				if listed != nil {
					listed()
				}
				continue
			}
			var c events.Camera
			if err := json.Unmarshal(entry.Value(), &c); err != nil || c.Site != site || !strings.HasSuffix(entry.Key(), "."+c.ID) {
				b.log.Warn("bus: unreadable camera skipped", "key", entry.Key())
				continue
			}
			changed(c)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
