package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/pause"
)

// LeaseTTL is how long a lease lives that nobody renews: a dead recorder's
// cameras are free again after it.
const LeaseTTL = 3 * time.Second

const (
	news   = 30 * 24 * time.Hour // how long persisted news is kept
	window = 10 * time.Minute    // in which a MsgID is known
)

// Ensure makes the streams and buckets that are missing and adjusts those that
// differ. It may be called by every service at any time.
func (b *Bus) Ensure(ctx context.Context) error {
	var faults []error
	for _, cfg := range b.streamConfigs() {
		if _, err := b.JS.CreateOrUpdateStream(ctx, cfg); err != nil {
			faults = append(faults, fmt.Errorf("making stream %s: %w", cfg.Name, err))
		}
	}
	for _, cfg := range kvConfigs() {
		if _, err := b.JS.CreateOrUpdateKeyValue(ctx, cfg); err != nil {
			faults = append(faults, fmt.Errorf("making bucket %s: %w", cfg.Bucket, err))
		}
	}
	return errors.Join(faults...)
}

// Ready calls Ensure until it succeeds; the error is ctx's.
func (b *Bus) Ready(ctx context.Context) error {
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		try, cancel := context.WithTimeout(ctx, 10*time.Second)
		err := b.Ensure(try)
		cancel()
		if err == nil {
			b.fault.Recovered()
			return nil
		}
		if ctx.Err() == nil {
			b.fault.Failed(err)
		}
		if err := pause.For(ctx, wait); err != nil {
			return err
		}
	}
}

func (b *Bus) streamConfigs() []jetstream.StreamConfig {
	limit := b.limit
	if limit == 0 {
		limit = 32 << 20
	}
	stream := func(name string, subjects ...string) jetstream.StreamConfig {
		return jetstream.StreamConfig{
			Name: name, Subjects: subjects,
			Storage: jetstream.FileStorage, Retention: jetstream.LimitsPolicy, Discard: jetstream.DiscardOld,
			MaxBytes: limit, MaxAge: news, Duplicates: window,
		}
	}
	return []jetstream.StreamConfig{
		stream(events.StreamSegments, events.SubjectsSegments()...),
		stream(events.StreamGaps, events.GapSubject("*", "*", events.GapOpened), events.GapSubject("*", "*", events.GapClosed)),
		stream(events.StreamBucket, events.BucketSubject("*", events.BucketCreated), events.BucketSubject("*", events.BucketRemoved)),
		stream(events.StreamBucketRaw, events.SubjectBucketRaw),
	}
}

func kvConfigs() []jetstream.KeyValueConfig {
	return []jetstream.KeyValueConfig{
		{Bucket: events.KVCameras, Storage: jetstream.FileStorage, MaxBytes: 2 << 20},
		{Bucket: events.KVMeta, Storage: jetstream.FileStorage, MaxBytes: 1 << 20},
		// In memory: a renewal a second would wear the SD card.
		{Bucket: events.KVLeases, Storage: jetstream.MemoryStorage, TTL: LeaseTTL, LimitMarkerTTL: time.Minute, MaxBytes: 1 << 20},
	}
}
