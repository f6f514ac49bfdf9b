//go:build e2e

package minio_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	client "github.com/minio/minio-go/v7"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/donhk/istream/e2e/internal/minio"
	"github.com/donhk/istream/pkg/bus/bustest"
	"github.com/donhk/istream/pkg/events"
)

func TestPutsArriveInJetStream(t *testing.T) {
	server, b := bustest.Start(t)
	store := minio.New(t, minio.Options{Bucket: "footage", NATS: strings.TrimPrefix(server.URL(), "nats://"), Prefixes: []string{"attic/"}})
	store.Start(t)
	put := func(key string) {
		t.Helper()
		body := strings.NewReader("x")
		if _, err := store.Client.PutObject(t.Context(), "footage", key, body, body.Size(), client.PutObjectOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	put("elsewhere/0")
	const puts = 5
	for i := range puts {
		put(fmt.Sprintf("attic/%d", i))
	}
	consumer, err := b.JS.CreateOrUpdateConsumer(t.Context(), events.StreamBucketRaw, jetstream.ConsumerConfig{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for i := range puts {
		msg, err := consumer.Next(jetstream.FetchContext(ctx))
		if err != nil {
			t.Fatalf("event %d of %d: %v", i, puts, err)
		}
		var event struct{ EventName, Key string }
		if err := json.Unmarshal(msg.Data(), &event); err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("footage/attic/%d", i); event.Key != want || event.EventName != "s3:ObjectCreated:Put" {
			t.Errorf("told of %s %s, want the put of %s", event.EventName, event.Key, want)
		}
	}
	if keys := store.Keys(t); len(keys) != puts+1 {
		t.Errorf("the bucket holds %v", keys)
	}
}
