package janitor_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"go.uber.org/goleak"

	"github.com/donhk/istream/pkg/bus"
	"github.com/donhk/istream/pkg/events"
	"github.com/donhk/istream/pkg/objstore"
	"github.com/donhk/istream/pkg/objstore/objstoretest"
	"github.com/donhk/istream/pkg/service"
	"github.com/donhk/istream/pkg/setting"
	"github.com/donhk/istream/services/janitor"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const bucket = "footage"

var epoch = time.Date(2026, 11, 22, 16, 0, 0, 0, time.UTC)

func name(site, camera string, minute int) events.Name {
	return events.Name{Site: site, Camera: camera, Start: epoch.Add(time.Duration(minute) * time.Minute)}
}

func door(minute int) string { return name("attic", "door", minute).Key() }

func doors(from, to int) (keys []string) {
	for i := from; i < to; i++ {
		keys = append(keys, door(i))
	}
	return keys
}

func config(quota int64, interval time.Duration) janitor.Config {
	return janitor.Config{
		SiteConfig:   service.SiteConfig{Name: "attic"},
		MaxUsedSpace: setting.Size(quota), CleanDirInterval: setting.Duration(interval),
	}
}

// start runs a janitor until the test ends, or stop is called.
func start(t *testing.T, cfg janitor.Config, b *bus.Bus, store objstore.Bucket) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	deps := janitor.Deps{Bus: b, Store: store, BucketName: bucket, Log: slog.New(slog.DiscardHandler), Health: service.NewHealth()}
	go func() { ended <- janitor.Run(ctx, cfg, deps) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	}
	t.Cleanup(stop)
	return stop
}

// notice is an event as MinIO's notify_nats words it.
func notice(what, key string, size int64, sequencer int) []byte {
	object := map[string]any{"key": url.QueryEscape(key), "sequencer": fmt.Sprintf("%016X", sequencer)}
	if size > 0 {
		object["size"] = size
	}
	payload, err := json.Marshal(map[string]any{
		"EventName": what, "Key": bucket + "/" + key,
		"Records": []any{map[string]any{
			"eventVersion": "2.0", "eventSource": "minio:s3", "eventTime": "2026-11-23T23:02:05.554Z", "eventName": what,
			"s3": map[string]any{"bucket": map[string]any{"name": bucket}, "object": object},
		}},
	})
	if err != nil {
		panic(err)
	}
	return payload
}

const (
	put     = "s3:ObjectCreated:Put"
	deleted = "s3:ObjectRemoved:Delete"
)

func publish(t *testing.T, b *bus.Bus, payload []byte) {
	t.Helper()
	if _, err := b.JS.Publish(t.Context(), events.SubjectBucketRaw, payload); err != nil {
		t.Error(err)
	}
}

// telling is a store that sends its events to b.
func telling(t *testing.T, b *bus.Bus) *objstoretest.Memory {
	sequencer := make(chan int, 1)
	sequencer <- 0
	return &objstoretest.Memory{Changed: func(change events.BucketChange, key string, size int64) {
		n := <-sequencer + 1
		sequencer <- n
		what := put
		if change == events.BucketRemoved {
			what = deleted
		}
		if err := b.NC.Publish(events.SubjectBucketRaw, notice(what, key, size, n)); err != nil {
			t.Error(err)
		}
	}}
}

func write(t *testing.T, store objstore.Bucket, key string, size int) {
	t.Helper()
	if err := store.Put(t.Context(), key, strings.NewReader(strings.Repeat("x", size)), int64(size), objstore.PutOptions{}); err != nil {
		t.Fatal(err)
	}
}

func fill(store *objstoretest.Memory, size int, keys ...string) {
	for _, key := range keys {
		store.Fill(key, make([]byte, size), epoch)
	}
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

func eventuallyHolds(t *testing.T, store *objstoretest.Memory, want ...string) {
	t.Helper()
	slices.Sort(want)
	eventually(t, fmt.Sprintf("the bucket holds %q", want), func() bool { return slices.Equal(store.Keys(), want) })
}

func status(b *bus.Bus, site string) (s events.JanitorStatus, err error) {
	reply, err := b.NC.Request(events.StatusSubject(site, events.ServiceJanitor), nil, time.Second)
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal(reply.Data, &s)
}

func eventuallySays(t *testing.T, b *bus.Bus, what string, holds func(events.JanitorStatus) bool) {
	t.Helper()
	var s events.JanitorStatus
	defer func() {
		if t.Failed() {
			t.Logf("last status: %+v", s)
		}
	}()
	eventually(t, "the status has "+what, func() bool {
		var err error
		s, err = status(b, "attic")
		return err == nil && holds(s)
	})
}

// news are the messages of some subjects.
type news struct{ messages chan *nats.Msg }

func listen(t *testing.T, b *bus.Bus, subjects ...string) news {
	t.Helper()
	n := news{make(chan *nats.Msg, 1000)}
	for _, subject := range subjects {
		if _, err := b.NC.ChanSubscribe(subject, n.messages); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

// expect reads what of(0) to of(count-1) list, in any order, and nothing else.
// A created event's origin is the store's own.
func (n news) expect(t *testing.T, of func(int) []string, count int) {
	t.Helper()
	missing := map[string]bool{}
	for i := range count {
		for _, id := range of(i) {
			missing[id] = true
		}
	}
	for len(missing) > 0 {
		select {
		case m := <-n.messages:
			id := m.Header.Get(nats.MsgIdHdr)
			if strings.HasPrefix(id, "bucket:created:") {
				id = id[:strings.LastIndex(id, ":")+1]
			}
			if !missing[id] {
				t.Errorf("told of %s: %s", id, m.Data)
			}
			var told struct {
				Bytes int64  `json:"bytes"`
				Cause string `json:"cause"`
			}
			if err := json.Unmarshal(m.Data, &told); err != nil || told.Bytes != 10 || strings.HasPrefix(id, "deleted:") && told.Cause != "quota" {
				t.Errorf("%v: %s", err, m.Data)
			}
			delete(missing, id)
		case <-time.After(10 * time.Second):
			t.Fatalf("not told of %v", missing)
		}
	}
	if len(n.messages) > 0 {
		t.Errorf("told of more: %s", (<-n.messages).Data)
	}
}
